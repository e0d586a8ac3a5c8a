//! Limits on what events count: never one over, in however many processes and whatever is killed, and warned of once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_domain::metering::quota;
use tenantry_kernel::{
    metering::Quantity,
    quota::{EventLimit, Every, Mode},
};
use tenantry_testkit::{Organization, Person, Reply, TestOperator, TestServer, hard_on_events};

use super::{batch, event, one, sums_are_right, told, total, with};

/// Longer than anything may take to be told, on a busy machine.
const SOON: Duration = Duration::from_secs(6);

/// How many were accepted and repeated, and the places and codes of the others.
fn answered(reply: Reply) -> (u64, u64, Vec<(u64, String)>) {
    let reply = reply.expect(202);
    let invalid = reply.at("/invalid");
    let line =
        |one: &Value| (one["index"].as_u64().expect("a place"), one["code"].as_str().expect("a code").to_owned());
    let lines = invalid.as_array().expect("a list").iter().map(line).collect();
    let (accepted, duplicates) = told(reply);
    (accepted, duplicates, lines)
}

fn over(places: &[u64]) -> Vec<(u64, String)> {
    places.iter().map(|place| (*place, "QUOTA_EXCEEDED".to_owned())).collect()
}

async fn scene(limit: EventLimit) -> (TestServer, Person, Organization) {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let operator = TestOperator::over(&server.database.services);
    operator.set_of_events(acme.id, limit).await.expect("set");
    (server, ada, acme)
}

/// Warnings that were given, in order.
async fn warned(server: &TestServer) -> String {
    let query = "select coalesce(string_agg(format('%s %s of %s', meter, percent, quota_limit), ', ' order by meter, quota_limit, percent), '')
                 from org.usage_warnings";
    server.database.truth(query).await
}

#[tokio::test]
async fn each_event_of_a_batch_is_judged_in_its_turn() {
    let (server, ada, _) = scene(hard_on_events("images", Every::Month, 5)).await;
    let events = [
        event(1, "images", "3.5"),
        event(2, "images", 2),
        event(3, "images", "1.5"),
        event(4, "other", 1_000),
        event(5, "images", 1),
        event(2, "images", 2),
        event(6, "images", 0),
    ];
    assert_eq!(answered(batch(&ada, &events).await), (4, 0, over(&[1, 4, 5])));
    assert_eq!(
        (total(&server.database, "images").await.as_str(), total(&server.database, "other").await.as_str()),
        ("5", "1000")
    );
    // What was refused is recorded nowhere, and what was recorded is a repeat.
    assert_eq!(answered(batch(&ada, &events).await), (0, 4, over(&[1, 4, 5])));
    assert_eq!(answered(one(&ada, &event(7, "images", 1)).await), (0, 0, over(&[0])));
    sums_are_right(&server.database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_never_let_one_too_many_through_and_warn_once() {
    let (server, ada, _) = scene(hard_on_events("images", Every::Month, 100)).await;
    let second = server.another().await;
    let there = second.with_cookie(ada.cookie().map(str::to_owned));
    let replies = join_all((0..60).map(|number| {
        let client = if number % 2 == 0 { &ada.client } else { &there };
        let events: Vec<Value> = (0..5).map(|place| event(format!("{number}-{place}"), "images", 1)).collect();
        async move { answered(batch(client, &events).await) }
    }))
    .await;
    let accepted: u64 = replies.iter().map(|reply| reply.0).sum();
    let refused: usize = replies.iter().map(|reply| reply.2.len()).sum();
    assert_eq!((accepted, refused), (100, 200));
    assert_eq!(total(&server.database, "images").await, "100");
    assert_eq!(warned(&server).await, "images 80 of 100, images 100 of 100");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn a_soft_limit_marks_what_passes_it_and_a_capped_one_ends() {
    let soft = EventLimit { mode: Mode::Soft, ..hard_on_events("images", Every::Month, 10) };
    let (server, ada, acme) = scene(soft).await;
    assert_eq!(told(one(&ada, &event(1, "images", "12.5")).await), (1, 0));
    let operator = TestOperator::over(&server.database.services);
    let status = operator.status(acme.id).await;
    let [own] = &status.event_meters[..] else { panic!("{status:?}") };
    assert_eq!((own.used.to_string(), own.overage.to_string()), ("12.5".to_owned(), "2.5".to_owned()));
    assert_eq!(own.remaining, Some(Quantity::default()));
    assert_eq!(own.warnings.iter().map(|warning| warning.percent).collect::<Vec<_>>(), [80, 100]);
    let capped = EventLimit { mode: Mode::SoftCapped, cap: Some(20), ..hard_on_events("images", Every::Month, 10) };
    operator.set_of_events(acme.id, capped).await.expect("set");
    assert_eq!(answered(one(&ada, &event(2, "images", 8)).await), (0, 0, over(&[0])));
    assert_eq!(told(one(&ada, &event(3, "images", "7.5")).await), (1, 0));
}

#[tokio::test]
async fn a_correction_cannot_pass_a_limit_and_one_that_lowers_always_may() {
    let (server, ada, acme) = scene(hard_on_events("images", Every::Month, 10)).await;
    assert_eq!(told(one(&ada, &event("a", "images", 8)).await), (1, 0));
    let correct = |id: &str, of: &str, value: i64| with(event(id, "images", value), json!({"corrects": of}));
    assert_eq!(answered(one(&ada, &correct("b", "a", 11)).await), (0, 0, over(&[0])));
    assert_eq!(told(one(&ada, &correct("c", "a", 10)).await), (1, 0));
    assert_eq!(answered(one(&ada, &event("d", "images", 1)).await), (0, 0, over(&[0])));
    let operator = TestOperator::over(&server.database.services);
    operator.set_of_events(acme.id, hard_on_events("images", Every::Month, 5)).await.expect("lowered");
    assert_eq!(total(&server.database, "images").await, "10", "nothing is taken back");
    // In one batch: what it frees is there for what comes after it, and taken once.
    let events = [
        correct("e", "c", 2),
        event("f", "images", 3),
        correct("g", "e", 1),
        event("h", "images", 2),
        event("i", "images", 1),
    ];
    assert_eq!(answered(batch(&ada, &events).await), (4, 0, over(&[3])));
    assert_eq!(total(&server.database, "images").await, "5");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn a_day_is_the_organizations_and_a_late_event_counts_in_its_own() {
    let (server, ada, _) = scene(hard_on_events("images", Every::Day, 2)).await;
    for (zone, midnight) in [("UTC", "2028-02-29T00:00:00Z"), ("Asia/Kolkata", "2028-03-29T18:30:00Z")] {
        sqlx::query("update directory.organizations set time_zone = $1")
            .bind(zone)
            .execute(&mut server.database.superuser().await)
            .await
            .expect("a zone");
        let midnight: DateTime<Utc> = midnight.parse().expect("a moment");
        let now: DateTime<Utc> = server.database.truth("select now()").await;
        server.database.turn_clock(midnight - now + chrono::TimeDelta::hours(1)).await;
        let ada = ada.signed_in_again().await;
        let at = |id: &str, seconds: i64| {
            let time = (midnight + chrono::TimeDelta::microseconds(seconds)).to_rfc3339();
            with(event(format!("{zone}-{id}"), "images", 1), json!({"time": time}))
        };
        let events = [at("1", -1), at("2", 0), at("3", -2), at("4", 1), at("5", -3), at("6", 2)];
        assert_eq!(answered(batch(&ada, &events).await), (4, 0, over(&[4, 5])), "{zone}");
    }
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn a_limit_ends_at_its_moment_and_a_period_begins_anew() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let operator = TestOperator::over(&server.database.services);
    let now: DateTime<Utc> = server.database.truth("select now()").await;
    let start: DateTime<Utc> = "2028-02-29T12:00:00Z".parse().expect("a moment");
    server.database.turn_clock(start - now).await;
    let end = Some(start + chrono::TimeDelta::days(30));
    operator
        .set_of_events(acme.id, EventLimit { expires_at: end, ..hard_on_events("images", Every::Month, 1) })
        .await
        .expect("set");
    let ada = ada.signed_in_again().await;
    assert_eq!(answered(batch(&ada, &[event(1, "images", 1), event(2, "images", 1)]).await), (1, 0, over(&[1])));
    server.database.turn_clock(start - now + chrono::TimeDelta::hours(12)).await;
    let ada = ada.signed_in_again().await;
    assert_eq!(answered(batch(&ada, &[event(2, "images", 1), event(3, "images", 1)]).await), (1, 0, over(&[1])));
    server.database.turn_clock(start - now + chrono::TimeDelta::days(30)).await;
    let ada = ada.signed_in_again().await;
    assert_eq!(told(one(&ada, &event(3, "images", 1_000)).await), (1, 0));
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn setting_a_limit_below_what_is_used_warns_once_and_tells_by_mail() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    assert_eq!(told(one(&ada, &event(1, "images", 9)).await), (1, 0));
    let operator = TestOperator::over(&server.database.services);
    for _ in 0..2 {
        operator.set_of_events(acme.id, hard_on_events("images", Every::Month, 10)).await.expect("set");
    }
    assert_eq!(warned(&server).await, "images 80 of 10");
    assert_eq!(told(one(&ada, &event(2, "images", 1)).await), (1, 0));
    assert_eq!(answered(one(&ada, &event(3, "images", 1)).await), (0, 0, over(&[0])));
    assert_eq!(warned(&server).await, "images 80 of 10, images 100 of 10");
    let unmailed: i64 = server.database.truth("select count(*) from directory.unmailed").await;
    assert_eq!(unmailed, 1, "it is told as every other warning is");
    operator.clear(acme.id, tenantry_kernel::quota::Meter::Dispatches).await.expect_err("there is none");
}

#[tokio::test]
async fn another_organizations_limit_is_not_ones_own() {
    let (server, _, _) = scene(hard_on_events("images", Every::Month, 0)).await;
    let (eve, _) = server.owner("Eve", "empire").await;
    assert_eq!(told(one(&eve, &event(1, "images", 1)).await), (1, 0));
}

#[tokio::test]
async fn a_limit_of_ones_own_is_shown_with_the_others_and_its_warnings_are_told_at_once() {
    let (server, ada, acme) = scene(hard_on_events("images", Every::Month, 10)).await;
    let eve = server.owner("Eve", "empire").await.0;
    let mut events = ada.get("/api/v1/events").listened().await;
    events.until("usage", SOON, |_| true).await;
    assert_eq!(told(one(&ada, &event(1, "images", "7.9")).await), (1, 0));
    let shown = |usage: &Value| {
        let own = &usage["event_meters"][0];
        (own["meter"].clone(), own["quota"]["used"].clone(), own["quota"]["remaining"].clone())
    };
    let usage = ada.usage().await;
    assert_eq!(shown(&usage), (json!("images"), json!(7), json!(3)), "what is begun does not count yet");
    assert_eq!(usage["warnings"], json!([]));
    assert_eq!(told(one(&ada, &event(2, "images", "0.1")).await), (1, 0));
    let warning = events.until("warning", SOON, |_| true).await["warning"].clone();
    assert_eq!((&warning["meter"], &warning["percent"], &warning["limit"]), (&json!("images"), &json!(80), &json!(10)));
    let usage = ada.usage().await;
    assert_eq!((shown(&usage).1, &usage["warnings"]), (json!(8), &json!([warning])));
    assert_eq!(eve.usage().await.get("event_meters"), None, "another organization has none");
    // A limit that ends is a limit no more.
    let operator = TestOperator::over(&server.database.services);
    let own = operator.operator.in_organization(&operator.find(acme.id).await);
    quota::clear(&server.database.services, &own, "images").await.expect("cleared");
    let usage = ada.usage().await;
    assert_eq!((usage.get("event_meters"), &usage["warnings"]), (None, &json!([])));
}
