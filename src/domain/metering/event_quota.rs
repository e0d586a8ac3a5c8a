//! Limits on what events count, as the platform operator sees and sets them.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    metering::Quantity,
    operator::{EventMeterView, OverrideView},
    period::Period,
    plan::Held,
    quota::{Beyond, EventLimit, Every, Mode, warnings_due},
    usage::{MeterQuota, Quota},
};

use super::{
    sql_allowance,
    sql_limits::{self, Moment},
    sql_warnings,
};
use crate::{
    Services,
    access::{OrgScope, permit::UsageRead},
    billing,
    db::{DbError, OrgTx},
};

/// What counts for each limited meter.
pub(super) async fn status(
    tx: &mut OrgTx,
    limits: Vec<OverrideView<EventLimit>>,
    (period, day): (Period, Period),
    now: DateTime<Utc>,
) -> Result<Vec<EventMeterView>, DbError> {
    let mut views = Vec::with_capacity(limits.len());
    for own in limits {
        let limit = &own.own;
        let current = if limit.every == Every::Day { day } else { period };
        let used = used(tx, limit, period, now).await?;
        let warnings = sql_warnings::of_events(tx, &limit.meter, current.start).await?;
        let (counted, beyond) = if own.counts { (limit.limit, limit.beyond()) } else { (None, Beyond::default()) };
        let left = counted.map(|limit| Quantity::of_limit(limit) - used);
        let remaining = left.map(|left| left.max(Quantity::default()));
        let over = left.map(|left| Quantity::default() - left).filter(|_| beyond.mode != Mode::Hard);
        views.push(EventMeterView {
            meter: limit.meter.clone(),
            every: limit.every,
            used,
            limit: counted,
            remaining,
            beyond,
            overage: over.unwrap_or_default().max(Quantity::default()),
            resets_at: current.end,
            own,
            warnings,
        });
    }
    Ok(views)
}

/// Use against each limit that counts now, in whole units, with the limit's current period; by the meters' names.
pub(super) async fn quotas(
    tx: &mut OrgTx,
    held: &Held,
    (period, day): (Period, Period),
    now: DateTime<Utc>,
) -> Result<Vec<(MeterQuota, Period)>, DbError> {
    let mut counting: Vec<_> = held.terms.meters.iter().filter(|own| own.counts(now) && own.limit.is_some()).collect();
    counting.sort_by(|one, other| one.meter.cmp(&other.meter));
    let moments: Vec<Option<Moment<'_>>> = counting.iter().map(|own| Some(moment(own, period, now))).collect();
    let placed = sql_limits::placed(tx, &moments, period.start).await?;
    let quota = |(place, own): (usize, &EventLimit)| {
        let current = if own.every == Every::Day { day } else { period };
        let used = placed.get(&place).map(|placed| whole(placed.used)).unwrap_or_default();
        let over = own.beyond().overage_after(own.limit).map(|limit| used.saturating_sub(limit)).unwrap_or_default();
        let quota = Quota::new(used, own.limit, current.end).with_overage(own.beyond(), over);
        (MeterQuota { meter: own.meter.clone(), quota }, current)
    };
    Ok(counting.into_iter().enumerate().map(quota).collect())
}

/// The limit on a meter, as its organization sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterLimit {
    /// When it starts anew.
    pub every: Every,
    /// What is used.
    pub used: Quantity,
    /// The limit.
    pub limit: u64,
    /// What happens beyond it.
    pub beyond: Beyond,
    /// When it starts anew.
    pub resets_at: DateTime<Utc>,
}

/// The limit on what events count for a meter, if there is one.
///
/// # Errors
/// When the database is away.
pub async fn limit_on(
    services: &Services,
    scope: &OrgScope<UsageRead>,
    meter: &str,
) -> Result<Option<MeterLimit>, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let (held, now) = billing::held(&mut tx).await?;
    let Some((own, limit)) = held.terms.of_events(meter, now).and_then(|own| Some((own, own.limit?))) else {
        return Ok(None);
    };
    let (period, day) = (held.period(now), sql_allowance::today(&mut tx).await?);
    let used = used(&mut tx, own, period, now).await?;
    tx.commit().await?;
    let resets_at = if own.every == Every::Day { day.end } else { period.end };
    Ok(Some(MeterLimit { every: own.every, used, limit, beyond: own.beyond(), resets_at }))
}

/// Notes the warnings that are due by the limits that hold now.
pub(super) async fn warn(
    tx: &mut OrgTx,
    held: &Held,
    (period, day): (Period, Period),
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    for own in held.terms.meters.iter().filter(|own| own.counts(now)) {
        let current = if own.every == Every::Day { day } else { period };
        let used = used(tx, own, period, now).await?;
        let due = warnings_due(own.limit, whole(used));
        sql_warnings::note(tx, &own.meter, current.start, own.limit, &due).await?;
    }
    Ok(())
}

/// What the current period of a limit holds.
async fn used(tx: &mut OrgTx, limit: &EventLimit, period: Period, now: DateTime<Utc>) -> Result<Quantity, DbError> {
    let placed = sql_limits::placed(tx, &[Some(moment(limit, period, now))], period.start).await?;
    Ok(placed.into_values().next().map(|placed| placed.used).unwrap_or_default())
}

/// The current period of a limit, as a moment of it.
fn moment(limit: &EventLimit, period: Period, now: DateTime<Utc>) -> Moment<'_> {
    Moment { meter: &limit.meter, every: limit.every, occurred_at: now, period_start: period.start }
}

/// Whole units of what is used; corrections may have taken out more than there was.
fn whole(used: Quantity) -> u64 {
    u64::try_from(used.floor()).unwrap_or_default()
}
