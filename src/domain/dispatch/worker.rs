//! The worker: claims jobs under their organization's lock and lets each run on a lease.
//!
//! Several may work on one database. What a worker had when it was killed waits again after its lease has ended; what a
//! slow one brings after that carries an old fence and is not written. One that stops in order hands over what it has.

use std::{collections::BTreeMap, pin::pin, sync::Arc, time::Duration};

use tenantry_kernel::{OrganizationId, TenantId};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    attempt::Attempt,
    rules, sql,
    sql_work::{self, Claimed, Input},
};
use crate::{
    Services,
    access::{OrgScope, TenantScope, permit::JobWork, worker_scope},
    billing,
    db::{DbError, OrgTx, TenantTx},
};

/// How long the database is left alone after it was away.
const BACK_OFF: Duration = Duration::from_secs(1);

/// How often work of other processes is looked for; this process's own is announced.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Jobs that run at once in this process before the first of them is slow.
const AT_ONCE: usize = 64;

/// How long a run may take before it gives its place to another: whoever has slow tools delays nobody else.
const QUICK: Duration = Duration::from_secs(2);

/// Slow runs in this process, each with its payload and room for its answer in memory.
const SLOW_AT_ONCE: usize = 1024;

/// How long runs may come to their end after the stop, before others get their jobs.
const GRACE: Duration = Duration::from_secs(5);

/// How long writing that may take.
const FAREWELL: Duration = Duration::from_secs(10);

/// How often reading what goes into claimed jobs is tried again.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// How long it is tried: then their leases are as good as over.
const READ_FOR: Duration = Duration::from_secs(50);

/// How long one organization's lock is waited for: those who dispatch hold it for milliseconds, and whoever holds it longer
/// must not keep the others' jobs waiting.
const GATE_PATIENCE: Duration = Duration::from_millis(100);

/// How soon it is tried again.
const GATE_AGAIN: Duration = Duration::from_millis(100);

/// Jobs of one organization that are claimed at a time: half of the room, so that a long queue does not keep the others
/// waiting.
const CLAIM_AT_ONCE: usize = 32;

/// What a worker is made of.
#[derive(Clone)]
struct Worker {
    services: Services,
    /// Its name on leases.
    holder: Arc<str>,
    runs: TaskTracker,
    room: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    /// Runs that have not ended are handed over.
    leave: CancellationToken,
}

/// Works until the token is canceled, then lets what runs come to its end for a while, and hands over the rest.
pub async fn run(services: Services, stop: CancellationToken) {
    let worker = Worker {
        holder: format!("wrk_{}", services.new_id::<uuid::Uuid>().simple()).into(),
        runs: TaskTracker::new(),
        room: Arc::new(Semaphore::new(AT_ONCE)),
        slow: Arc::new(Semaphore::new(SLOW_AT_ONCE)),
        leave: CancellationToken::new(),
        services,
    };
    while !stop.is_cancelled() {
        let wait = match worker.look().await {
            Ok(Some(wait)) => wait.min(LOOK_EVERY),
            Ok(None) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "The worker could not look for jobs.");
                BACK_OFF
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = worker.services.floor.announced() => {}
            () = sleep(wait) => {}
        }
    }
    worker.stop().await;
}

impl Worker {
    /// One look around: claims what is due and starts it. Answers how long until there is something to do.
    async fn look(&self) -> Result<Option<Duration>, DbError> {
        let (due, next) = sql_work::due(&mut *self.services.db.platform().await?).await?;
        let mut wait = next.map(|seconds| Duration::from_secs_f64(seconds.max(0.0)));
        for organization in due {
            let most = self.room.available_permits().min(CLAIM_AT_ONCE);
            if most == 0 {
                return Ok(Some(Duration::from_millis(20)));
            }
            let scope = worker_scope(organization);
            let (claimed, more) = match claim_soon(&self.services, &scope, &self.holder, most).await {
                Ok(Some(claimed)) => claimed,
                Ok(None) => {
                    wait = Some(wait.map_or(GATE_AGAIN, |wait| wait.min(GATE_AGAIN)));
                    continue;
                }
                // Of this one alone: the others' jobs are claimed all the same.
                Err(error) => {
                    tracing::warn!(%error, organization.id = %organization, "Jobs could not be claimed.");
                    continue;
                }
            };
            if more {
                wait = Some(Duration::ZERO);
            }
            for (tenant, jobs) in by_tenant(claimed) {
                // There is room: nobody else takes permits.
                let places = jobs.iter().map_while(|_| Arc::clone(&self.room).try_acquire_owned().ok()).collect();
                self.runs.spawn(self.clone().work_off(scope.for_tenant(tenant), jobs, places));
            }
        }
        Ok(wait)
    }

    /// Reads at once what goes into jobs of one tenant, and lets each of them run for itself.
    async fn work_off(self, scope: TenantScope<JobWork>, jobs: Vec<Claimed>, places: Vec<OwnedSemaphorePermit>) {
        let reading = async {
            loop {
                match read_inputs(&self.services, &scope, &jobs).await {
                    Ok(inputs) => return inputs,
                    Err(error) => tracing::warn!(%error, "Claimed jobs could not be read yet."),
                }
                sleep(READ_AGAIN).await;
            }
        };
        let Ok(inputs) = timeout(READ_FOR, reading).await else {
            return tracing::warn!("Claimed jobs could not be read; they wait for their leases to end.");
        };
        for ((claimed, input), place) in inputs.into_iter().zip(places) {
            let attempt = Attempt { services: self.services.clone(), scope, claimed };
            self.runs.spawn(self.clone().attempt(attempt, input, place));
        }
    }

    /// Makes an attempt; one that takes long goes on among the slow ones, where there is a place.
    async fn attempt(self, attempt: Attempt, input: Input, place: OwnedSemaphorePermit) {
        let mut going = pin!(attempt.go(input, &self.leave));
        if timeout(QUICK, going.as_mut()).await.is_ok() {
            return;
        }
        let _place = Arc::clone(&self.slow).try_acquire_owned().unwrap_or(place);
        going.await;
    }

    /// Waits for what runs, and hands over what has not ended.
    async fn stop(self) {
        self.runs.close();
        if timeout(GRACE, self.runs.wait()).await.is_ok() {
            return;
        }
        self.leave.cancel();
        if timeout(FAREWELL, self.runs.wait()).await.is_err() {
            tracing::warn!("Some jobs could not be handed over; they wait for their leases to end.");
        }
    }
}

/// Claims jobs of an organization, and says whether more could be started at once.
async fn claim(
    services: &Services,
    scope: &OrgScope<JobWork>,
    holder: &str,
    most: usize,
) -> Result<(Vec<Claimed>, bool), DbError> {
    // Without a turn on the floor: there, other organizations' batches may be before this one's, and meanwhile this worker
    // would start nothing for anybody. The lock itself is held for milliseconds, and one claim waits for it at a time.
    let mut tx = OrgTx::open(&services.db, scope).await?;
    sql::lock_gate(&mut tx).await?;
    claim_in(services, tx, holder, most).await
}

/// The same, but `None` where somebody holds the organization's lock and goes on holding it.
async fn claim_soon(
    services: &Services,
    scope: &OrgScope<JobWork>,
    holder: &str,
    most: usize,
) -> Result<Option<(Vec<Claimed>, bool)>, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    if !sql::try_lock_gate(&mut tx, GATE_PATIENCE).await? {
        return Ok(None);
    }
    claim_in(services, tx, holder, most).await.map(Some)
}

/// Claims in a transaction that has the organization's lock, and ends that.
async fn claim_in(
    services: &Services,
    mut tx: OrgTx,
    holder: &str,
    most: usize,
) -> Result<(Vec<Claimed>, bool), DbError> {
    sql_work::reap(&mut tx).await?;
    let (held, now) = billing::held(&mut tx).await?;
    let effective = services.plans.effective(&held, now).await?;
    let (candidates, taken) = sql_work::candidates(&mut tx, most + 1).await?;
    let limit = effective.plan.limits.concurrent;
    let allotted = rules::allot(&candidates, &taken, limit, most);
    let more = rules::allot(&candidates, &taken, limit, most + 1).len() > allotted.len();
    let claimed = sql_work::start(&mut tx, &allotted, holder).await?;
    sql_work::set_wake(&mut tx, more).await?;
    tx.commit().await?;
    Ok((claimed, more))
}

/// Claimed jobs by their tenant, in their order.
fn by_tenant(claimed: Vec<Claimed>) -> BTreeMap<TenantId, Vec<Claimed>> {
    let mut groups: BTreeMap<TenantId, Vec<Claimed>> = BTreeMap::new();
    for job in claimed {
        groups.entry(job.tenant).or_default().push(job);
    }
    groups
}

/// What goes into jobs of one tenant; without those that have none, because the tenant was suspended meanwhile.
async fn read_inputs(
    services: &Services,
    scope: &TenantScope<JobWork>,
    jobs: &[Claimed],
) -> Result<Vec<(Claimed, Input)>, DbError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let mut inputs = sql_work::inputs(&mut tx, jobs).await?;
    tx.commit().await?;
    Ok(jobs.iter().filter_map(|job| Some((job.clone(), inputs.remove(&job.job)?))).collect())
}

/// Runs what is due until nothing is, for a command or a test that wants an end.
///
/// # Errors
/// When the database is away.
pub async fn drain(services: &Services, organization: OrganizationId) -> Result<usize, DbError> {
    let scope = worker_scope(organization);
    let mut ran = 0;
    loop {
        let (claimed, _) = claim(services, &scope, "drain", CLAIM_AT_ONCE).await?;
        if claimed.is_empty() {
            return Ok(ran);
        }
        for (tenant, jobs) in by_tenant(claimed) {
            let scope = scope.for_tenant(tenant);
            for (job, input) in read_inputs(services, &scope, &jobs).await? {
                let attempt = Attempt { services: services.clone(), scope, claimed: job };
                attempt.go(input, &CancellationToken::new()).await;
                ran += 1;
            }
        }
    }
}
