//! The worker's queries on what an attempt came to: its lease renewed, its job ended, put off, left to the tool or handed over.
//!
//! Each carries the fence that the attempt was given; with an old one nothing is written.

use std::collections::HashSet;

use tenantry_kernel::{JobId, dispatch::JobStatus};
use uuid::Uuid;

use super::{
    ends::End,
    run::{Ended, NotNow},
    sql_work::{Claimed, LEASE_SECONDS},
};
use crate::db::{DbError, OrganizationBound, TenantTx};

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

/// Ends attempts: status, result, what was used, and the slot's return. A job that waits for its next attempt ends too when
/// its last one brings its end after all. Answers jobs and fences of those that were written; one with an old
/// fence is not. `None` where the tenant's rows are closed by now: then nothing may last, and nothing is to be committed.
pub(super) async fn finish(tx: &mut TenantTx, ends: &[&End]) -> Result<Option<HashSet<(JobId, i64)>>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let jobs: Vec<Uuid> = ends.iter().map(|end| end.job.uuid()).collect();
    let fences: Vec<i64> = ends.iter().map(|end| end.fence).collect();
    let statuses: Vec<&str> = ends.iter().map(|end| end.ended.status.as_str()).collect();
    let results: Vec<Option<&str>> = ends.iter().map(|end| end.ended.result.as_deref()).collect();
    let errors: Vec<Option<&str>> = ends.iter().map(|end| end.ended.error.as_deref()).collect();
    let tokens: Vec<i64> = ends.iter().map(|end| end.ended.spent.tokens).collect();
    let api_calls: Vec<i64> = ends.iter().map(|end| end.ended.spent.api_calls).collect();
    let costs: Vec<i64> = ends.iter().map(|end| end.ended.spent.cost.micros).collect();
    let answered: Vec<Option<i16>> = ends.iter().map(|end| refused_with(&end.ended)).collect();
    let rows = sqlx::query!(
        r#"with ended as (
             select * from unnest($3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
                                  $10::bigint[], $11::smallint[])
                 e (job_id, fence, status, result, error, tokens_used, api_calls, cost_micros, http_status)
         ), job as (
             update org.jobs j
             set status = e.status, finished_at = app.now(), retry_at = null, waits_until = null,
                 tokens_used = e.tokens_used, api_calls = e.api_calls, cost_micros = e.cost_micros
             from ended e
             where j.organization_id = $1 and j.job_id = e.job_id and j.fence = e.fence
               and j.status in ('running', 'queued')
             returning j.job_id, j.fence, j.started_at, e.result, e.error, e.http_status
         ), attempt as (
             insert into org.job_attempts (organization_id, job_id, fence, started_at, outcome, http_status)
             select $1, job_id, fence, coalesce(started_at, app.now()), 'failed', http_status
             from job where http_status is not null
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
        &errors as &[Option<&str>],
        &tokens,
        &api_calls,
        &costs,
        &answered as &[Option<i16>]
    )
    .fetch_all(tx.connection())
    .await?;
    let closed = rows.iter().any(|row| !row.written);
    Ok((!closed).then(|| rows.into_iter().map(|row| (row.job_id.into(), row.fence)).collect()))
}

/// What the tool answered to the attempt that has failed for good. It stands beside the attempts before it, without words:
/// those are in the tenant's rows.
fn refused_with(ended: &Ended) -> Option<i16> {
    let status = ended.http_status.filter(|_| ended.status == JobStatus::Failed)?;
    i16::try_from(status).ok()
}

/// Lets a job wait for its next attempt, with its slot; `false` where it is another's by now.
pub(super) async fn put_off(
    tx: &mut TenantTx,
    claimed: &Claimed,
    not_now: &NotNow,
    wait_seconds: f64,
) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let written = sqlx::query!(
        "with job as (
             update org.jobs set status = 'queued', retry_at = app.now() + make_interval(secs => $4)
             where organization_id = $1 and job_id = $2 and fence = $3 and status = 'running'
             returning job_id, fence, started_at, retry_at
         ), slot as (
             update org.slots s set holder = null, expires_at = null
             from job where s.organization_id = $1 and s.job_id = job.job_id
         ), woken as (
             update directory.backlog b set wake_at = least(b.wake_at, job.retry_at)
             from job where b.organization_id = $1
         )
         insert into org.job_attempts (organization_id, job_id, fence, started_at, outcome, http_status, error)
         select $1, job_id, fence, coalesce(started_at, app.now()), 'failed', $5, $6 from job",
        organization,
        Uuid::from(claimed.job),
        claimed.fence,
        wait_seconds,
        not_now.http_status.and_then(|status| i16::try_from(status).ok()),
        not_now.error
    )
    .execute(tx.connection())
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Leaves a job to its tool until the tool's time is over, counted from the attempt's start; `false` where it is another's
/// by now, or has ended.
pub(super) async fn leave_to_tool(tx: &mut TenantTx, claimed: &Claimed, timeout: u32) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let written = sqlx::query!(
        "with job as (
             update org.jobs set waits_until = started_at + make_interval(secs => $4)
             where organization_id = $1 and job_id = $2 and fence = $3 and status = 'running'
             returning job_id, waits_until
         ), woken as (
             update directory.backlog b set wake_at = least(b.wake_at, job.waits_until)
             from job where b.organization_id = $1
         )
         update org.slots s set holder = null, expires_at = job.waits_until
         from job where s.organization_id = $1 and s.job_id = job.job_id",
        organization,
        Uuid::from(claimed.job),
        claimed.fence,
        f64::from(timeout)
    )
    .execute(tx.connection())
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Lets another worker have a job at once, with its slot; the attempt does not count.
pub(super) async fn hand_over(tx: &mut TenantTx, claimed: &Claimed) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let written = sqlx::query!(
        "with job as (
             update org.jobs set status = 'queued', attempts = attempts - 1
             where organization_id = $1 and job_id = $2 and fence = $3 and status = 'running'
             returning job_id, fence, started_at
         ), slot as (
             update org.slots s set holder = null, expires_at = null
             from job where s.organization_id = $1 and s.job_id = job.job_id
         ), woken as (
             update directory.backlog b set wake_at = app.now() from job where b.organization_id = $1
         )
         insert into org.job_attempts (organization_id, job_id, fence, started_at, outcome)
         select $1, job_id, fence, coalesce(started_at, app.now()), 'handed_over' from job",
        organization,
        Uuid::from(claimed.job),
        claimed.fence
    )
    .execute(tx.connection())
    .await?;
    Ok(written.rows_affected() == 1)
}
