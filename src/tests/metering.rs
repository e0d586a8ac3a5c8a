//! Metering: events are counted once, whoever repeats them and whatever is killed, and every sum is equal to its records.

mod bandwidth;
mod commands;
mod compensation;
mod corrections;
mod crash;
mod edges;
mod intake;
mod leaving;
mod levels;
mod limits;
mod order;
mod retention;
mod series;
mod sums;

use reqwest::Method;
use serde_json::{Value, json};
use tenantry_testkit::{Call, Client, Reply, TestDatabase};

/// An event of a meter that says a quantity.
fn event(id: impl ToString, meter: &str, value: impl Into<Value>) -> Value {
    json!({"specversion": "1.0", "id": id.to_string(), "source": "/tests", "type": meter, "data": {"value": value.into()}})
}

/// The same with other attributes.
fn with(mut event: Value, more: Value) -> Value {
    let more = more.as_object().expect("attributes").clone();
    event.as_object_mut().expect("an event").extend(more);
    event
}

fn one(client: &Client, event: &Value) -> Call {
    client.call(Method::POST, "/api/v1/usage/events").body("application/cloudevents+json", event.to_string())
}

fn batch(client: &Client, events: &[Value]) -> Call {
    let body = Value::from(events.to_vec()).to_string();
    client.call(Method::POST, "/api/v1/usage/events").body("application/cloudevents-batch+json", body)
}

/// How many were accepted, and how many had been recorded before.
fn told(reply: Reply) -> (u64, u64) {
    let reply = reply.expect(202);
    let number = |at: &str| reply.at(at).as_u64().expect("a number");
    (number("/accepted"), number("/duplicates"))
}

/// The points of a series: where each starts, its group and its value.
async fn series(client: &Client, query: &str) -> Vec<(String, Value, Value)> {
    let points = client.get(&format!("/api/v1/usage?{query}")).await.expect(200).at("/data");
    let points = points.as_array().expect("points").clone();
    points
        .iter()
        .map(|point| {
            let start = point["start"].as_str().expect("a moment").to_owned();
            (start, point["group"].clone(), point["value"].clone())
        })
        .collect()
}

/// What a meter has counted in all, as a decimal number.
async fn total(database: &TestDatabase, meter: &'static str) -> String {
    let mut superuser = database.superuser().await;
    let total: Option<String> = sqlx::query_scalar(
        "select trim_scale(sum(value))::text from org.usage_rollups where meter = $1 and grain = 'period'",
    )
    .bind(meter)
    .fetch_one(&mut superuser)
    .await
    .expect("the database is there");
    total.unwrap_or_else(|| "0".to_owned())
}

/// Every sum of the database is what its records make, and none is missing.
async fn sums_are_right(database: &TestDatabase) {
    let wrong: Option<String> = database
        .truth(
            "select string_agg(d::text, e'\\n') from (
                 (select 'is', r.* from org.usage_rollups r except select 'is', c.* from org.computed_rollups c)
                 union all
                 (select 'must be', c.* from org.computed_rollups c except select 'must be', r.* from org.usage_rollups r)
             ) d",
        )
        .await;
    assert_eq!(wrong, None);
}
