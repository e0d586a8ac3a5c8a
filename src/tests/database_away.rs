//! The database is gone: a quick, honest refusal, and well again by itself when it is back.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tenantry_testkit::{Call, Client, Organization, Stopwatch, TestServer};

/// What the specification allows, and a little for a busy machine.
const QUICK: Duration = Duration::from_millis(2_500);

/// A few calls that each need another part of the database.
fn calls(client: &Client, organization: &Organization) -> Vec<Call> {
    vec![
        client.get("/api/v1/auth/me"),
        client.get("/api/tenant/usage"),
        client.get("/api/v1/jobs"),
        client.within(organization).get("/api/v1/tools"),
        client.post("/api/v1/dispatch", &json!({"tool": "echo", "action": "say", "when_full": "queue"})),
        client.post("/api/tenant/organizations", &json!({"name": "Second", "plan": "pro"})),
        client.call(Method::GET, "/api/v1/plans"),
    ]
}

async fn well_again(server: &TestServer, client: &Client) {
    let well = async {
        while client.get("/api/tenant/usage").await.status != 200 || server.get("/readyz").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), well).await.expect("the server recovers by itself");
}

#[tokio::test]
async fn a_request_that_finds_no_database_is_told_so_within_two_seconds() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.take_away().await;
    for call in calls(&ada, &acme) {
        let watch = Stopwatch::start();
        let reply = call.await.refused(503, "GUARD_UNAVAILABLE");
        let took = watch.elapsed();
        assert!(took < QUICK, "{} took {took:?}", reply.asked);
        let seconds: u32 = reply.header("retry-after").expect("a hint").parse().expect("seconds");
        assert!(seconds >= 1);
        assert!(!reply.text().to_lowercase().contains("postgres"), "a database's own words: {}", reply.text());
        assert!(!reply.text().contains(server.database.name().as_str()), "{}", reply.text());
    }
    assert_eq!(server.get("/healthz").await.expect(200).text(), "alive\n");
    let watch = Stopwatch::start();
    server.get("/readyz").await.expect(503);
    assert!(watch.elapsed() < QUICK);
    server.database.give_back().await;
    well_again(&server, &ada).await;
    ada.dispatched(json!({})).await;
    assert_eq!(ada.usage().await["dispatches"]["used"], 1, "what was refused did not count");
}

#[tokio::test]
async fn cut_connections_are_replaced_and_nobody_notices() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    for _ in 0..3 {
        server.database.cut().await;
        for call in calls(&ada, &acme) {
            let reply = call.await;
            assert!(reply.status < 300, "{}: {}", reply.asked, reply.text());
        }
    }
}

#[tokio::test]
async fn the_worker_goes_on_when_the_database_is_back() {
    let server = TestServer::start().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let first = ada.dispatched(json!(1)).await;
    ada.job_over(&first).await;
    server.database.take_away().await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    server.database.give_back().await;
    well_again(&server, &ada).await;
    let second = ada.dispatched(json!(2)).await;
    assert_eq!(ada.job_over(&second).await["status"], "succeeded");
}

#[tokio::test]
async fn a_cookie_that_opens_nothing_is_refused_without_the_database() {
    let server = TestServer::without_worker().await;
    server.database.take_away().await;
    server.get("/api/v1/jobs").await.refused(401, "UNAUTHENTICATED");
    let forged = server.with_cookie(Some("tenantry=nonsense".to_owned()));
    forged.get("/api/v1/jobs").await.refused(401, "UNAUTHENTICATED");
    server.database.give_back().await;
}
