//! Sums of usage.

use chrono::{DateTime, NaiveDate, Utc};
use tenantry_kernel::{
    metering::{MeterSum, TOKENS},
    money::CostEstimate,
    usage::{API_CALLS, DISPATCHES, DayUsage, STORAGE_BYTES, ToolUsage},
};
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// The numbers beside the limits.
pub(super) struct Totals {
    pub dispatches: u64,
    /// Those of them that were beyond a soft limit.
    pub dispatches_overage: u64,
    pub api_calls: u64,
    /// Those of them that were beyond a soft limit.
    pub api_calls_overage: u64,
    pub slots: u64,
    pub storage_bytes: u64,
    pub tokens_used: u64,
    pub cost_estimate: CostEstimate,
}

fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// Counters of the period and of the day, live slots, and what tools and events have said. A level has one counter, from the start
/// of time.
pub(super) async fn totals(
    tx: &mut OrgTx,
    period_start: DateTime<Utc>,
    day_start: DateTime<Utc>,
) -> Result<Totals, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        r#"select coalesce(sum(used) filter (where meter = $2 and period_start = $3), 0)::bigint as "dispatches!",
                  coalesce(sum(used) filter (where meter = $4 and period_start = $5), 0)::bigint as "api_calls!",
                  coalesce(sum(overage) filter (where meter = $2 and period_start = $3), 0)::bigint as "dispatches_overage!",
                  coalesce(sum(overage) filter (where meter = $4 and period_start = $5), 0)::bigint as "api_calls_overage!",
                  coalesce(sum(used) filter (where meter = $6), 0)::bigint as "storage_bytes!",
                  (select count(*) from org.slots s
                   where s.organization_id = $1 and (s.expires_at is null or s.expires_at > app.now())) as "slots!",
                  (select coalesce(floor(sum(r.value)), 0)::bigint from org.usage_rollups r
                   where r.organization_id = $1 and r.meter = $7 and r.grain = 'period' and r.start_at = $3) as "tokens_used!",
                  (select coalesce(sum(t.cost_micros), 0)::bigint from org.usage_by_tool t
                   where t.organization_id = $1 and t.period_start = $3) as "cost_micros!"
           from org.usage_counters
           where organization_id = $1
             and ((meter = $2 and period_start = $3) or (meter = $4 and period_start = $5) or meter = $6)"#,
        organization,
        DISPATCHES,
        period_start,
        API_CALLS,
        day_start,
        STORAGE_BYTES,
        TOKENS
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(Totals {
        dispatches: count(row.dispatches),
        dispatches_overage: count(row.dispatches_overage),
        api_calls: count(row.api_calls),
        api_calls_overage: count(row.api_calls_overage),
        slots: count(row.slots),
        storage_bytes: count(row.storage_bytes),
        tokens_used: count(row.tokens_used),
        cost_estimate: CostEstimate { micros: row.cost_micros },
    })
}

/// What meters hold in a billing period, by their names: of a level, what was measured last of each workspace.
pub(super) async fn of_period(
    tx: &mut OrgTx,
    meters: &[&str],
    period_start: DateTime<Utc>,
) -> Result<Vec<MeterSum>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        r#"select m.meter as "meter!", trim_scale(s.value)::text as "value!"
           from unnest($2::text[]) m (meter)
           cross join lateral (
               select sum(r.value) as value from org.usage_rollups r
               where r.organization_id = $1 and r.meter = m.meter and r.grain = 'period' and r.start_at = $3
               union all
               select sum(l.value)
               from directory.tenants t
               cross join lateral (
                   select value from org.levels l
                   where l.organization_id = $1 and l.meter = m.meter and l.tenant_id = t.tenant_id
                   order by l.hour_at desc limit 1) l
               where t.organization_id = $1) s
           where s.value <> 0
           order by m.meter collate "C""#,
        organization,
        meters as &[&str],
        period_start
    )
    .fetch_all(tx.connection())
    .await?;
    let sum = |meter, value: &str| MeterSum { meter, value: value.parse().unwrap_or_default() };
    Ok(rows.into_iter().map(|row| sum(row.meter, &row.value)).collect())
}

/// Dispatches of the period by tool, most first.
pub(super) async fn by_tool(tx: &mut OrgTx, period_start: DateTime<Utc>) -> Result<Vec<ToolUsage>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        "select tool, dispatches from org.usage_by_tool
         where organization_id = $1 and period_start = $2
         order by dispatches desc, tool
         limit 100",
        organization,
        period_start
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| ToolUsage { tool: row.tool, dispatches: count(row.dispatches) }).collect())
}

/// Days with any use, from `first` on.
pub(super) async fn by_day(tx: &mut OrgTx, first: NaiveDate) -> Result<Vec<DayUsage>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        "select day, dispatches, api_calls from org.usage_by_day
         where organization_id = $1 and day >= $2
         order by day",
        organization,
        first
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DayUsage { date: row.day, dispatches: count(row.dispatches), api_calls: count(row.api_calls) })
        .collect())
}
