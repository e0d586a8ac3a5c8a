//! Usage: what an organization has used, of how much, until when.

mod account;
mod allowance;
mod allowance_rules;
mod bandwidth;
mod by_mail;
mod chart;
mod event_quota;
mod events;
mod intake;
mod judging;
mod known_meters;
mod levels;
mod limits;
pub mod quota;
mod quota_rules;
mod retention;
mod rollups;
mod series;
mod sorting;
mod sql;
mod sql_allowance;
mod sql_bandwidth;
mod sql_corrections;
mod sql_events;
mod sql_levels;
mod sql_limits;
mod sql_names;
mod sql_quota;
mod sql_retention;
mod sql_rollups;
mod sql_series;
mod sql_tool_use;
mod sql_warnings;
pub mod upkeep;

pub use account::{DayFacts, Spender};
pub use allowance::{AllowanceError, Allowances, Unit};
pub use allowance_rules::DayLimit;
pub use bandwidth::{Bandwidth, Whose};
pub(crate) use by_mail::tell_of_warnings;
pub use chart::{Chart, ChartGroup, chart, today};
pub use event_quota::{MeterLimit, limit_on};
pub use intake::{Intake, IntakeError, ingest};
pub use levels::measure_due;
pub use rollups::{RollupsError, RollupsView, check, rebuild};
pub use series::{SeriesError, SeriesQuery, series};
pub(crate) use sql_tool_use::{ToolUse, tool_use};

use std::collections::BTreeSet;

use chrono::TimeDelta;
use tenantry_kernel::{
    metering::{MeterName, MeterSum, MetersView, OWN_METERS},
    period::Period,
    quota::Warning,
    usage::{API_CALLS, DISPATCHES, DayUsage, Level, MeterQuota, Quota, UsageView},
};

use crate::{
    Services,
    access::{OrgScope, permit::UsageRead},
    db::{DbError, OrgTx, OrganizationBound as _},
};

/// Days that the dashboard's graph shows.
const DAYS: i64 = 7;

/// All that the usage dashboard shows. Counters and sums move with the dispatch itself, so this is exact at every moment.
///
/// # Errors
/// When the database is away.
pub async fn usage(services: &Services, scope: &OrgScope<UsageRead>) -> Result<UsageView, DbError> {
    services.allowances.settle(services, scope.organization()).await?;
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let usage = usage_in(services, &mut tx).await?;
    tx.commit().await?;
    Ok(usage)
}

/// The same in a transaction that is open, without what other requests have spent and not written yet.
pub(crate) async fn usage_in(services: &Services, tx: &mut OrgTx) -> Result<UsageView, DbError> {
    let (held, now) = crate::billing::held(tx).await?;
    let effective = services.plans.effective(&held, now).await?;
    let (period, day) = (effective.period, sql_allowance::today(tx).await?);
    let totals = sql::totals(tx, period.start, day.start).await?;
    let by_tool = sql::by_tool(tx, period.start).await?;
    let event_meters = event_quota::quotas(tx, &held, (period, day), now).await?;
    let warnings = warnings(tx, &event_meters, (period, day)).await?;
    let today = now.date_naive();
    let first = today - TimeDelta::days(DAYS - 1);
    let mut active = sql::by_day(tx, first).await?;
    let daily = first
        .iter_days()
        .take_while(|date| *date <= today)
        .map(|date| match active.iter().position(|day| day.date == date) {
            Some(index) => active.swap_remove(index),
            None => DayUsage { date, dispatches: 0, api_calls: 0 },
        })
        .collect();
    let limits = &effective.plan.limits;
    Ok(UsageView {
        organization: tx.organization(),
        plan: effective.plan.id.clone(),
        period,
        dispatches: Quota::new(totals.dispatches, limits.dispatches, period.end)
            .with_overage(limits.beyond.dispatches, totals.dispatches_overage),
        concurrent: Level { used: totals.slots, limit: limits.concurrent.map(u64::from) },
        api_calls: Quota::new(totals.api_calls, limits.api_calls, day.end)
            .with_overage(limits.beyond.api_calls, totals.api_calls_overage),
        storage_bytes: Level { used: totals.storage_bytes, limit: limits.storage_bytes },
        tokens_used: totals.tokens_used,
        cost_estimate: totals.cost_estimate,
        by_tool,
        daily,
        event_meters: event_meters.into_iter().map(|(quota, _)| quota).collect(),
        warnings,
    })
}

/// Warnings of the current periods, of every meter that has a limit.
async fn warnings(
    tx: &mut OrgTx,
    event_meters: &[(MeterQuota, Period)],
    (period, day): (Period, Period),
) -> Result<Vec<Warning>, DbError> {
    let own = event_meters.iter().map(|(own, current)| (own.meter.as_str(), current.start));
    let current: Vec<_> = [(DISPATCHES, period.start), (API_CALLS, day.start)].into_iter().chain(own).collect();
    sql_warnings::of_periods(tx, &current).await
}

/// What each meter holds in the current billing period; those that hold nothing are left out.
///
/// # Errors
/// When the database is away.
pub async fn sums(services: &Services, scope: &OrgScope<UsageRead>) -> Result<Vec<MeterSum>, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let (held, now) = crate::billing::held(&mut tx).await?;
    let made = sql_events::meters(&mut tx).await?;
    let meters: BTreeSet<&str> = OWN_METERS.into_iter().chain(made.iter().map(String::as_str)).collect();
    let meters: Vec<&str> = meters.into_iter().collect();
    let sums = sql::of_period(&mut tx, &meters, held.period(now).start).await?;
    tx.commit().await?;
    Ok(sums)
}

/// What is metered of the organization.
///
/// # Errors
/// When the database is away.
pub async fn meters(services: &Services, scope: &OrgScope<UsageRead>) -> Result<MetersView, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let made = sql_events::meters(&mut tx).await?;
    tx.commit().await?;
    let mut made: Vec<String> = made.into_iter().filter(|meter| !OWN_METERS.contains(&meter.as_str())).collect();
    made.sort_unstable();
    let own = OWN_METERS.map(|meter| MeterName { meter: meter.to_owned(), own: true });
    let made = made.into_iter().map(|meter| MeterName { meter, own: false });
    Ok(MetersView { data: own.into_iter().chain(made).collect() })
}
