//! The third rung of the ladder: a day's allowance that is leased in chunks and spent in memory, beside one that is
//! counted in the database call by call. A crash costs the leased one the rest of a chunk, 64 units at most, which nobody
//! gets that day; never one too many.

use std::time::{Duration, Instant};

use sqlx::query;
use tenantry_domain::{
    Services,
    access::{OrgScope, permit::UsageRead},
    db::{OrgTx, OrganizationBound as _},
    metering::DayLimit,
};
use tenantry_kernel::{KeyId, quota::Beyond};
use tenantry_testkit::{Founder, TestDatabase};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    Effort,
    figures::{Row, Times},
};

/// More than can be spent in the time, so that every unit is one of many.
const LIMIT: u64 = 1_000_000_000;

const CALL_BY_CALL: &str = "
    insert into org.usage_counters as c (organization_id, meter, period_start, used) values ($1, 'bench', 'epoch', 1)
    on conflict (organization_id, meter, period_start) do update set used = c.used + 1 where c.used < 1000000000";

/// Measures both.
pub async fn measure(effort: Effort) -> Row {
    let database = TestDatabase::new().await;
    let services = &database.services;
    let founder = Founder::new(services, "Ada").await;
    let scope: OrgScope<UsageRead> = founder.organization_scope(&founder.found("Acme", "empire").await).await;
    services.memory.be_fresh(&services.db).await.expect("the database is there");
    let naive = rung(effort, services, move |services, _| async move { count(&services, scope).await }).await;
    let leased = rung(effort, services, move |services, caller| async move {
        take(&services, scope, Uuid::from_u128(caller as u128).into()).await;
    })
    .await;
    services.allowances.settle_all(services).await;
    Row {
        what: "the day's allowance, one organization",
        measured: format!("leased {leased}"),
        reference: format!("call by call {naive}"),
        target: "more than call by call",
        reached: leased.rate > naive.rate,
    }
}

async fn count(services: &Services, scope: OrgScope<UsageRead>) {
    let mut tx = OrgTx::open(&services.db, &scope).await.expect("the database is there");
    let counted = query(CALL_BY_CALL).bind(scope.organization().uuid()).execute(tx.connection()).await;
    counted.expect("counted");
    tx.commit().await.expect("committed");
}

async fn take(services: &Services, scope: OrgScope<UsageRead>, key: KeyId) {
    // As the guard does it, who has just known the key.
    services.memory.be_fresh(&services.db).await.expect("the database is there");
    let unit = services.allowances.take(services, scope.organization(), &limit(), key).await;
    drop(unit.expect("there is more than can be spent"));
}

/// As a plan with this limit has it.
fn limit() -> DayLimit {
    DayLimit { limit: Some(LIMIT), beyond: Beyond::default(), own: false, time_zone: "UTC".into() }
}

struct Rung {
    rate: f64,
    times: Times,
}

impl std::fmt::Display for Rung {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut times = self.times.clone();
        write!(out, "{:.0}/s, p50 {:.3} ms, p99 {:.3} ms", self.rate, times.within(0.5), times.within(0.99))
    }
}

/// Callers that ask again as soon as they are answered.
async fn rung<F>(
    effort: Effort,
    services: &Services,
    ask: impl Fn(Services, usize) -> F + Copy + Send + 'static,
) -> Rung
where
    F: Future<Output = ()> + Send,
{
    let mut callers = JoinSet::new();
    let began = Instant::now();
    for caller in 0..effort.connections {
        let services = services.clone();
        callers.spawn(async move {
            let mut times: Vec<Duration> = Vec::new();
            while began.elapsed() < effort.time {
                let asked = Instant::now();
                ask(services.clone(), caller).await;
                times.push(asked.elapsed());
                // What costs no round trip would otherwise keep the thread to itself.
                tokio::task::consume_budget().await;
            }
            times
        });
    }
    let times: Vec<Duration> = callers.join_all().await.into_iter().flatten().collect();
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    let mut all = Times::default();
    times.into_iter().for_each(|time| all.add(time));
    Rung { rate, times: all }
}
