//! One key, one effect: dispatches that are sent more than once.

use chrono::TimeDelta;
use futures::future::{join_all, select};
use serde_json::{Value, json};
use sqlx::Connection as _;
use tenantry_testkit::TestServer;

const DISPATCH: &str = "/api/v1/dispatch";

fn wish(number: u32) -> Value {
    json!({"tool": "echo", "action": "say", "payload": {"number": number}, "when_full": "queue"})
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let first = ada.post(DISPATCH, &wish(1)).once("key").await.expect(202);
    assert_eq!(first.header("idempotency-replayed"), None);
    let second = ada.post(DISPATCH, &wish(1)).once("key").await.expect(202);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.body, second.body);
    assert_eq!(first.header("content-type"), second.header("content-type"));
    assert_eq!(ada.usage().await["dispatches"]["used"], 1);
}

#[tokio::test]
async fn another_body_or_workspace_is_another_request() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let lab = server.database.add_tenant(acme.id, "lab").await;
    ada.post(DISPATCH, &wish(1)).once("key").await.expect(202);
    ada.post(DISPATCH, &wish(2)).once("key").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    ada.naming(lab).post(DISPATCH, &wish(1)).once("key").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(server.database.truth::<i64>("select count(*) from org.jobs").await, 1);
}

#[tokio::test]
async fn a_key_is_the_organizations_own() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (eve, _) = server.owner("Eve", "free").await;
    let hers = ada.post(DISPATCH, &wish(1)).once("key").await.expect(202);
    let other = eve.post(DISPATCH, &wish(1)).once("key").await.expect(202);
    assert_ne!(hers.at("/job/id"), other.at("/job/id"));
    let colleague = server.member(&acme, tenantry_kernel::Role::Operator).await;
    let replayed = colleague.post(DISPATCH, &wish(1)).once("key").await.expect(202);
    assert_eq!(hers.body, replayed.body);
}

#[tokio::test]
async fn sent_twenty_times_at_once_it_happens_once() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let replies = join_all((0..20).map(|_| ada.post(DISPATCH, &wish(1)).once("key").into_future())).await;
    let (accepted, under_way): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 202);
    assert!(accepted.iter().all(|reply| reply.body == accepted[0].body));
    assert_eq!(accepted.iter().filter(|reply| reply.header("idempotency-replayed").is_none()).count(), 1);
    for reply in under_way {
        reply.refused(409, "IDEMPOTENCY_IN_FLIGHT");
    }
    assert_eq!(server.database.truth::<i64>("select count(*) from org.jobs").await, 1);
    assert_eq!(ada.usage().await["dispatches"]["used"], 1);
}

#[tokio::test]
async fn a_repeat_that_comes_while_the_first_is_under_way_is_told_so() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let mut superuser = server.database.superuser().await;
    let mut held = superuser.begin().await.expect("begun");
    sqlx::query("select from org.gates for update").execute(&mut *held).await.expect("locked");
    let (first, second) = (ada.post(DISPATCH, &wish(1)).once("key"), ada.post(DISPATCH, &wish(1)).once("key"));
    // Whichever comes second: it does not wait for the first.
    let (told, other) = select(first.into_future(), second.into_future()).await.factor_first();
    let told = told.refused(409, "IDEMPOTENCY_IN_FLIGHT");
    assert_eq!(told.header("retry-after"), Some("1"));
    held.rollback().await.expect("let go");
    other.await.expect(202);
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.set_used(acme.id, 500).await;
    ada.post(DISPATCH, &wish(1)).once("key").await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    server.database.set_used(acme.id, 499).await;
    ada.post(DISPATCH, &wish(1)).once("key").await.expect(202);
    // What was answered stays answered, also when the quota is used up by then.
    let replayed = ada.post(DISPATCH, &wish(1)).once("key").await.expect(202);
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let first = ada.post(DISPATCH, &wish(1)).once("key").await.expect(202);
    server.database.turn_clock(TimeDelta::hours(23)).await;
    ada.post(DISPATCH, &wish(2)).once("key").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    server.database.turn_clock(TimeDelta::hours(25)).await;
    let later = ada.post(DISPATCH, &wish(2)).once("key").await.expect(202);
    assert_ne!(first.at("/job/id"), later.at("/job/id"));
    let replayed = ada.post(DISPATCH, &wish(2)).once("key").await.expect(202);
    assert_eq!(replayed.body, later.body);
}
