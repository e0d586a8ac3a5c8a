//! Warnings at 80 and 100 %: each exactly once for a meter, a period and a limit, whoever writes at the same moment; and
//! the day of API calls by an organization's own clocks.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_domain::tenancy::{self, OrganizationChange, TenancyError};
use tenantry_kernel::quota::Meter;
use tenantry_testkit::{Client, Organization, TestOperator, TestServer, hard};

/// Meter, percent and limit of each warning, in the order of the answer.
fn told(usage: &Value) -> Vec<(String, u64, u64)> {
    let warnings = usage["warnings"].as_array().expect("a list").iter();
    let number = |value: &Value| value.as_u64().expect("a number");
    warnings
        .map(|own| (own["meter"].as_str().expect("a word").to_owned(), number(&own["percent"]), number(&own["limit"])))
        .collect()
}

fn warning(meter: &str, percent: u64, limit: u64) -> (String, u64, u64) {
    (meter.to_owned(), percent, limit)
}

async fn rows(server: &TestServer) -> i64 {
    server.database.truth("select count(*) from org.usage_warnings").await
}

async fn move_to(server: &TestServer, acme: &Organization, zone: &str) -> Result<(), TenancyError> {
    let services = &server.database.services;
    let operator = TestOperator::over(services);
    let scope = operator.operator.in_organization(&operator.find(acme.id).await);
    let change = OrganizationChange { time_zone: Some(zone.to_owned()), ..OrganizationChange::default() };
    tenancy::change_settings(services, &scope, &change).await.map(drop)
}

/// The day's true length, as the answer says it.
async fn window(program: &Client) -> u32 {
    let reply = program.get("/api/v1/jobs").await.expect(200);
    let policy = reply.header("ratelimit-policy").unwrap_or_default().to_owned();
    let window = policy.split([';', ',']).find_map(|part| part.strip_prefix("w=")).expect("a window");
    window.parse().expect("seconds")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_dispatches_at_once_in_two_processes_warn_once_at_each_mark() {
    let server = TestServer::without_worker().await;
    let second = server.another().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let operator = TestOperator::over(&server.database.services);
    operator.set(acme.id, hard(Meter::Dispatches, Some(100))).await.expect("set");
    let there = second.with_cookie(ada.cookie().map(str::to_owned));
    let replies = join_all((0..100).map(|number| {
        let client = if number % 2 == 0 { &ada.client } else { &there };
        client.dispatch(json!(number))
    }))
    .await;
    assert!(replies.iter().all(|reply| reply.status == 202));
    let usage = ada.usage().await;
    assert_eq!(told(&usage), [warning("dispatches", 80, 100), warning("dispatches", 100, 100)]);
    assert_eq!(rows(&server).await, 2);
    let order = "select bool_and(w.warned_at between f.first and f.last)
                 from org.usage_warnings w, (select min(recorded_at) first, max(recorded_at) last from org.usage_events) f";
    assert!(server.database.truth::<bool>(order).await, "each was given by a dispatch's own transaction");
    // Another limit has warnings of its own, and so has another month.
    operator.set(acme.id, hard(Meter::Dispatches, Some(120))).await.expect("set");
    assert_eq!(told(&ada.usage().await).last(), Some(&warning("dispatches", 80, 120)));
    operator.set(acme.id, hard(Meter::Dispatches, Some(100))).await.expect("set");
    assert_eq!(rows(&server).await, 3, "what was warned of once is not warned of again");
    server.database.turn_clock(TimeDelta::days(31)).await;
    let ada = ada.signed_in_again().await;
    assert_eq!(told(&ada.usage().await), []);
}

#[tokio::test]
async fn a_dispatch_that_is_refused_warns_of_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.set_used(acme.id, 399).await;
    let body = json!({"tool": "echo", "action": "say"});
    ada.post("/api/v1/dispatch", &json!({"tool": "nothing", "action": "say"})).await.refused(404, "NOT_FOUND");
    assert_eq!(rows(&server).await, 0);
    let first = ada.post("/api/v1/dispatch", &body).once("k").await.expect(202);
    let again = ada.post("/api/v1/dispatch", &body).once("k").await.expect(202);
    assert_eq!(first.text(), again.text());
    assert_eq!(told(&ada.usage().await), [warning("dispatches", 80, 500)]);
    ada.post("/api/v1/dispatch", &body).await.refused(429, "CONCURRENT_LIMIT");
    assert_eq!(rows(&server).await, 1);
}

#[tokio::test]
async fn unlimited_and_forbidden_are_not_warned_of() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    ada.dispatched(json!({})).await;
    let operator = TestOperator::over(&server.database.services);
    operator.set(acme.id, hard(Meter::Dispatches, Some(0))).await.expect("set");
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    assert_eq!(told(&ada.usage().await), []);
}

#[tokio::test]
async fn api_calls_of_two_servers_warn_once_at_each_mark() {
    let server = TestServer::without_worker().await;
    let second = server.another().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read"]).await;
    let programs = [server.with_key(&secret), second.with_key(&secret)];
    let mut passed = 0;
    for _ in 0..60 {
        let calls = (0..10).map(|number| programs[number % 2].get("/api/v1/jobs").into_future());
        let replies = join_all(calls).await;
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 429)), "{replies:#?}");
        passed += replies.iter().filter(|reply| reply.status == 200).count();
        if passed >= 100 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(passed, 100);
    // The second server writes what it has spent within a second.
    let both = async {
        while rows(&server).await < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), both).await.expect("both are given");
    assert_eq!(told(&ada.usage().await), [warning("api_calls", 80, 100), warning("api_calls", 100, 100)]);
    server.database.turn_clock(TimeDelta::days(1)).await;
    assert_eq!(told(&ada.usage().await), []);
}

#[tokio::test]
async fn the_day_is_the_organizations_own_and_as_long_as_its_clocks_make_it() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read"]).await;
    let program = server.with_key(&secret);
    assert_eq!(window(&program).await, 86_400);
    move_to(&server, &acme, "Europe/Berlin").await.expect("a zone");
    for (noon, seconds) in
        [("2027-03-28T12:00:00Z", 82_800), ("2027-07-01T12:00:00Z", 86_400), ("2027-10-31T12:00:00Z", 90_000)]
    {
        let noon: DateTime<Utc> = noon.parse().expect("a moment");
        let now: DateTime<Utc> = server.database.truth("select now()").await;
        server.database.turn_clock(noon - now).await;
        assert_eq!(window(&program).await, seconds, "{noon}");
    }
    let usage = program.get("/api/tenant/usage").await.expect(200).json();
    assert_eq!(usage["api_calls"]["resets_at"], "2027-10-31T23:00:00Z", "midnight in Berlin");
    assert_eq!(usage["api_calls"]["used"], 2);
    // The days of the graph are UTC's.
    assert_eq!((&usage["daily"][6]["date"], &usage["daily"][6]["api_calls"]), (&json!("2027-10-31"), &json!(2)));
    // An hour after midnight in Berlin it is a new day there, and still the old one in the graph.
    let now: DateTime<Utc> = server.database.truth("select now()").await;
    let late: DateTime<Utc> = "2027-10-31T23:30:00Z".parse().expect("a moment");
    server.database.turn_clock(late - now).await;
    let usage = program.get("/api/tenant/usage").await.expect(200).json();
    assert_eq!((&usage["api_calls"]["used"], &usage["daily"][6]["api_calls"]), (&json!(1), &json!(3)));
}

#[tokio::test]
async fn a_zone_is_a_name_that_means_the_same_everywhere() {
    let server = TestServer::without_worker().await;
    let (_, acme) = server.owner("Ada", "free").await;
    for name in ["", "Mars/Olympus", "europe/berlin", "localtime", "posixrules", "UTC+3", "'; drop table", "Factory"] {
        let refused = move_to(&server, &acme, name).await;
        assert!(matches!(refused, Err(TenancyError::Invalid(_))), "{name}: {refused:?}");
    }
    for name in ["Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "UTC"] {
        move_to(&server, &acme, name).await.expect(name);
    }
}
