//! Sums over time, by whose clock and told apart by what.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenantry_testkit::{Client, TestServer};

use super::{batch, event, one, series, told, with};

/// A server at a moment in 2027, and an owner with events at fixed times before it.
async fn scene(zone: &'static str) -> (TestServer, Client) {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let moment: DateTime<Utc> = "2027-04-02T12:00:00Z".parse().expect("a moment");
    let now: DateTime<Utc> = server.database.truth("select now()").await;
    server.database.turn_clock(moment - now).await;
    sqlx::query("update directory.organizations set time_zone = $1")
        .bind(zone)
        .execute(&mut server.database.superuser().await)
        .await
        .expect("a zone");
    let ada = ada.signed_in_again().await;
    let at = |id: u32, time: &str, value: &str| with(event(id, "images", value), json!({"time": time}));
    let events = [
        at(1, "2027-03-27T22:59:59Z", "1"),
        at(2, "2027-03-27T23:00:00Z", "2"),
        at(3, "2027-03-28T00:30:00Z", "4"),
        at(4, "2027-03-28T01:30:00Z", "8"),
        at(5, "2027-03-28T22:00:00Z", "16"),
        at(6, "2027-03-31T22:15:00Z", "32.5"),
    ];
    assert_eq!(told(batch(&ada, &events).await), (6, 0));
    (server, ada.client)
}

fn points(series: &[(String, Value, Value)]) -> Vec<(&str, String)> {
    let written = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    series.iter().map(|(start, _, value)| (start.as_str(), written(value))).collect()
}

fn expected(points: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    points.iter().map(|(start, value)| (*start, (*value).to_owned())).collect()
}

#[tokio::test]
async fn steps_are_the_organizations_own() {
    let (_server, ada) = scene("Europe/Berlin").await;
    let range = "meter=images&from=2027-03-27&to=2027-04-02";
    // Clocks go forward on the 28th, whose day is 23 hours long.
    let days = series(&ada, &format!("{range}&step=day")).await;
    assert_eq!(
        points(&days),
        expected(&[
            ("2027-03-26T23:00:00Z", "1"),
            ("2027-03-27T23:00:00Z", "14"),
            ("2027-03-28T22:00:00Z", "16"),
            ("2027-03-31T22:00:00Z", "32.5"),
        ])
    );
    let hours = series(&ada, "meter=images&from=2027-03-28&to=2027-03-29&step=hour").await;
    let starts = [("2027-03-27T23:00:00Z", "2"), ("2027-03-28T00:00:00Z", "4"), ("2027-03-28T01:00:00Z", "8")];
    assert_eq!(points(&hours), expected(&starts));
    let weeks = series(&ada, &format!("{range}&step=week")).await;
    assert_eq!(points(&weeks), expected(&[("2027-03-21T23:00:00Z", "15"), ("2027-03-28T22:00:00Z", "48.5")]));
    let months = series(&ada, &format!("{range}&step=month")).await;
    assert_eq!(points(&months), expected(&[("2027-02-28T23:00:00Z", "31"), ("2027-03-31T22:00:00Z", "32.5")]));
}

#[tokio::test]
async fn hours_that_begin_with_the_half_are_summed_by_minutes() {
    let (_server, ada) = scene("Asia/Kolkata").await;
    let hours = series(&ada, "meter=images&from=2027-03-28&to=2027-03-29&step=hour").await;
    let starts = [("2027-03-27T22:30:00Z", "3"), ("2027-03-28T00:30:00Z", "4"), ("2027-03-28T01:30:00Z", "8")];
    assert_eq!(points(&hours), expected(&starts));
    let days = series(&ada, "meter=images&from=2027-03-27&to=2027-03-30&step=day").await;
    assert_eq!(points(&days), expected(&[("2027-03-27T18:30:00Z", "15"), ("2027-03-28T18:30:00Z", "16")]));
}

#[tokio::test]
async fn a_range_is_kept_to_the_minute() {
    let (_server, ada) = scene("UTC").await;
    let sum = async |from: &str, to: &str| {
        let series = series(&ada, &format!("meter=images&from={from}&to={to}&step=month")).await;
        points(&series).into_iter().map(|(_, value)| value).collect::<Vec<_>>()
    };
    assert_eq!(sum("2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z").await, ["4"]);
    assert_eq!(sum("2027-03-28T00:31:00Z", "2027-03-28T01:31:00Z").await, ["8"]);
    assert_eq!(sum("2027-03-27T22:59:00Z", "2027-03-28T22:00:00Z").await, ["15"]);
    assert_eq!(sum("2027-03-27T23:00:00Z", "2027-03-28T22:01:00Z").await, ["30"]);
    assert!(sum("2027-03-28T02:00:00Z", "2027-03-28T21:00:00Z").await.is_empty());
}

#[tokio::test]
async fn points_are_told_apart_by_tool_member_key_and_workspace() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let (key, secret) = ada.key(&["usage", "read"]).await;
    let program = server.with_key(&secret);
    let lab = server.database.add_tenant(acme.id, "lab").await;
    assert_eq!(told(one(&ada, &with(event(1, "images", 1), json!({"tool": "resize"}))).await), (1, 0));
    assert_eq!(told(one(&program, &event(2, "images", 2)).await), (1, 0));
    assert_eq!(told(one(&ada.naming(lab), &event(3, "images", 4)).await), (1, 0));
    let by = async |group: &str| {
        let mut points: Vec<(Value, Value)> = series(&program, &format!("meter=images&step=month&group_by={group}"))
            .await
            .into_iter()
            .map(|(_, group, value)| (group, value))
            .collect();
        points.sort_by_key(|(_, value)| value.as_i64());
        points
    };
    assert_eq!(by("tool").await, [(json!("resize"), json!(1)), (Value::Null, json!(6))]);
    assert_eq!(by("member").await, [(Value::Null, json!(2)), (json!(ada.id.to_string()), json!(5))]);
    assert_eq!(by("key").await, [(json!(key), json!(2)), (Value::Null, json!(5))]);
    assert_eq!(by("tenant").await, [(json!(acme.tenant), json!(3)), (json!(lab), json!(4))]);
    // The product's own meters are asked for in the same way.
    ada.dispatched(json!({})).await;
    let dispatches = series(&ada, "meter=dispatches&group_by=tool").await;
    assert_eq!(dispatches.len(), 1);
    assert_eq!((&dispatches[0].1, &dispatches[0].2), (&json!("echo"), &json!(1)));
}

#[tokio::test]
async fn what_is_out_of_bounds_is_named() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let fields = async |query: &str| ada.get(&format!("/api/v1/usage{query}")).await.refused(422, "INVALID").fields();
    assert_eq!(fields("").await, ["meter"]);
    assert_eq!(
        fields("?meter=two%20words&from=noon&to=x&step=year&group_by=colour").await,
        ["meter", "from", "to", "step", "group_by"]
    );
    assert_eq!(fields("?meter=a&meter=b").await, ["meter"]);
    assert_eq!(fields("?meter=images&from=2026-02-01&to=2026-02-01").await, ["from"]);
    assert_eq!(fields("?meter=images&from=2026-02-02&to=2026-02-01").await, ["from"]);
    assert_eq!(fields("?meter=images&from=2025-01-01&to=2026-12-01").await, ["from"]);
    assert_eq!(fields("?meter=images&from=2026-01-01&to=2026-03-01&step=hour").await, ["step"]);
    assert_eq!(fields("?meter=images&from=0001-01-01&to=9999-01-01").await, ["from", "to"]);
    // A meter that nobody has sent anything to has no points.
    assert!(series(&ada, "meter=never").await.is_empty());
    // Reading goes on while the workspace is suspended; strangers find nothing.
    server.database.set_suspended(acme.tenant, true).await;
    assert!(series(&ada, "meter=never").await.is_empty());
    let (eve, _) = server.owner("Eve", "pro").await;
    assert_eq!(told(one(&eve, &event(1, "images", 1)).await), (1, 0));
    eve.within(&acme).get("/api/v1/usage?meter=images").await.refused(404, "NOT_FOUND");
    assert!(series(&ada, "meter=images").await.is_empty(), "another organization's use is not ours");
}
