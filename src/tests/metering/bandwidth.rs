//! Bandwidth: what bodies weigh, counted for whoever is known, exact where nothing crashes.

use reqwest::Method;
use serde_json::json;
use tenantry_testkit::{TestDatabase, TestServer};

use super::{series, sums_are_right};

/// What is written, in bytes.
async fn written(database: &TestDatabase) -> i64 {
    let query = "select coalesce(sum(quantity), 0)::bigint from org.usage_events where meter = 'bandwidth_bytes'";
    database.truth(query).await
}

#[tokio::test]
async fn bodies_are_counted_in_and_out_for_who_sends_them() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let (key, secret) = ada.key(&["read", "dispatch"]).await;
    let services = &server.database.services;
    services.bandwidth.settle_all(services).await;
    let before = written(&server.database).await;
    let program = server.with_key(&secret);
    let body = json!({"tool": "echo", "action": "say", "payload": {"text": "x".repeat(5_000)}}).to_string();
    let reply = program.call(Method::POST, "/api/v1/dispatch").body("application/json", body.clone()).await.expect(202);
    services.bandwidth.settle_all(services).await;
    let moved = written(&server.database).await - before;
    assert_eq!(moved, i64::try_from(body.len() + reply.text().len()).expect("few"));
    // What is read is what is so: this process writes what it holds first.
    let jobs = program.get("/api/v1/jobs").await.expect(200).text().len();
    let points = series(&ada, "meter=bandwidth_bytes&step=month&group_by=key").await;
    let of_key = points.iter().find(|(_, group, _)| *group == json!(key)).expect("the key's");
    assert_eq!(of_key.2, json!(moved + i64::try_from(jobs).expect("few")));
    let of_tenant = series(&ada, &format!("meter=bandwidth_bytes&step=month&of=tenant:{}", acme.tenant)).await;
    assert_eq!(of_tenant.len(), 1);
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn a_stranger_and_a_refusal_cost_nobody_else() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let services = &server.database.services;
    services.bandwidth.settle_all(services).await;
    let before = written(&server.database).await;
    let forged = "tnt_live_01h2xcejqtf2nbrexx3vqjhp41_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx000000";
    server.with_key(forged).get("/api/v1/jobs").await.expect(401);
    server.get("/api/v1/plans").await.expect(200);
    server.get("/healthz").await.expect(200);
    services.bandwidth.settle_all(services).await;
    assert_eq!(written(&server.database).await, before);
    // Whoever names another's workspace is let into none, and charged nothing to it.
    let (eve, _) = server.owner("Eve", "empire").await;
    eve.naming(acme.tenant).get("/api/v1/jobs").await.expect(404);
    services.bandwidth.settle_all(services).await;
    let of_acme = series(&ada, "meter=bandwidth_bytes&step=month&group_by=member").await;
    assert!(of_acme.iter().all(|(_, member, _)| *member == json!(ada.id.to_string())), "{of_acme:?}");
    // A refusal of one's own is an answer like any other.
    services.bandwidth.settle_all(services).await;
    let before = written(&server.database).await.max(before);
    let refused = ada.get("/api/v1/usage").await.expect(422).text().len();
    services.bandwidth.settle_all(services).await;
    assert_eq!(written(&server.database).await - before, i64::try_from(refused).expect("few"));
}

#[tokio::test]
async fn what_cannot_be_written_while_the_database_is_away_is_kept() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let services = &server.database.services;
    services.bandwidth.settle_all(services).await;
    let before = written(&server.database).await;
    let answer = ada.get("/api/v1/tools").await.expect(200).text().len();
    server.database.take_away().await;
    services.bandwidth.settle_all(services).await;
    server.database.give_back().await;
    services.bandwidth.settle_all(services).await;
    services.bandwidth.settle_all(services).await;
    assert_eq!(written(&server.database).await - before, i64::try_from(answer).expect("few"), "once");
}
