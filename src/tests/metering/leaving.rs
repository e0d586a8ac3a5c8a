//! Whoever leaves while what was counted is being written takes nothing of it with them.

use std::{future::Future, time::Duration};

use sqlx::Connection as _;
use tenantry_domain::Services;
use tenantry_kernel::OrganizationId;
use tenantry_testkit::{TestDatabase, TestServer};
use tokio::time::{sleep, timeout};

/// Connections of the application that wait for a lock.
const WAITING: &str = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";

/// What was written of a meter.
async fn written(database: &TestDatabase, meter: &str) -> i64 {
    let query = match meter {
        "api_calls" => "select coalesce(sum(used), 0)::bigint from org.usage_counters where meter = 'api_calls'",
        _ => "select coalesce(sum(quantity), 0)::bigint from org.usage_events where meter = 'bandwidth_bytes'",
    };
    database.truth(query).await
}

/// Waits until something is so.
async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let so = async {
        while !is_so().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(Duration::from_secs(30), so).await.is_ok(), "{what}");
}

/// Writes both, as those who read usage do.
async fn settle(services: &Services, organization: OrganizationId) {
    let calls = services.allowances.settle(services, organization);
    let bytes = services.bandwidth.settle(services, organization);
    let (calls, bytes) = tokio::join!(calls, bytes);
    calls.and(bytes).expect("the database is there");
}

#[tokio::test]
async fn a_reader_who_leaves_at_any_moment_takes_no_call_and_no_byte_with_them() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let (_, secret) = ada.key(&["read"]).await;
    let (program, services) = (server.with_key(&secret), &server.database.services);
    settle(services, acme.id).await;
    let (calls, bytes) = (written(&server.database, "api_calls").await, written(&server.database, "bytes").await);
    let mut moved = 0;
    for round in 0..40 {
        moved += program.get("/api/v1/jobs").await.expect(200).text().len();
        let patience = Duration::from_millis(round % 8);
        let _left = timeout(patience, settle(services, acme.id)).await;
    }
    let moved = i64::try_from(moved).expect("few");
    settle(services, acme.id).await;
    until("every call is counted once", async || written(&server.database, "api_calls").await == calls + 40).await;
    until("every byte is counted once", async || written(&server.database, "bytes").await == bytes + moved).await;
}

#[tokio::test]
async fn what_waits_for_a_lock_is_written_also_when_its_reader_has_left() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let (_, secret) = ada.key(&["read"]).await;
    let (program, services) = (server.with_key(&secret), server.database.services.clone());
    server.database.be_patient().await;
    settle(&services, acme.id).await;
    let (calls, bytes) = (written(&server.database, "api_calls").await, written(&server.database, "bytes").await);
    let mut lock = server.database.superuser().await;
    sqlx::raw_sql("begin; lock table org.usage_counters, org.usage_events in access exclusive mode")
        .execute(&mut lock)
        .await
        .expect("locked");
    let moved = program.get("/api/v1/jobs").await.expect(200).text().len();
    let reader = tokio::spawn(async move { settle(&services, acme.id).await });
    until("both wait", async || server.database.truth::<i64>(WAITING).await >= 2).await;
    reader.abort();
    assert!(reader.await.expect_err("it did not end").is_cancelled());
    lock.close().await.expect("let go");
    until("the call is counted", async || written(&server.database, "api_calls").await == calls + 1).await;
    let moved = bytes + i64::try_from(moved).expect("few");
    until("its bytes are counted", async || written(&server.database, "bytes").await == moved).await;
}

#[tokio::test]
async fn what_waits_too_long_for_a_lock_is_kept_for_the_next_time() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let (_, secret) = ada.key(&["read"]).await;
    let (program, services) = (server.with_key(&secret), &server.database.services);
    settle(services, acme.id).await;
    let (calls, bytes) = (written(&server.database, "api_calls").await, written(&server.database, "bytes").await);
    let mut lock = server.database.superuser().await;
    sqlx::raw_sql("begin; lock table org.usage_counters, org.usage_events in access exclusive mode")
        .execute(&mut lock)
        .await
        .expect("locked");
    let moved = program.get("/api/v1/jobs").await.expect(200).text().len();
    let (waits, wait) =
        tokio::join!(services.allowances.settle(services, acme.id), services.bandwidth.settle(services, acme.id));
    assert!(waits.is_err() && wait.is_err(), "the lock is not given in the time that one waits");
    lock.close().await.expect("let go");
    settle(services, acme.id).await;
    assert_eq!(written(&server.database, "api_calls").await, calls + 1);
    assert_eq!(written(&server.database, "bytes").await, bytes + i64::try_from(moved).expect("few"));
}
