//! The worker: claims jobs under their organization's lock, runs them on leases, and writes each end once.
//!
//! Several may work on one database. What a worker had when it was killed waits again after its lease has ended; what a
//! slow one brings after that carries an old fence and is not written.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tenantry_kernel::{OrganizationId, TenantId, dispatch::JobStatus};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{interval_at, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    builtin,
    ends::End,
    rules, sql,
    sql_work::{self, Claimed, Ended, Input},
};
use crate::{
    Services,
    access::{OrgScope, TenantScope, permit::JobWork, worker_scope},
    billing,
    db::{DbError, OrgTx, TenantTx},
};

/// How often a lease is renewed: three times in its life.
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// How long the database is left alone after it was away.
const BACK_OFF: Duration = Duration::from_secs(1);

/// How often work of other processes is looked for; this process's own is announced.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Jobs that run at once in this process.
const AT_ONCE: usize = 64;

/// Jobs of one organization that are claimed at a time: half of the room, so that a long queue does not keep the others
/// waiting.
const CLAIM_AT_ONCE: usize = 32;

/// Works until the token is canceled, then lets what runs come to its end.
pub async fn run(services: Services, stop: CancellationToken) {
    let holder = format!("wrk_{}", services.new_id::<uuid::Uuid>().simple());
    let runs = TaskTracker::new();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    while !stop.is_cancelled() {
        let wait = match look(&services, &holder, &runs, &room).await {
            Ok(Some(wait)) => wait.min(LOOK_EVERY),
            Ok(None) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "The worker could not look for jobs.");
                BACK_OFF
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = services.floor.announced() => {}
            () = sleep(wait) => {}
        }
    }
    runs.close();
    runs.wait().await;
}

/// One look around: claims what is due and starts it. Answers how long until there is something to do.
async fn look(
    services: &Services,
    holder: &str,
    runs: &TaskTracker,
    room: &Arc<Semaphore>,
) -> Result<Option<Duration>, DbError> {
    let (due, next) = sql_work::due(&mut *services.db.platform().await?).await?;
    let mut wait = next.map(|seconds| Duration::from_secs_f64(seconds.max(0.0)));
    for organization in due {
        let most = room.available_permits().min(CLAIM_AT_ONCE);
        if most == 0 {
            return Ok(Some(Duration::from_millis(20)));
        }
        let scope = worker_scope(organization);
        let (claimed, more) = claim(services, &scope, holder, most).await?;
        if more {
            wait = Some(Duration::ZERO);
        }
        for (tenant, jobs) in by_tenant(claimed) {
            // There is room: nobody else takes permits.
            let permits = jobs.iter().map_while(|_| Arc::clone(room).try_acquire_owned().ok()).collect();
            let scope = scope.for_tenant(tenant);
            runs.spawn(work_off(services.clone(), scope, jobs, permits, runs.clone()));
        }
    }
    Ok(wait)
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

/// Reads at once what goes into jobs of one tenant, and lets each of them run for itself.
async fn work_off(
    services: Services,
    scope: TenantScope<JobWork>,
    jobs: Vec<Claimed>,
    permits: Vec<OwnedSemaphorePermit>,
    runs: TaskTracker,
) {
    let inputs = match read_inputs(&services, &scope, &jobs).await {
        Ok(inputs) => inputs,
        Err(error) => {
            tracing::warn!(%error, "Claimed jobs could not be read; they wait for their leases to end.");
            return;
        }
    };
    for ((claimed, input), permit) in inputs.into_iter().zip(permits) {
        let services = services.clone();
        runs.spawn(async move {
            let _permit = permit;
            work(&services, scope, claimed, input).await;
        });
    }
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

/// Runs one job and writes its end; what cannot be written is left to the lease's end.
#[tracing::instrument(skip_all, fields(job.id = %claimed.job, tenant.id = %claimed.tenant))]
async fn work(services: &Services, scope: TenantScope<JobWork>, claimed: Claimed, input: Input) {
    if let Err(error) = run_and_finish(services, scope, claimed, input).await {
        tracing::warn!(%error, "A job could not be brought to its end; it waits for its lease to end.");
    }
}

async fn run_and_finish(
    services: &Services,
    scope: TenantScope<JobWork>,
    claimed: Claimed,
    Input { payload, timeout: seconds }: Input,
) -> Result<(), DbError> {
    let run = timeout(Duration::from_secs(seconds.into()), call(&claimed, payload));
    let Some(outcome) = renewing(services, &scope, &claimed, run).await? else {
        tracing::warn!("The lease of a job was lost while it ran.");
        return Ok(());
    };
    let ended = match outcome {
        Ok(Ok(result)) => Ended { status: JobStatus::Succeeded, result: Some(result), error: None },
        Ok(Err(error)) => Ended { status: JobStatus::Failed, result: None, error: Some(error) },
        Err(_) => {
            let error = format!("The tool took longer than {seconds} s.");
            Ended { status: JobStatus::Failed, result: None, error: Some(error) }
        }
    };
    let (status, tool, action) = (ended.status, claimed.tool.clone(), claimed.action.clone());
    if services.floor.ends.join(services, End { scope, claimed, ended }).await? {
        tracing::info!(job.status = status.as_str(), job.tool = tool, job.action = action, "A job has ended.");
    }
    Ok(())
}

/// Runs the tool.
async fn call(claimed: &Claimed, payload: String) -> Result<String, String> {
    builtin::run(&claimed.tool, payload)
}

/// Renews the lease while the future runs; `None` when the lease was lost and the run was dropped.
async fn renewing<T>(
    services: &Services,
    scope: &TenantScope<JobWork>,
    claimed: &Claimed,
    run: impl Future<Output = T>,
) -> Result<Option<T>, DbError> {
    let mut run = std::pin::pin!(run);
    let mut renewal = interval_at(tokio::time::Instant::now() + RENEW_EVERY, RENEW_EVERY);
    loop {
        tokio::select! {
            outcome = &mut run => return Ok(Some(outcome)),
            _ = renewal.tick() => {
                let mut tx = TenantTx::open(&services.db, scope).await?;
                if !sql_work::renew(&mut tx, claimed).await? {
                    return Ok(None);
                }
                tx.commit().await?;
            }
        }
    }
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
                work(services, scope, job, input).await;
                ran += 1;
            }
        }
    }
}
