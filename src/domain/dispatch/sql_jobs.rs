//! Queries on jobs for those who look at them.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    JobId,
    dispatch::{AcceptedJob, Attempt, AttemptOutcome, JobCounts, JobHead, JobStatus, JobView},
    money::CostEstimate,
    page::Limit,
};
use uuid::Uuid;

use super::jobs::LOOKED_THROUGH;
use crate::db::{DbError, OrganizationBound as _, TenantTx};

struct HeadRow {
    job_id: Uuid,
    tool: String,
    action: String,
    status: String,
    attempts: i32,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    tokens_used: i64,
    api_calls: i64,
    cost_micros: i64,
}

impl From<HeadRow> for JobHead {
    fn from(row: HeadRow) -> Self {
        let duration = row.started_at.zip(row.finished_at).map(|(start, end)| (end - start).num_milliseconds());
        Self {
            id: row.job_id.into(),
            tool: row.tool,
            action: row.action,
            // The table's check knows the same words.
            status: JobStatus::from_word(&row.status).unwrap_or(JobStatus::Failed),
            attempts: row.attempts,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            duration_ms: duration,
            tokens_used: row.tokens_used,
            api_calls: row.api_calls,
            cost_estimate: CostEstimate { micros: row.cost_micros },
        }
    }
}

/// A page of the tenant's jobs and one more, newest first. Ids are UUIDv7, so the id is the keyset; the first page is the
/// one before the greatest id of all, so that every page is found by the index.
pub(super) async fn jobs(tx: &mut TenantTx, before: Option<JobId>, limit: Limit) -> Result<Vec<JobHead>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let rows = sqlx::query_as!(
        HeadRow,
        "select job_id, tool, action, status, attempts, created_at, started_at, finished_at, tokens_used, api_calls,
                cost_micros
         from org.jobs
         where organization_id = $1 and tenant_id = $2 and job_id < $3
         order by job_id desc
         limit $4",
        organization,
        tenant,
        before.map_or(Uuid::max(), Uuid::from),
        i64::from(limit.get()) + 1
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(JobHead::from).collect())
}

/// A page of those of the newest jobs that have a status, and one more.
pub(super) async fn jobs_with(
    tx: &mut TenantTx,
    status: JobStatus,
    before: Option<JobId>,
    limit: Limit,
) -> Result<Vec<JobHead>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let rows = sqlx::query_as!(
        HeadRow,
        "select job_id, tool, action, status, attempts, created_at, started_at, finished_at, tokens_used, api_calls,
                cost_micros
         from (select * from org.jobs
               where organization_id = $1 and tenant_id = $2 and job_id < $3
               order by job_id desc
               limit $5) newest
         where status = $4
         order by job_id desc
         limit $6",
        organization,
        tenant,
        before.map_or(Uuid::max(), Uuid::from),
        status.as_str(),
        i64::from(LOOKED_THROUGH),
        i64::from(limit.get()) + 1
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(JobHead::from).collect())
}

/// Counts the tenant's jobs. What runs has a slot and what waits stands in the queue, so that each is found by its index; of
/// those that have failed the least id bounds how many are looked at.
pub(super) async fn count(tx: &mut TenantTx, since: JobId) -> Result<JobCounts, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query!(
        r#"select
             (select count(*) from org.slots s join org.jobs j using (organization_id, job_id)
              where s.organization_id = $1 and j.tenant_id = $2 and j.status = 'running') as "running!",
             (select count(*) from org.jobs
              where organization_id = $1 and tenant_id = $2 and status = 'queued') as "waiting!",
             (select count(*) from org.jobs
              where organization_id = $1 and tenant_id = $2 and job_id >= $3 and status = 'failed') as "failed!""#,
        organization,
        tenant,
        Uuid::from(since)
    )
    .fetch_one(tx.connection())
    .await?;
    let [running, waiting, failed] =
        [row.running, row.waiting, row.failed].map(|count| u64::try_from(count).unwrap_or_default());
    Ok(JobCounts { running, waiting, failed })
}

pub(super) async fn job(tx: &mut TenantTx, job: JobId) -> Result<Option<JobView>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let Some(head) = sqlx::query_as!(
        HeadRow,
        "select job_id, tool, action, status, attempts, created_at, started_at, finished_at, tokens_used, api_calls,
                cost_micros
         from org.jobs
         where organization_id = $1 and tenant_id = $2 and job_id = $3",
        organization,
        tenant,
        Uuid::from(job)
    )
    .fetch_optional(tx.connection())
    .await?
    else {
        return Ok(None);
    };
    let body = sqlx::query!(
        "select p.payload, p.result, p.error, j.retry_at, j.waits_until,
                (select a.http_status from org.job_attempts a
                 where a.organization_id = $1 and a.job_id = $3 and a.outcome = 'failed' and a.error is null) as http_status
         from job_payloads p
         join org.jobs j on j.organization_id = $1 and j.job_id = p.job_id
         where p.tenant_id = $2 and p.job_id = $3",
        organization,
        tenant,
        Uuid::from(job)
    )
    .fetch_one(tx.connection())
    .await?;
    // What was stored is JSON, since it was written as such.
    let read = |text: String| serde_json::from_str(&text).unwrap_or(serde_json::Value::Null);
    let head = JobHead::from(head);
    // What fails when a lease ends has no words in the tenant's rows: those are closed to whoever takes leases back.
    let unsaid = || match body.waits_until {
        Some(_) => "The tool did not answer within its time.".to_owned(),
        None => "Its worker was lost too often.".to_owned(),
    };
    let has_failed = head.status == JobStatus::Failed;
    let (waits, runs) = (head.status == JobStatus::Queued, head.status == JobStatus::Running);
    Ok(Some(JobView {
        payload: read(body.payload),
        result: body.result.map(read),
        error: body.error.or_else(|| has_failed.then(unsaid)),
        http_status: body.http_status,
        timeline: attempts(tx, job).await?,
        retry_at: body.retry_at.filter(|_| waits),
        waits_until: body.waits_until.filter(|_| runs),
        head,
    }))
}

/// Attempts that did not end the job, the first one first. One that ended it has its words in the tenant's rows.
async fn attempts(tx: &mut TenantTx, job: JobId) -> Result<Vec<Attempt>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        "select started_at, ended_at, outcome, http_status, error from org.job_attempts
         where organization_id = $1 and job_id = $2 and (outcome <> 'failed' or error is not null)
         order by fence",
        organization,
        Uuid::from(job)
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Attempt {
            started_at: row.started_at,
            ended_at: row.ended_at,
            // The table's check knows the same words.
            outcome: AttemptOutcome::from_word(&row.outcome).unwrap_or(AttemptOutcome::Lost),
            http_status: row.http_status,
            error: row.error,
        })
        .collect())
}

/// A job as its dispatch was answered, where it stands now, and its fence.
pub(super) async fn standing(tx: &mut TenantTx, job: JobId) -> Result<Option<(AcceptedJob, i64)>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query!(
        "select tool, action, status, created_at, fence from org.jobs
         where organization_id = $1 and tenant_id = $2 and job_id = $3",
        organization,
        tenant,
        Uuid::from(job)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| {
        let status = JobStatus::from_word(&row.status).unwrap_or(JobStatus::Failed);
        let job = AcceptedJob { id: job, tool: row.tool, action: row.action, status, created_at: row.created_at };
        (job, row.fence)
    }))
}

/// Ends a job that has not ended: a new fence, so that a run under way writes nothing, and the slot's return.
/// Answers the status that it had.
pub(super) async fn cancel(tx: &mut TenantTx, job: JobId) -> Result<Option<JobStatus>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let status = sqlx::query_scalar!(
        "with job as (
             select job_id, status from org.jobs
             where organization_id = $1 and tenant_id = $2 and job_id = $3
         ), ended as (
             update org.jobs j set status = 'canceled', fence = fence + 1, finished_at = app.now()
             from job
             where j.organization_id = $1 and j.job_id = job.job_id and job.status in ('queued', 'running')
             returning j.job_id
         ), slot as (
             delete from org.slots s using ended where s.organization_id = $1 and s.job_id = ended.job_id
         ), woken as (
             update directory.backlog b set wake_at = app.now() from ended where b.organization_id = $1
         )
         select status from job",
        organization,
        tenant,
        Uuid::from(job)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(status.and_then(|status| JobStatus::from_word(&status)))
}
