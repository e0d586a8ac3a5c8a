//! Dispatches of days that have passed, with everything that a dispatch writes.

use chrono::{DateTime, TimeDelta, Utc};
use tenantry_kernel::usage::DISPATCHES;
use uuid::Uuid;

use crate::{
    Services,
    access::{Actor, TenantScope, permit::DispatchRun},
    billing,
    db::{DbError, OrganizationBound as _, TenantTx},
};

/// Writes so many finished dispatches of `echo` on each day.
pub(super) async fn write(
    services: &Services,
    scope: &TenantScope<DispatchRun>,
    days: &[(DateTime<Utc>, u32)],
) -> Result<(), DbError> {
    let Actor::Member { user, .. } = scope.actor() else { return Ok(()) };
    for (day, count) in days {
        let mut tx = TenantTx::open(&services.db, scope).await?;
        let (held, _) = billing::held(&mut tx).await?;
        let moments: Vec<DateTime<Utc>> = (0..*count)
            .map(|number| *day - TimeDelta::seconds(i64::from(number) * 41 % (3600 * 8)))
            // Near midnight some would fall into the day before, whose sum is another's.
            .map(|moment| if moment.date_naive() == day.date_naive() { moment } else { *day })
            .collect();
        let period = held.period(*day).start;
        insert(&mut tx, services, user.into(), &moments, *day, period).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Lets the organization be older than its history, and a paid plan's months count from then.
pub(super) async fn begin_earlier(services: &Services, scope: &TenantScope<DispatchRun>) -> Result<(), DbError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "update directory.organizations
         set created_at = created_at - interval '18 days', plan_anchor = plan_anchor - interval '18 days'
         where organization_id = $1",
        organization
    )
    .execute(tx.connection())
    .await?;
    tx.commit().await
}

/// Ids are of the moment that they stand for, so lists sort as they would.
fn id_of(services: &Services, moment: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &services.entropy.bytes()).into_uuid()
}

async fn insert(
    tx: &mut TenantTx,
    services: &Services,
    user: Uuid,
    moments: &[DateTime<Utc>],
    day: DateTime<Utc>,
    period_start: DateTime<Utc>,
) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let jobs: Vec<Uuid> = moments.iter().map(|moment| id_of(services, *moment)).collect();
    let events: Vec<Uuid> = moments.iter().map(|moment| id_of(services, *moment)).collect();
    sqlx::query!(
        r#"with history as (
             select job_id, event_id, at, number
             from unnest($3::uuid[], $4::uuid[], $5::timestamptz[]) with ordinality h (job_id, event_id, at, number)
         ), gate as (
             update org.gates set position = position + cardinality($3::uuid[]) where organization_id = $1
             returning position - cardinality($3::uuid[]) as first
         ), job as (
             insert into org.jobs (organization_id, job_id, tenant_id, tool_id, tool, action, status, position,
                                   requested_by, attempts, fence, created_at, started_at, finished_at)
             select $1, h.job_id, $2, t.tool_id, t.name, 'say', 'succeeded', g.first + h.number, $6, 1, 1,
                    h.at, h.at + interval '8 milliseconds', h.at + interval '21 milliseconds'
             from history h, gate g, tenant.tools t
             where t.tenant_id = $2 and t.name = 'echo'
         ), payload as (
             insert into job_payloads (tenant_id, job_id, payload, result, created_at)
             select $2, job_id, '{"hello":"world"}', '{"hello":"world"}', at from history
         ), event as (
             insert into org.usage_events
                 (organization_id, event_id, tenant_id, meter, quantity, tool, user_id, job_id, recorded_at)
             select $1, event_id, $2, $7, 1, 'echo', $6, job_id, at from history
         ), counter as (
             insert into org.usage_counters as c (organization_id, meter, period_start, used)
             values ($1, $7, $8, cardinality($3::uuid[]))
             on conflict (organization_id, meter, period_start) do update set used = c.used + excluded.used
         ), by_tool as (
             insert into org.usage_by_tool as t (organization_id, period_start, tool, dispatches)
             values ($1, $8, 'echo', cardinality($3::uuid[]))
             on conflict (organization_id, period_start, tool) do update
                 set dispatches = t.dispatches + excluded.dispatches
         )
         insert into org.usage_by_day as d (organization_id, day, dispatches)
         values ($1, ($9::timestamptz at time zone 'utc')::date, cardinality($3::uuid[]))
         on conflict (organization_id, day) do update set dispatches = d.dispatches + excluded.dispatches"#,
        organization,
        tenant,
        &jobs,
        &events,
        moments,
        user,
        DISPATCHES,
        period_start,
        day
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
