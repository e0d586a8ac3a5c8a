//! What tools say that they used: tokens and cost, counted with the end of the job that used them.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    JobId,
    metering::{COST, TOKENS},
    money::CostEstimate,
};
use uuid::Uuid;

use crate::{
    Services,
    db::{DbError, OrganizationBound as _, TenantTx},
};

/// What a job used.
#[derive(Clone, Debug)]
pub(crate) struct ToolUse {
    pub job: JobId,
    /// The tool's name.
    pub tool: String,
    pub tokens: i64,
    pub cost: CostEstimate,
}

/// Writes events, counters and sums of what jobs of a tenant used, in the transaction that writes their ends and has the
/// organization's lock.
///
/// # Errors
/// When the database is away.
pub(crate) async fn tool_use(
    services: &Services,
    tx: &mut TenantTx,
    period_start: DateTime<Utc>,
    used: &[ToolUse],
) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let measured: Vec<(&ToolUse, &str, i64)> = used
        .iter()
        .flat_map(|one| [(one, TOKENS, one.tokens), (one, COST, one.cost.micros)])
        .filter(|(_, _, quantity)| *quantity > 0)
        .collect();
    let events: Vec<Uuid> = measured.iter().map(|_| services.new_id()).collect();
    let meters: Vec<&str> = measured.iter().map(|(_, meter, _)| *meter).collect();
    let quantities: Vec<i64> = measured.iter().map(|(_, _, quantity)| *quantity).collect();
    let tools: Vec<&str> = measured.iter().map(|(one, _, _)| one.tool.as_str()).collect();
    let jobs: Vec<Uuid> = measured.iter().map(|(one, _, _)| one.job.uuid()).collect();
    sqlx::query!(
        "with new as (
             select n.*, j.requested_by, j.key_id
             from unnest($3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::uuid[])
                 n (event_id, meter, quantity, tool, job_id)
             join org.jobs j on j.organization_id = $1 and j.job_id = n.job_id
         ), event as (
             insert into org.usage_events
                 (organization_id, event_id, tenant_id, meter, quantity, tool, user_id, key_id, job_id)
             select $1, event_id, $2, meter, quantity, tool, requested_by, key_id, job_id from new
         ), counter as (
             insert into org.usage_counters as c (organization_id, meter, period_start, used)
             select $1, meter, $8, sum(quantity)::bigint from new group by meter
             on conflict (organization_id, meter, period_start) do update set used = c.used + excluded.used
         )
         insert into org.usage_by_tool as t (organization_id, period_start, tool, tokens_used, cost_micros)
         select $1, $8, tool, coalesce(sum(quantity) filter (where meter = $9), 0)::bigint,
                coalesce(sum(quantity) filter (where meter = $10), 0)::bigint
         from new group by tool
         on conflict (organization_id, period_start, tool) do update
             set tokens_used = t.tokens_used + excluded.tokens_used, cost_micros = t.cost_micros + excluded.cost_micros",
        organization,
        tenant,
        &events,
        &meters as &[&str],
        &quantities,
        &tools as &[&str],
        &jobs,
        period_start,
        TOKENS,
        COST
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
