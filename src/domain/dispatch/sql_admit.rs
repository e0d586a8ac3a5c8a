//! What accepted dispatches write.

use chrono::{DateTime, Utc};
use tenantry_kernel::{dispatch::WhenFull, quota::warnings_due, usage::DISPATCHES};
use uuid::Uuid;

use super::{rules::Tool, verdict::Wanted};
use crate::{
    db::{DbError, OrganizationBound as _, TenantTx},
    idempotency::{Answer, OnceKey, keep_answers},
};

/// An accepted dispatch.
pub(super) struct NewJob<'a> {
    pub wanted: &'a Wanted,
    pub tool: &'a Tool,
    pub answer: &'a Answer,
    /// Is it beyond the limit?
    pub overage: bool,
}

/// Where the period stands with the new dispatches.
pub(super) struct Counted {
    pub period_start: DateTime<Utc>,
    pub limit: Option<u64>,
    /// All of the period, the new ones among them.
    pub used: u64,
}

/// Jobs, payloads, slots, events, counter, sums, warnings and the worker's call, in one statement, and the stored answers in
/// another. The jobs that are not to wait take the lowest slots that nobody has, in their order. `false` where another
/// request has just taken one of the idempotency keys; then nothing of this transaction may last.
pub(super) async fn insert_jobs(tx: &mut TenantTx, counted: &Counted, new: &[NewJob<'_>]) -> Result<bool, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let ids: Vec<Uuid> = new.iter().map(|new| new.wanted.job.uuid()).collect();
    let events: Vec<Uuid> = new.iter().map(|new| new.wanted.event).collect();
    let tools: Vec<Uuid> = new.iter().map(|new| new.tool.id.uuid()).collect();
    let names: Vec<&str> = new.iter().map(|new| new.tool.name.as_str()).collect();
    let actions: Vec<&str> = new.iter().map(|new| new.wanted.wish.action.as_str()).collect();
    let users: Vec<Option<Uuid>> = new.iter().map(|new| new.wanted.by.user.map(Uuid::from)).collect();
    let keys: Vec<Option<Uuid>> = new.iter().map(|new| new.wanted.by.key.map(Uuid::from)).collect();
    let payloads: Vec<&str> = new.iter().map(|new| new.wanted.wish.payload.as_str()).collect();
    let slots: Vec<bool> = new.iter().map(|new| new.wanted.wish.when_full == WhenFull::Reject).collect();
    let overage: Vec<bool> = new.iter().map(|new| new.overage).collect();
    let warnings: Vec<i16> = warnings_due(counted.limit, counted.used).into_iter().map(i16::from).collect();
    sqlx::query!(
        "with new as (
             select * from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::uuid[],
                                  $10::text[], $11::boolean[], $14::boolean[]) with ordinality
                 n (job_id, event_id, tool_id, tool, action, user_id, key_id, payload, takes_slot, overage, number)
         ), gate as (
             update org.gates set position = position + cardinality($3::uuid[]) where organization_id = $1
             returning position - cardinality($3::uuid[]) as before
         ), job as (
             insert into org.jobs
                 (organization_id, job_id, tenant_id, tool_id, tool, action, status, position, requested_by, key_id)
             select $1, job_id, $2, tool_id, tool, action, 'queued', before + number, user_id, key_id
             from new, gate
         ), payload as (
             insert into job_payloads (tenant_id, job_id, payload) select $2, job_id, payload from new
         ), slot as (
             insert into org.slots (organization_id, slot, job_id)
             select $1, free.slot, taker.job_id
             from (select job_id, row_number() over (order by number) as place from new where takes_slot) taker
             join (select n.slot, row_number() over (order by n.slot) as place
                   from generate_series(1, (select count(*)::integer from org.slots where organization_id = $1)
                                           + cardinality($3::uuid[])) n (slot)
                   where not exists (select from org.slots s where s.organization_id = $1 and s.slot = n.slot)
                  ) free on free.place = taker.place
         ), event as (
             insert into org.usage_events
                 (organization_id, event_id, tenant_id, meter, quantity, tool, user_id, key_id, job_id, overage, period_start)
             select $1, event_id, $2, $12, 1, tool, user_id, key_id, job_id, overage, $13 from new
         ), counter as (
             insert into org.usage_counters as c (organization_id, meter, period_start, used, overage)
             values ($1, $12, $13, cardinality($3::uuid[]), cardinality(array_positions($14::boolean[], true)))
             on conflict (organization_id, meter, period_start) do update
                 set used = c.used + excluded.used, overage = c.overage + excluded.overage
         ), warning as (
             insert into org.usage_warnings (organization_id, meter, period_start, quota_limit, percent)
             select $1, $12, $13, $16, percent from unnest($15::smallint[]) due (percent)
             on conflict do nothing
         ), by_tool as (
             insert into org.usage_by_tool as t (organization_id, period_start, tool, dispatches)
             select $1, $13, tool, count(*) from new group by tool
             on conflict (organization_id, period_start, tool) do update
                 set dispatches = t.dispatches + excluded.dispatches
         ), by_day as (
             insert into org.usage_by_day as d (organization_id, day, dispatches)
             values ($1, (app.now() at time zone 'utc')::date, cardinality($3::uuid[]))
             on conflict (organization_id, day) do update set dispatches = d.dispatches + excluded.dispatches
         )
         insert into directory.backlog (organization_id, wake_at) values ($1, app.now())
         on conflict (organization_id) do update set wake_at = least(backlog.wake_at, excluded.wake_at)",
        organization,
        tenant,
        &ids,
        &events,
        &tools,
        &names as &[&str],
        &actions as &[&str],
        &users as &[Option<Uuid>],
        &keys as &[Option<Uuid>],
        &payloads as &[&str],
        &slots,
        DISPATCHES,
        counted.period_start,
        &overage,
        &warnings,
        counted.limit.and_then(|limit| i64::try_from(limit).ok())
    )
    .execute(tx.connection())
    .await?;
    let answers: Vec<(&OnceKey, &Answer)> =
        new.iter().filter_map(|new| Some((new.wanted.once.as_ref()?, new.answer))).collect();
    if answers.is_empty() { Ok(true) } else { keep_answers(tx, &answers).await }
}
