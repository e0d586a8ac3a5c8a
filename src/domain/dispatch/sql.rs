//! Admission's queries: what a decision reads under the lock, and what an accepted dispatch writes.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    ToolId, UserId,
    dispatch::{AcceptedJob, WhenFull},
    plan::Held,
    text::IdempotencyKey,
    usage::DISPATCHES,
};
use uuid::Uuid;

use super::rules::{Load, Tool, ToolRef};
use crate::{
    db::{DbError, OrganizationBound, TenantTx},
    idempotency::{Answer, Kept, OnceKey},
};

/// What a decision needs to know of an organization.
pub(super) struct Gate {
    pub held: Held,
    /// The database's time.
    pub now: DateTime<Utc>,
    pub load: Load,
    counters: Vec<(DateTime<Utc>, u64)>,
}

impl Gate {
    /// Dispatches of the period that starts then.
    pub fn used(&self, period_start: DateTime<Utc>) -> u64 {
        self.counters.iter().find(|(start, _)| *start == period_start).map_or(0, |(_, used)| *used)
    }
}

/// Takes the organization's lock. What is read before it may be old by the time it is given.
pub(super) async fn lock_gate(tx: &mut impl OrganizationBound) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!("select position from org.gates where organization_id = $1 for update", organization)
        .fetch_one(tx.connection())
        .await?;
    Ok(())
}

/// Plan, time, slots, queue and the counters of the periods that now can belong to.
pub(super) async fn read_gate(tx: &mut impl OrganizationBound) -> Result<Gate, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        r#"select o.plan_id, o.plan_version, o.plan_anchor, o.plan_expires_at, app.now() as "now!",
                  (select count(*) from org.slots s
                   where s.organization_id = $1 and (s.expires_at is null or s.expires_at > app.now())) as "live!",
                  (select count(*) from (
                       select from org.jobs j
                       where j.organization_id = $1 and j.status = 'queued'
                         and not exists (select from org.slots s
                                         where s.organization_id = $1 and s.job_id = j.job_id)
                       limit 10000) queue) as "waiting!",
                  array(select c.period_start from org.usage_counters c
                        where c.organization_id = $1 and c.meter = $2 and c.period_start > app.now() - interval '63 days'
                        order by c.period_start) as "starts!: Vec<DateTime<Utc>>",
                  array(select c.used from org.usage_counters c
                        where c.organization_id = $1 and c.meter = $2 and c.period_start > app.now() - interval '63 days'
                        order by c.period_start) as "used!: Vec<i64>"
           from directory.organizations o
           where o.organization_id = $1"#,
        organization,
        DISPATCHES
    )
    .fetch_one(tx.connection())
    .await?;
    let count = |value: i64| u64::try_from(value).unwrap_or_default();
    Ok(Gate {
        held: Held {
            plan: row.plan_id,
            version: row.plan_version,
            anchor: row.plan_anchor,
            expires_at: row.plan_expires_at,
        },
        now: row.now,
        load: Load { live: count(row.live), waiting: count(row.waiting) },
        counters: row.starts.into_iter().zip(row.used.into_iter().map(count)).collect(),
    })
}

pub(super) async fn kept_answer(
    tx: &mut impl OrganizationBound,
    key: &IdempotencyKey,
) -> Result<Option<Kept>, DbError> {
    let organization = Uuid::from(tx.organization());
    let kept = sqlx::query_as!(
        Kept,
        "select request_hash, status, body from org.idempotency
         where organization_id = $1 and key = $2 and created_at > app.now() - interval '24 hours'",
        organization,
        key.as_str()
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(kept)
}

pub(super) async fn find_tool(tx: &mut TenantTx, tool: &ToolRef) -> Result<Option<Tool>, DbError> {
    let tenant = Uuid::from(tx.tenant());
    let (id, name) = match tool {
        ToolRef::Id(id) => (Some(Uuid::from(*id)), None),
        ToolRef::Name(name) => (None, Some(name.as_str())),
    };
    let row = sqlx::query!(
        "select tool_id, name, feature from tenant.tools where tenant_id = $1 and (tool_id = $2 or name = $3)",
        tenant,
        id,
        name
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Tool { id: row.tool_id.into(), name: row.name, feature: row.feature }))
}

/// All that an accepted dispatch writes.
pub(super) struct NewJob<'a> {
    pub job: &'a AcceptedJob,
    pub event: Uuid,
    pub tool: ToolId,
    pub user: UserId,
    pub payload: &'a str,
    pub when_full: WhenFull,
    pub period_start: DateTime<Utc>,
    pub once: Option<&'a OnceKey>,
    pub answer: &'a Answer,
}

/// Job, payload, slot, event, counter, sums, stored answer and the worker's call, in one statement. With `reject` the job
/// takes the lowest slot that no live lease holds; a lease that has expired gives its job back to the queue first.
pub(super) async fn insert_job(tx: &mut TenantTx, new: &NewJob<'_>) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    if new.when_full == WhenFull::Reject {
        super::sql_work::reap(tx).await?;
    }
    sqlx::query!(
        "with gate as (
             update org.gates set position = position + 1 where organization_id = $1 returning position
         ), job as (
             insert into org.jobs
                 (organization_id, job_id, tenant_id, tool_id, tool, action, status, position, requested_by)
             select $1, $3, $2, $4, $5, $6, 'queued', position, $7 from gate
         ), payload as (
             insert into job_payloads (tenant_id, job_id, payload) values ($2, $3, $8)
         ), slot as (
             insert into org.slots (organization_id, slot, job_id)
             select $1, free.slot, $3
             from generate_series(1, (select count(*)::integer + 1 from org.slots where organization_id = $1)) free (slot)
             where $9 and not exists (select from org.slots s where s.organization_id = $1 and s.slot = free.slot)
             order by free.slot
             limit 1
         ), event as (
             insert into org.usage_events (organization_id, event_id, tenant_id, meter, quantity, tool, user_id, job_id)
             values ($1, $10, $2, $11, 1, $5, $7, $3)
         ), counter as (
             insert into org.usage_counters as c (organization_id, meter, period_start, used) values ($1, $11, $12, 1)
             on conflict (organization_id, meter, period_start) do update set used = c.used + 1
         ), by_tool as (
             insert into org.usage_by_tool as t (organization_id, period_start, tool, dispatches) values ($1, $12, $5, 1)
             on conflict (organization_id, period_start, tool) do update set dispatches = t.dispatches + 1
         ), by_day as (
             insert into org.usage_by_day as d (organization_id, day, dispatches)
             values ($1, (app.now() at time zone 'utc')::date, 1)
             on conflict (organization_id, day) do update set dispatches = d.dispatches + 1
         )
         insert into directory.backlog (organization_id, wake_at) values ($1, app.now())
         on conflict (organization_id) do update set wake_at = least(backlog.wake_at, excluded.wake_at)",
        organization,
        tenant,
        Uuid::from(new.job.id),
        Uuid::from(new.tool),
        new.job.tool,
        new.job.action,
        Uuid::from(new.user),
        new.payload,
        new.when_full == WhenFull::Reject,
        new.event,
        DISPATCHES,
        new.period_start
    )
    .execute(tx.connection())
    .await?;
    if let Some(once) = new.once {
        keep_answer(tx, once, new.answer).await?;
    }
    Ok(())
}

/// Keeps the answer, and lets go of a few that are older than a day: the table stays as large as a day's traffic.
async fn keep_answer(tx: &mut impl OrganizationBound, once: &OnceKey, answer: &Answer) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "with old as (
             delete from org.idempotency
             where organization_id = $1 and key <> $2
               and key in (select key from org.idempotency
                           where organization_id = $1 and created_at <= app.now() - interval '24 hours'
                           order by created_at limit 10)
         )
         insert into org.idempotency as i (organization_id, key, request_hash, status, body)
         values ($1, $2, $3, $4, $5)
         on conflict (organization_id, key) do update
             set request_hash = excluded.request_hash, status = excluded.status, body = excluded.body,
                 created_at = app.now()
             where i.created_at <= app.now() - interval '24 hours'",
        organization,
        once.key.as_str(),
        &once.request_hash[..],
        i16::try_from(answer.status).unwrap_or(202),
        answer.body
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
