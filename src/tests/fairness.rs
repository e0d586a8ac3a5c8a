//! What one organization, one stuck transaction or one moment without a database must not do to those who wait.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tenantry_domain::dispatch::worker;
use tenantry_kernel::{OrganizationId, quota::Meter};
use tenantry_testkit::{Client, TestOperator, TestServer, hard};
use tokio_util::sync::CancellationToken;

const CHECK: &str = "/api/v1/dispatch/check";

/// A dispatch that is refused where no slot is free.
fn reject() -> Value {
    json!({"tool": "echo", "action": "say"})
}

async fn day_is_used_up(program: &Client) {
    let calls = async { while program.get("/api/v1/jobs").await.status != 429 {} };
    tokio::time::timeout(Duration::from_secs(60), calls).await.expect("a day has an end");
}

/// Holds the lock of an organization until the connection is closed.
async fn lock_gate(server: &TestServer, organization: OrganizationId) -> PgConnection {
    let mut lock = server.database.superuser().await;
    sqlx::raw_sql("begin").execute(&mut lock).await.expect("begun");
    sqlx::query("select from org.gates where organization_id = $1 for update")
        .bind(organization.uuid())
        .execute(&mut lock)
        .await
        .expect("locked");
    lock
}

#[tokio::test]
async fn jobs_that_have_slots_start_however_long_the_line_before_them_is() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let operator = TestOperator::over(&server.database.services);
    operator.set(acme.id, hard(Meter::Concurrent, Some(100))).await.expect("set");
    for number in 0..40 {
        ada.dispatched(json!(number)).await;
    }
    for _ in 0..10 {
        ada.post("/api/v1/dispatch", &reject()).await.expect(202);
    }
    // From now on every slot is one of those who came last.
    operator.set(acme.id, hard(Meter::Concurrent, Some(10))).await.expect("set");
    assert_eq!(worker::drain(&server.database.services, acme.id).await.expect("the database is there"), 50);
    let open = "select count(*) from org.jobs where status <> 'succeeded'";
    assert_eq!(server.database.truth::<i64>(open).await, 0);
}

#[tokio::test]
async fn an_organization_whose_lock_is_held_keeps_nobody_elses_jobs_waiting() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (bob, _) = server.owner("Bob", "free").await;
    let stuck = ada.dispatched(json!({})).await;
    let lock = lock_gate(&server, acme.id).await;
    let stop = CancellationToken::new();
    let work = tokio::spawn(worker::run(server.database.services.clone(), stop.clone()));
    for _ in 0..3 {
        let free = bob.dispatched(json!({})).await;
        let over = tokio::time::timeout(Duration::from_secs(4), bob.job_over(&free)).await;
        assert_eq!(over.expect("before anybody gives a lock up")["status"], "succeeded");
    }
    assert_eq!(ada.get(&format!("/api/v1/jobs/{stuck}")).await.expect(200).at("/job/status"), "queued");
    lock.close().await.expect("let go");
    assert_eq!(ada.job_over(&stuck).await["status"], "succeeded");
    stop.cancel();
    work.await.expect("it stops in order");
}

#[tokio::test]
async fn a_feature_that_the_plan_lacks_is_told_before_the_days_calls_are() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read", "dispatch"]).await;
    let (_, reader) = ada.key(&["read"]).await;
    let program = server.with_key(&secret);
    let dispatch = || program.post("/api/v1/dispatch", &reject());
    server.database.change("update tenant.tools set feature = 'listing-auto' where name = 'echo'").await;
    dispatch().await.refused(402, "FEATURE_NOT_IN_PLAN");
    day_is_used_up(&program).await;
    for _ in 0..3 {
        let refused = dispatch().await.refused(402, "FEATURE_NOT_IN_PLAN");
        assert!(refused.text_at("/detail").contains("listing-auto"));
        assert!(refused.header("ratelimit").unwrap_or_default().starts_with(r#""api-day";r=0;"#));
    }
    // What has nothing to do with a feature, or names no tool, meets the day first; the role comes before both.
    program.post(CHECK, &json!({"tool": "echo"})).await.refused(429, "API_DAILY_LIMIT");
    program
        .post("/api/v1/dispatch", &json!({"tool": "nothing", "action": "say"}))
        .await
        .refused(429, "API_DAILY_LIMIT");
    program.post("/api/v1/dispatch", &json!({"tool": ""})).await.refused(429, "API_DAILY_LIMIT");
    let garbled = program.call(Method::POST, "/api/v1/dispatch").body("application/json", "{");
    garbled.await.refused(429, "API_DAILY_LIMIT");
    server.with_key(&reader).post("/api/v1/dispatch", &reject()).await.refused(403, "FORBIDDEN");
    server.database.change("update tenant.tools set feature = null where name = 'echo'").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    dispatch().await.refused(429, "API_DAILY_LIMIT");
    assert_eq!(server.database.truth::<i64>("select count(*) from org.jobs").await, 0);
    assert_eq!(ada.get("/api/tenant/usage").await.expect(200).at("/api_calls/used"), 100);
}

#[tokio::test]
async fn an_expired_plan_is_told_whatever_the_body_holds() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    server.database.change("update directory.organizations set plan_expires_at = now() + interval '1 day'").await;
    server.database.turn_clock(TimeDelta::days(4) + TimeDelta::hours(1)).await;
    server.database.set_used(acme.id, 600).await;
    let garbled = || ada.call(Method::POST, "/api/v1/dispatch").body("application/json", "{");
    for _ in 0..2 {
        garbled().await.refused(402, "PLAN_EXPIRED");
        ada.post("/api/v1/dispatch", &json!({"tool": ""})).await.refused(402, "PLAN_EXPIRED");
        ada.dispatch(json!({})).await.refused(402, "PLAN_EXPIRED");
    }
    server.database.set_used(acme.id, 5_000).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    garbled().await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
}

#[tokio::test]
async fn a_check_counts_jobs_whose_worker_was_lost_as_a_dispatch_does() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    ada.post("/api/v1/dispatch", &reject()).await.expect(202);
    let taken_up = "
        update org.jobs set status = 'running', attempts = 1, fence = 1, started_at = app.now();
        update org.slots set holder = 'wrk_lost', fence = 1, expires_at = app.now() + interval '1 minute'";
    server.database.change(taken_up).await;
    server.database.lose_workers(acme.id).await;
    let check = || async { ada.post(CHECK, &json!({"tool": "echo"})).await.expect(200) };
    let says = check().await;
    assert_eq!((says.at("/allowed"), says.at("/code")), (json!(false), json!("CONCURRENT_LIMIT")));
    ada.post("/api/v1/dispatch", &reject()).await.refused(429, "CONCURRENT_LIMIT");
    // One that was taken up too often fails instead of waiting, so there is room.
    server.database.change("update org.jobs set status = 'running', attempts = 5").await;
    server
        .database
        .change(
            "insert into org.slots (organization_id, slot, job_id, holder, fence, expires_at)
        select organization_id, 1, job_id, 'wrk_lost', 1, app.now() - interval '1 second' from org.jobs",
        )
        .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(check().await.at("/allowed"), true);
    ada.post("/api/v1/dispatch", &reject()).await.expect(202);
}

#[tokio::test]
async fn a_server_gives_its_lease_back_also_after_the_database_was_away() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read"]).await;
    server.with_key(&secret).get("/api/v1/jobs").await.expect(200);
    server.database.take_away().await;
    // Longer than it waits until it writes what was spent.
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.database.give_back().await;
    let held =
        "select coalesce(max(used * 1000 + leased), 0)::bigint from org.usage_counters where meter = 'api_calls'";
    let given_back = async {
        while server.database.truth::<i64>(held).await != 1_000 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let given_back = tokio::time::timeout(Duration::from_secs(15), given_back).await;
    assert!(given_back.is_ok(), "one call, and nothing held: {}", server.database.truth::<i64>(held).await);
}
