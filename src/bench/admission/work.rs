//! Running what was admitted: a hot tenant's jobs by a worker, beside the same jobs one after the other.

use std::time::{Duration, Instant};

use sqlx::PgConnection;
use tenantry_domain::{
    Services,
    access::{TenantScope, permit::DispatchRun},
    dispatch::worker,
};
use tokio_util::sync::CancellationToken;

use super::crowd::{Crowd, Manner};
use crate::figures::Row;

/// Measures it. Jobs do nothing but echo: what is measured is claiming them, writing their ends, and never more at once
/// than the plan has slots.
pub(super) async fn measure(
    services: &Services,
    scope: TenantScope<DispatchRun>,
    time: Duration,
    superuser: &mut PgConnection,
) -> Row {
    let crowd = Crowd { services, scopes: &[scope], callers: 256, manner: Manner::AsTheyCome };
    crowd.fill_the_queue().await;
    let began = Instant::now();
    let alone = tokio::time::timeout(time, worker::drain(services, scope.organization())).await;
    let one_by_one = ended(superuser).await as f64 / began.elapsed().as_secs_f64();
    // Whoever was stopped in the middle has a job of this organization; the rest is the worker's.
    drop(alone);
    let before = ended(superuser).await;
    let stop = CancellationToken::new();
    let began = Instant::now();
    let working = tokio::spawn(worker::run(services.clone(), stop.clone()));
    let left = async {
        while waiting(superuser).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _ended_early = tokio::time::timeout(time, left).await;
    let rate = (ended(superuser).await - before) as f64 / began.elapsed().as_secs_f64();
    stop.cancel();
    working.await.expect("it ends in order");
    Row {
        what: "a hot tenant's jobs, run to their end",
        measured: format!("{rate:.0}/s"),
        reference: format!("one by one {one_by_one:.0}/s"),
        target: "≥ 1,000/s",
        reached: rate >= 1000.0,
    }
}

async fn ended(superuser: &mut PgConnection) -> i64 {
    let count = sqlx::query_scalar("select count(*) from org.jobs where status = 'succeeded'");
    count.fetch_one(superuser).await.expect("the database is there")
}

async fn waiting(superuser: &mut PgConnection) -> i64 {
    let count = sqlx::query_scalar("select count(*) from org.jobs where status = 'queued'");
    count.fetch_one(superuser).await.expect("the database is there")
}
