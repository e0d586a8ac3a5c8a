//! What a job that failed by us before it began is given back: a unit less, which names the job and so the event that it
//! stands against.

use tenantry_kernel::{JobId, usage::DISPATCHES};
use uuid::Uuid;

use crate::db::{DbError, OrganizationBound as _, TenantTx};

/// Counts the jobs' dispatches back, each once, where they were counted: in their period and on their day, by their tool.
/// The unit that comes back is one beyond the limit while there are such. Whoever calls has the organization's lock.
pub(super) async fn give_back(tx: &mut TenantTx, jobs: &[JobId]) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    let jobs: Vec<Uuid> = jobs.iter().map(|job| job.uuid()).collect();
    sqlx::query!(
        "with original as (
             select e.tenant_id, e.tool, e.user_id, e.key_id, e.job_id, e.recorded_at, e.period_start,
                    row_number() over (partition by e.period_start order by e.job_id) <= c.overage as overage
             from org.jobs j
             join org.usage_events e
               on e.organization_id = j.organization_id and e.meter = $3 and e.job_id = j.job_id and e.quantity = 1
              -- Both were written in one transaction; the index is by time.
              and e.recorded_at between j.created_at - interval '1 minute' and j.created_at + interval '1 minute'
             join org.usage_counters c
               on c.organization_id = e.organization_id and c.meter = e.meter and c.period_start = e.period_start
             where j.organization_id = $1 and j.job_id = any($2::uuid[])
               and not exists (
                   select from org.usage_events back
                   where back.organization_id = $1 and back.meter = $3 and back.job_id = e.job_id and back.quantity = -1
                     and back.recorded_at = e.recorded_at)
         ), event as (
             insert into org.usage_events
                 (organization_id, event_id, tenant_id, meter, quantity, tool, user_id, key_id, job_id, overage,
                  period_start, recorded_at)
             select $1, gen_random_uuid(), tenant_id, $3, -1, tool, user_id, key_id, job_id, overage, period_start,
                    recorded_at
             from original
         ), counter as (
             update org.usage_counters c
             set used = greatest(c.used - o.units, 0), overage = greatest(c.overage - o.overage, 0)
             from (select period_start, count(*) as units, count(*) filter (where overage) as overage
                   from original group by period_start) o
             where c.organization_id = $1 and c.meter = $3 and c.period_start = o.period_start
         ), by_tool as (
             update org.usage_by_tool t set dispatches = greatest(t.dispatches - o.units, 0)
             from (select period_start, tool, count(*) as units from original group by period_start, tool) o
             where t.organization_id = $1 and t.period_start = o.period_start and t.tool = o.tool
         )
         update org.usage_by_day d set dispatches = greatest(d.dispatches - o.units, 0)
         from (select (recorded_at at time zone 'utc')::date as day, count(*) as units from original group by 1) o
         where d.organization_id = $1 and d.day = o.day",
        organization,
        &jobs,
        DISPATCHES
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
