//! Warnings that were given. The row is written by the transaction that reaches the mark, and its key is why there is one.

use chrono::{DateTime, Utc};
use tenantry_kernel::quota::{Meter, Warning};
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// Notes warnings that are due; those that were given already stay as they are.
pub(super) async fn note(
    tx: &mut OrgTx,
    meter: Meter,
    period_start: DateTime<Utc>,
    limit: Option<u64>,
    due: &[u8],
) -> Result<(), DbError> {
    let Some(limit) = limit.filter(|_| !due.is_empty()) else { return Ok(()) };
    let organization = Uuid::from(tx.organization());
    let due: Vec<i16> = due.iter().copied().map(i16::from).collect();
    sqlx::query!(
        "insert into org.usage_warnings (organization_id, meter, period_start, quota_limit, percent)
         select $1, $2, $3, $4, percent from unnest($5::smallint[]) due (percent)
         on conflict do nothing",
        organization,
        meter.as_str(),
        period_start,
        i64::try_from(limit).unwrap_or(i64::MAX),
        &due
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Those of the current periods, oldest first.
pub(super) async fn of_periods(
    tx: &mut OrgTx,
    month_start: DateTime<Utc>,
    day_start: DateTime<Utc>,
) -> Result<Vec<Warning>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        "select meter, percent, quota_limit, warned_at from org.usage_warnings
         where organization_id = $1 and ((meter = $2 and period_start = $3) or (meter = $4 and period_start = $5))
         order by warned_at, meter, quota_limit, percent",
        organization,
        Meter::Dispatches.as_str(),
        month_start,
        Meter::ApiCalls.as_str(),
        day_start
    )
    .fetch_all(tx.connection())
    .await?;
    let warning = |meter: &str, percent: i16, limit: i64, at| {
        Some(Warning {
            meter: meter.parse().ok()?,
            percent: u8::try_from(percent).ok()?,
            limit: u64::try_from(limit).ok()?,
            at,
        })
    };
    Ok(rows.into_iter().filter_map(|row| warning(&row.meter, row.percent, row.quota_limit, row.warned_at)).collect())
}
