//! The worker's queries on what is to be done: finding jobs, claiming them, and reading what goes into them.

use std::collections::HashMap;

use sqlx::PgConnection;
use tenantry_kernel::{JobId, OrganizationId, TenantId, ToolId, tool::ToolKind};
use uuid::Uuid;

use super::{rules::Candidate, run::MOST_ATTEMPTS, tools::secret};
use crate::{
    Services,
    db::{DbError, OrganizationBound, TenantTx},
    webhooks::{sealed::Column, standard::Secret},
};

/// How long a lease lives without renewal, in seconds.
pub(super) const LEASE_SECONDS: f64 = 60.0;

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

/// Takes back leases that have expired: their jobs wait again, or fail when they were taken up often enough, or when it was
/// the tool that did not answer in its time. The slots are free then.
pub(super) async fn reap(tx: &mut impl OrganizationBound) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "with expired as (
             delete from org.slots where organization_id = $1 and expires_at <= app.now() returning job_id
         ), lost as (
             update org.jobs j
             set status = case when over.it then 'failed' else 'queued' end,
                 finished_at = case when over.it then app.now() end
             from expired
             join org.jobs known on known.organization_id = $1 and known.job_id = expired.job_id
             cross join lateral (select known.attempts >= $2 or known.waits_until is not null as it) over
             where j.organization_id = $1 and j.job_id = expired.job_id and j.status = 'running'
             returning j.job_id, j.fence, j.started_at, j.status
         )
         insert into org.job_attempts (organization_id, job_id, fence, started_at, outcome)
         select $1, job_id, fence, coalesce(started_at, app.now()), 'lost' from lost where status = 'queued'",
        organization,
        MOST_ATTEMPTS
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Jobs whose leases have ended and which will wait again as soon as somebody takes those back.
pub(super) async fn lost(tx: &mut impl OrganizationBound) -> Result<u64, DbError> {
    let organization = Uuid::from(tx.organization());
    let lost = sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from org.slots s
           join org.jobs j on j.organization_id = s.organization_id and j.job_id = s.job_id
           where s.organization_id = $1 and s.expires_at <= app.now()
             and j.status = 'running' and j.attempts < $2 and j.waits_until is null"#,
        organization,
        MOST_ATTEMPTS
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(u64::try_from(lost).unwrap_or_default())
}

/// Jobs whose turn may be now, in the order of their admission, with the slots that some have; and every slot number in use.
/// A suspended tenant's jobs wait without being seen.
///
/// So many at most of those that have a slot, and so many of those that have none: whoever has one starts whether or not
/// there is room for those before it, however long their line is.
pub(super) async fn candidates(
    tx: &mut impl OrganizationBound,
    most: usize,
) -> Result<(Vec<Candidate>, Vec<i32>), DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        r#"(select j.job_id as "job_id!", j.tenant_id as "tenant_id!", j.position as "position!", s.slot as "slot?"
            from org.slots s
            join org.jobs j on j.organization_id = s.organization_id and j.job_id = s.job_id
            join directory.tenants t
              on t.organization_id = j.organization_id and t.tenant_id = j.tenant_id and t.status = 'active'
            where s.organization_id = $1 and j.status = 'queued' and coalesce(j.retry_at, app.now()) <= app.now()
            order by j.position
            limit $2)
           union all
           (select j.job_id, j.tenant_id, j.position, null
            from org.jobs j
            join directory.tenants t
              on t.organization_id = j.organization_id and t.tenant_id = j.tenant_id and t.status = 'active'
            where j.organization_id = $1 and j.status = 'queued' and coalesce(j.retry_at, app.now()) <= app.now()
              and not exists (select from org.slots s where s.organization_id = $1 and s.job_id = j.job_id)
            order by j.position
            limit $2)
           order by 3"#,
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
    /// How often it was taken up, this time among them.
    pub attempts: i32,
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
             set status = 'running', attempts = attempts + 1, fence = fence + 1, started_at = app.now(),
                 retry_at = null, waits_until = null
             where organization_id = $1 and job_id = any($2) and status = 'queued'
             returning job_id, tenant_id, tool, action, fence, attempts, position
         ), leased as (
             insert into org.slots (organization_id, slot, job_id, holder, fence, expires_at)
             select $1, wanted.slot, started.job_id, $4, started.fence, app.now() + make_interval(secs => $5)
             from unnest($2::uuid[], $3::integer[]) wanted (job_id, slot)
             join started on started.job_id = wanted.job_id
             on conflict on constraint slots_job_key do update
                 set holder = excluded.holder, fence = excluded.fence, expires_at = excluded.expires_at
         )
         select job_id, tenant_id, tool, action, fence, attempts from started order by position",
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
            attempts: row.attempts,
        })
        .collect())
}

/// Says when the organization is to be looked at again: at once while there is more to start, else when the first lease
/// ends or the first wait is over, else not before somebody makes work.
pub(super) async fn set_wake(tx: &mut impl OrganizationBound, more: bool) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "with next as (
             select case when $2 then app.now() else least(
                 (select min(expires_at) from org.slots where organization_id = $1),
                 (select min(retry_at) from org.jobs
                  where organization_id = $1 and status = 'queued' and retry_at > app.now())
             ) end as at
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

/// Where a webhook tool is called, and what signs the call.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub tool: ToolId,
    pub url: String,
    /// Sealed, the newest first; the one before it is there while a rotation is under way.
    pub secrets: Vec<(Column, Vec<u8>)>,
}

impl Target {
    /// The secrets that sign, the newest first; without those that do not open.
    pub fn secrets(&self, services: &Services, tenant: TenantId) -> Vec<Secret> {
        let open = |(column, sealed): &(Column, Vec<u8>)| secret::of(tenant, self.tool).open(services, *column, sealed);
        self.secrets.iter().filter_map(open).collect()
    }
}

/// What kind of tool it is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Builtin,
    Webhook(Target),
    /// It was deleted meanwhile.
    Gone,
}

/// What goes into a job, what runs it, and how long it may take.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// JSON text.
    pub payload: String,
    /// In seconds.
    pub timeout: u32,
    pub kind: Kind,
}

/// What goes into jobs of the tenant; nothing for those of a suspended one, whose payloads are closed.
pub(super) async fn inputs(tx: &mut TenantTx, claimed: &[Claimed]) -> Result<HashMap<JobId, Input>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let jobs: Vec<Uuid> = claimed.iter().map(|claimed| claimed.job.uuid()).collect();
    let rows = sqlx::query!(
        r#"select j.job_id, j.tool_id, p.payload, coalesce(t.timeout_seconds, 60) as "timeout_seconds!", t.kind as "kind?",
                  t.url, t.secret, case when t.previous_until > app.now() then t.previous_secret end as previous_secret
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
            let secrets = [
                row.secret.map(|secret| (Column::Current, secret)),
                row.previous_secret.map(|secret| (Column::Previous, secret)),
            ];
            let kind = match (row.kind.as_deref().and_then(ToolKind::from_word), row.url) {
                (Some(ToolKind::Builtin), _) => Kind::Builtin,
                (Some(ToolKind::Webhook), Some(url)) => Kind::Webhook(Target {
                    tool: row.tool_id.into(),
                    url,
                    secrets: secrets.into_iter().flatten().collect(),
                }),
                _ => Kind::Gone,
            };
            (row.job_id.into(), Input { payload: row.payload, timeout, kind })
        })
        .collect())
}
