//! Admission: durable decisions a second, and what one tenant's crowd does to the others.
//!
//! The ladder has two rungs on each kind of disk. *Naive*: a transaction for each dispatch, one after the other, as the
//! organization's lock demands. *Batched*: what arrives while one is under way forms the next. A crash costs the same on
//! both: nothing that was answered, whatever was not; only the throw-away database would lose what the disk had not yet.

mod crowd;
pub(crate) mod disk;
mod work;

use std::time::Duration;

use tenantry_domain::{
    Services,
    access::{TenantScope, permit::DispatchRun},
};
use tenantry_testkit::{Founder, TestDatabase};

use crate::{
    Effort,
    figures::{Row, Times},
};

use crowd::{Crowd, Manner, PACE};

/// Callers of the hot tenant.
const CALLERS: usize = 512;

/// Tenants beside the hot one.
const OTHERS: usize = 1000;

/// Turns of neighbours, each as long as [`PACE`].
const TURNS: usize = 8;

/// Measures all of it.
pub async fn measure(effort: Effort) -> Vec<Row> {
    let database = TestDatabase::new().await;
    let mut rows = vec![throw_away(effort, &database.services, &mut database.superuser().await).await];
    rows.push(durable(effort).await);
    rows.push(worked(effort, &database).await);
    rows
}

async fn throw_away(effort: Effort, services: &Services, superuser: &mut sqlx::PgConnection) -> Row {
    let (naive, batched) = ladder(effort, services, superuser).await;
    Row {
        what: "admission, hot tenant, throw-away database",
        measured: format!("batched {batched}"),
        reference: format!("naive {naive}"),
        target: "≥ 10,000/s",
        reached: batched.rate >= 10_000.0,
    }
}

async fn durable(effort: Effort) -> Row {
    let disk = disk::Durable::start().await;
    let mut synced = disk.synced_writes(effort.time / 2);
    let services = disk.services();
    let (naive, batched) = ladder(effort, &services, &mut disk.superuser().await).await;
    services.db.close().await;
    disk.end().await;
    Row {
        what: "admission, hot tenant, every commit on the disk",
        measured: format!("batched {batched}"),
        reference: format!("naive {naive}; a synced write p50 {:.2} ms", synced.within(0.5)),
        target: "≥ 10,000/s",
        reached: batched.rate >= 10_000.0,
    }
}

/// What a crowd has had.
struct Rung {
    rate: f64,
    times: (f64, f64),
}

impl std::fmt::Display for Rung {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0}/s, p50 {:.1} ms, p99 {:.1} ms", self.rate, self.times.0, self.times.1)
    }
}

/// Both rungs over the same database, the same callers on each.
async fn ladder(effort: Effort, services: &Services, superuser: &mut sqlx::PgConnection) -> (Rung, Rung) {
    let founder = Founder::new(services, "Hot").await;
    let hot = founder.scope(&founder.found("Hot", "empire").await).await;
    let mut rungs = Vec::new();
    for manner in [Manner::OneByOne, Manner::AsTheyCome] {
        let crowd = Crowd { services, scopes: &[hot], callers: CALLERS, manner };
        crowd.rounds(Duration::from_millis(500), superuser).await;
        let (rate, mut times) = crowd.rounds(effort.time, superuser).await;
        rungs.push(Rung { rate, times: (times.within(0.5), times.within(0.99)) });
    }
    let batched = rungs.pop().expect("two rungs");
    (rungs.pop().expect("two rungs"), batched)
}

async fn worked(effort: Effort, database: &TestDatabase) -> Row {
    let founder = Founder::new(&database.services, "Busy").await;
    let busy = founder.scope(&founder.found("Busy", "empire").await).await;
    work::measure(&database.services, busy, effort.time, &mut database.superuser().await).await
}

/// p50 and p99, in milliseconds.
fn figures(times: &mut Times) -> (f64, f64) {
    (times.within(0.5), times.within(0.99))
}

/// Many tenants beside one that is refused, and beside one that is hot. The refused one comes first: what a hot one has
/// written, the database goes on tidying up for a while.
pub async fn neighbours() -> [Row; 2] {
    let database = &TestDatabase::new().await;
    let services = &database.services;
    let founder = Founder::new(services, "Many").await;
    let mut others: Vec<TenantScope<DispatchRun>> = Vec::new();
    for number in 0..OTHERS {
        others.push(founder.scope(&founder.found(&format!("Company {number}"), "empire").await).await);
    }
    let refused = founder.found("Refused", "free").await;
    database.set_used(refused.id, 500).await;
    let refused = founder.scope(&refused).await;
    let hot = founder.scope(&founder.found("Hot", "empire").await).await;
    let crowd = Crowd { services, scopes: &[hot], callers: CALLERS, manner: Manner::AsTheyCome };
    let mut superuser = database.superuser().await;

    crowd::paced(services, &others).await;
    let of_refused = beside_refused(services, &others, refused).await;
    let of_hot = beside_hot(&crowd, &others, &mut superuser).await;
    [refused_row(of_refused), hot_row(of_hot)]
}

/// How long neighbours wait by themselves and beside another, and how often a second that other one had its answer.
#[derive(Default)]
struct Beside {
    alone: Times,
    beside: Times,
    rate: f64,
}

async fn beside_refused(
    services: &Services,
    others: &[TenantScope<DispatchRun>],
    refused: TenantScope<DispatchRun>,
) -> Beside {
    let mut seen = Beside::default();
    for _ in 0..TURNS {
        let (times, rate) = tokio::join!(crowd::paced(services, others), crowd::refused(services, refused, PACE));
        for (since, time) in times {
            if crowd::is_asking(since) { seen.beside.add(time) } else { seen.alone.add(time) }
        }
        seen.rate += rate / TURNS as f64;
    }
    seen
}

async fn beside_hot(
    hot: &Crowd<'_>,
    others: &[TenantScope<DispatchRun>],
    superuser: &mut sqlx::PgConnection,
) -> Beside {
    let mut seen = Beside::default();
    for _ in 0..TURNS {
        crowd::paced(hot.services, others).await.into_iter().for_each(|(_, time)| seen.alone.add(time));
        let (times, (rate, _)) = tokio::join!(crowd::paced(hot.services, others), hot.rounds(PACE, superuser));
        times.into_iter().for_each(|(_, time)| seen.beside.add(time));
        seen.rate += rate / TURNS as f64;
    }
    seen
}

fn hot_row(Beside { mut alone, mut beside, rate }: Beside) -> Row {
    let (alone, beside) = (figures(&mut alone), figures(&mut beside));
    Row {
        what: "1,000 tenants, 250 dispatches a second, beside a hot one",
        measured: format!("{} (the hot one {rate:.0}/s)", shown(beside)),
        reference: format!("alone {}", shown(alone)),
        target: "none starves: p99 < 250 ms",
        reached: beside.1 < 250.0,
    }
}

fn refused_row(Beside { mut alone, mut beside, rate }: Beside) -> Row {
    let (alone, beside) = (figures(&mut alone), figures(&mut beside));
    let moved = (beside.1 / alone.1 - 1.0) * 100.0;
    Row {
        what: "the same beside a refused one",
        measured: format!("{}, {moved:+.0} %", shown(beside)),
        reference: format!("in silence {}; {rate:.0} refusals/s", shown(alone)),
        target: "p99 < 20 % more",
        reached: moved < 20.0,
    }
}

fn shown((middle, slow): (f64, f64)) -> String {
    format!("p50 {middle:.1} ms, p99 {slow:.1} ms")
}
