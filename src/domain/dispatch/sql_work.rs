//! The worker's queries: finding, claiming, renewing and ending jobs.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;
use tenantry_kernel::{JobId, OrganizationId, TenantId, dispatch::JobStatus};
use uuid::Uuid;

use super::rules::Candidate;
use crate::db::{DbError, OrganizationBound, TenantTx};

/// How long a lease lives without renewal, in seconds.
pub(super) const LEASE_SECONDS: f64 = 60.0;

/// How often a job is taken up whose workers were lost, before it fails.
const MOST_ATTEMPTS: i32 = 3;

/// Organizations that have work now, and seconds until the next one has.
pub(super) async fn due(connection: &mut PgConnection) -> Result<(Vec<OrganizationId>, Option<f64>), DbError> {
    let rows = sqlx::query!(
        r#"select organization_id as "organization_id!", due as "due!", seconds as "seconds!" from app.due_work(64)"#
    )
    .fetch_all(connection)
    .await?;
    let next = rows.iter().find(|row| !row.due).map(|row| row.seconds);
    Ok((rows.into_iter().filter(|row| row.due).map(|row| row.organization_id.into()).collect(), next))
}

/// Takes back leases that have expired: their jobs wait again, or fail when they were taken up often enough. The slots
/// are free then.
pub(super) async fn reap(tx: &mut impl OrganizationBound) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "with lost as (
             delete from org.slots where organization_id = $1 and expires_at <= app.now() returning job_id
         )
         update org.jobs j
         set status = case when j.attempts >= $2 then 'failed' else 'queued' end,
             finished_at = case when j.attempts >= $2 then app.now() end
         from lost
         where j.organization_id = $1 and j.job_id = lost.job_id and j.status = 'running'",
        organization,
        MOST_ATTEMPTS
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Jobs that wait, in the order of their admission, with the slots that some have; and every slot number in use.
/// A suspended tenant's jobs wait without being seen.
pub(super) async fn candidates(
    tx: &mut impl OrganizationBound,
    most: usize,
) -> Result<(Vec<Candidate>, Vec<i32>), DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        r#"select j.job_id, j.tenant_id, s.slot as "slot?"
           from org.jobs j
           join directory.tenants t
             on t.organization_id = j.organization_id and t.tenant_id = j.tenant_id and t.status = 'active'
           left join org.slots s on s.organization_id = j.organization_id and s.job_id = j.job_id
           where j.organization_id = $1 and j.status = 'queued'
           order by j.position
           limit $2"#,
        organization,
        i64::try_from(most).unwrap_or(i64::MAX)
    )
    .fetch_all(tx.connection())
    .await?;
    let taken = sqlx::query_scalar!("select slot from org.slots where organization_id = $1", organization)
        .fetch_all(tx.connection())
        .await?;
    let candidates = rows
        .into_iter()
        .map(|row| Candidate { job: row.job_id.into(), tenant: row.tenant_id.into(), slot: row.slot })
        .collect();
    Ok((candidates, taken))
}

/// A job that a worker has.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub job: JobId,
    pub tenant: TenantId,
    pub tool: String,
    pub action: String,
    pub fence: i64,
}

/// Starts jobs on their slots: a new fence, and a lease in the holder's name.
pub(super) async fn start(
    tx: &mut impl OrganizationBound,
    allotted: &[(Candidate, i32)],
    holder: &str,
) -> Result<Vec<Claimed>, DbError> {
    let organization = Uuid::from(tx.organization());
    let jobs: Vec<Uuid> = allotted.iter().map(|(candidate, _)| candidate.job.uuid()).collect();
    let slots: Vec<i32> = allotted.iter().map(|(_, slot)| *slot).collect();
    let rows = sqlx::query!(
        "with started as (
             update org.jobs
             set status = 'running', attempts = attempts + 1, fence = fence + 1, started_at = app.now()
             where organization_id = $1 and job_id = any($2) and status = 'queued'
             returning job_id, tenant_id, tool, action, fence, position
         ), leased as (
             insert into org.slots (organization_id, slot, job_id, holder, fence, expires_at)
             select $1, wanted.slot, started.job_id, $4, started.fence, app.now() + make_interval(secs => $5)
             from unnest($2::uuid[], $3::integer[]) wanted (job_id, slot)
             join started on started.job_id = wanted.job_id
             on conflict on constraint slots_job_key do update
                 set holder = excluded.holder, fence = excluded.fence, expires_at = excluded.expires_at
         )
         select job_id, tenant_id, tool, action, fence from started order by position",
        organization,
        &jobs,
        &slots,
        holder,
        LEASE_SECONDS
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Claimed {
            job: row.job_id.into(),
            tenant: row.tenant_id.into(),
            tool: row.tool,
            action: row.action,
            fence: row.fence,
        })
        .collect())
}

/// Says when the organization is to be looked at again: at once while there is more to start, else when the first lease
/// ends, else not before somebody makes work.
pub(super) async fn set_wake(tx: &mut impl OrganizationBound, more: bool) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "with next as (
             select case when $2 then app.now() else min(expires_at) end as at from org.slots where organization_id = $1
         ), nothing as (
             delete from directory.backlog where organization_id = $1 and (select at from next) is null
         )
         update directory.backlog set wake_at = next.at from next where organization_id = $1 and next.at is not null",
        organization,
        more
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Renews a lease; `false` when it is another's by now, and the holder must stop.
pub(super) async fn renew(tx: &mut impl OrganizationBound, claimed: &Claimed) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let renewed = sqlx::query!(
        "update org.slots set expires_at = app.now() + make_interval(secs => $4)
         where organization_id = $1 and job_id = $2 and fence = $3 and expires_at > app.now()",
        organization,
        Uuid::from(claimed.job),
        claimed.fence,
        LEASE_SECONDS
    )
    .execute(tx.connection())
    .await?;
    Ok(renewed.rows_affected() == 1)
}

/// What goes into a job, and how long it may take.
pub(super) struct Input {
    /// JSON text.
    pub payload: String,
    /// In seconds.
    pub timeout: u32,
}

/// What goes into jobs of the tenant; nothing for those of a suspended one, whose payloads are closed.
pub(super) async fn inputs(tx: &mut TenantTx, claimed: &[Claimed]) -> Result<HashMap<JobId, Input>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let jobs: Vec<Uuid> = claimed.iter().map(|claimed| claimed.job.uuid()).collect();
    let rows = sqlx::query!(
        r#"select j.job_id, p.payload, coalesce(t.timeout_seconds, 60) as "timeout_seconds!"
           from org.jobs j
           join job_payloads p on p.tenant_id = $2 and p.job_id = j.job_id
           left join tenant.tools t on t.tenant_id = $2 and t.tool_id = j.tool_id
           where j.organization_id = $1 and j.job_id = any($3::uuid[])"#,
        organization,
        tenant,
        &jobs
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let timeout = u32::try_from(row.timeout_seconds).unwrap_or(60);
            (row.job_id.into(), Input { payload: row.payload, timeout })
        })
        .collect())
}

/// How a run ended.
pub(super) struct Ended {
    pub status: JobStatus,
    /// JSON text.
    pub result: Option<String>,
    pub error: Option<String>,
}

/// Ends runs: status, result and the slot's return. Answers jobs and fences of those that were written; one with an old
/// fence is not. `None` where the tenant's rows are closed by now: then nothing may last, and nothing is to be committed.
pub(super) async fn finish(
    tx: &mut TenantTx,
    ends: &[(&Claimed, &Ended)],
) -> Result<Option<HashSet<(JobId, i64)>>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let jobs: Vec<Uuid> = ends.iter().map(|(claimed, _)| claimed.job.uuid()).collect();
    let fences: Vec<i64> = ends.iter().map(|(claimed, _)| claimed.fence).collect();
    let statuses: Vec<&str> = ends.iter().map(|(_, ended)| ended.status.as_str()).collect();
    let results: Vec<Option<&str>> = ends.iter().map(|(_, ended)| ended.result.as_deref()).collect();
    let errors: Vec<Option<&str>> = ends.iter().map(|(_, ended)| ended.error.as_deref()).collect();
    let rows = sqlx::query!(
        r#"with ended as (
             select * from unnest($3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[])
                 e (job_id, fence, status, result, error)
         ), job as (
             update org.jobs j set status = e.status, finished_at = app.now()
             from ended e
             where j.organization_id = $1 and j.job_id = e.job_id and j.fence = e.fence and j.status = 'running'
             returning j.job_id, j.fence, e.result, e.error
         ), slot as (
             delete from org.slots s using job where s.organization_id = $1 and s.job_id = job.job_id
         ), woken as (
             update directory.backlog b set wake_at = app.now()
             where b.organization_id = $1 and exists (select from job)
         ), body as (
             update job_payloads p set result = job.result, error = job.error
             from job
             where p.tenant_id = $2 and p.job_id = job.job_id
             returning p.job_id
         )
         select job.job_id, job.fence, body.job_id is not null as "written!"
         from job left join body on body.job_id = job.job_id"#,
        organization,
        tenant,
        &jobs,
        &fences,
        &statuses as &[&str],
        &results as &[Option<&str>],
        &errors as &[Option<&str>]
    )
    .fetch_all(tx.connection())
    .await?;
    let closed = rows.iter().any(|row| !row.written);
    Ok((!closed).then(|| rows.into_iter().map(|row| (row.job_id.into(), row.fence)).collect()))
}
