//! What the dashboard reads: exact at every moment, anew with every month.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tenantry_testkit::{TestServer, redacted};

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no moment: {value}"))
}

#[tokio::test]
async fn usage_has_the_shape_of_the_contract() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    ada.post("/api/v1/dispatch", &json!({"tool": "echo", "action": "say"})).await.expect(202);
    ada.dispatched(json!({})).await;
    let usage = ada.usage().await;
    assert_json_snapshot!("usage", redacted(&usage));
    let days: Vec<NaiveDate> = usage["daily"]
        .as_array()
        .expect("days")
        .iter()
        .map(|day| day["date"].as_str().and_then(|text| text.parse().ok()).expect("a day"))
        .collect();
    assert_eq!(days.len(), 7);
    assert!(days.windows(2).all(|pair| pair[1] - pair[0] == TimeDelta::days(1)), "oldest first, none missing");
}

#[tokio::test]
async fn unlimited_is_null() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    ada.dispatched(json!({})).await;
    assert_json_snapshot!("usage_of_empire", redacted(&ada.usage().await));
}

#[tokio::test]
async fn frees_month_is_the_calendars_and_its_quota_is_new_with_it() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.set_used(acme.id, 500).await;
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    let before = ada.usage().await;
    let (start, end) = (moment(&before["period"]["start"]), moment(&before["period"]["end"]));
    assert!([start, end].iter().all(|edge| edge.day() == 1 && edge.time() == NaiveTime::MIN));

    // To just before the end of the month, and to just after it.
    let now: DateTime<Utc> = server.database.truth("select now()").await;
    server.database.turn_clock(end - now - TimeDelta::minutes(2)).await;
    let ada = ada.signed_in_again().await;
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    server.database.turn_clock(end - now + TimeDelta::seconds(1)).await;
    ada.dispatch(json!({})).await.expect(202);
    let after = ada.usage().await;
    assert_eq!(after["dispatches"]["used"], 1);
    assert_eq!(after["period"]["start"], before["period"]["end"]);
    assert_eq!(after["by_tool"], json!([{"tool": "echo", "dispatches": 1}]));
}

#[tokio::test]
async fn a_paid_month_is_counted_from_its_anchor() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    ada.dispatched(json!({})).await;
    let first = ada.usage().await;
    let anchor = moment(&first["period"]["start"]);
    let created: DateTime<Utc> = server.database.truth("select plan_anchor from directory.organizations").await;
    assert_eq!(anchor, created);
    let now: DateTime<Utc> = server.database.truth("select now()").await;
    server.database.turn_clock(moment(&first["period"]["end"]) - now + TimeDelta::seconds(1)).await;
    let ada = ada.signed_in_again().await;
    let second = ada.usage().await;
    assert_eq!(second["period"]["start"], first["period"]["end"]);
    assert_eq!(second["dispatches"]["used"], 0);
    assert_eq!(moment(&second["period"]["start"]).time(), anchor.time());
}

#[tokio::test]
async fn the_graph_moves_with_the_days() {
    let server = TestServer::without_worker().await;
    let noon = server.database.turn_to_noon().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    ada.dispatched(json!({})).await;
    let counts = |usage: &Value| -> Vec<u64> {
        usage["daily"].as_array().expect("days").iter().filter_map(|day| day["dispatches"].as_u64()).collect()
    };
    assert_eq!(counts(&ada.usage().await), [0, 0, 0, 0, 0, 0, 1]);
    server.database.turn_clock(noon + TimeDelta::days(2)).await;
    ada.dispatched(json!({})).await;
    ada.dispatched(json!({})).await;
    assert_eq!(counts(&ada.usage().await), [0, 0, 0, 0, 1, 0, 2]);
    server.database.turn_clock(noon + TimeDelta::days(7)).await;
    assert_eq!(counts(&ada.usage().await), [0, 2, 0, 0, 0, 0, 0]);
}
