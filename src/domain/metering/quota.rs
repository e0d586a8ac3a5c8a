//! Quotas of one organization, as the platform operator sees and sets them. Each change is one transaction under the lock
//! of the organization's gate, so it counts for the very next decision and takes nothing back.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    FieldError, Problem,
    operator::{MeterView, OverrideView, QuotaStatusView, SetOverride},
    plan::{Held, Limits},
    quota::{Beyond, EventLimit, Meter, Terms, warnings_due},
    usage::remaining,
};

use super::{
    event_quota,
    quota_rules::{self, Wanted},
    sql::{self, Totals},
    sql_allowance, sql_quota, sql_warnings,
};
use crate::{
    Services,
    access::{FoundOrganization, OrgScope, permit::Operating},
    billing,
    db::{DbError, OrgTx},
};

/// Why a change of quotas was refused.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// Fields are out of bounds.
    #[error("fields are out of bounds")]
    Invalid(Vec<FieldError>),
    /// There is no override of this meter.
    #[error("there is no override of {0}")]
    NotFound(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<QuotaError> for Problem {
    fn from(error: QuotaError) -> Self {
        match error {
            QuotaError::Invalid(errors) => Self::invalid(errors),
            QuotaError::NotFound(_) => Self::not_found(),
            QuotaError::Db(error) => error.into(),
        }
    }
}

/// What counts for the organization, meter by meter, and why.
///
/// # Errors
/// When the database is away.
pub async fn status(
    services: &Services,
    scope: &OrgScope<Operating>,
    organization: &FoundOrganization,
) -> Result<QuotaStatusView, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let (held, now) = billing::held(&mut tx).await?;
    let effective = services.plans.effective(&held, now).await?;
    let alone = Held { terms: Terms::default(), ..held.clone() };
    let plan = services.plans.effective(&alone, now).await?.plan;
    let (period, day) = (effective.period, sql_allowance::today(&mut tx).await?);
    let totals = sql::totals(&mut tx, period.start, day.start).await?;
    let sql_quota::Overrides { guards: mut overrides, events } = sql_quota::overrides(&mut tx, now).await?;
    let current = [(Meter::Dispatches.as_str(), period.start), (Meter::ApiCalls.as_str(), day.start)];
    let warnings = sql_warnings::of_periods(&mut tx, &current).await?;
    let event_meters = event_quota::status(&mut tx, events, (period, day), now).await?;
    tx.commit().await?;
    let meters = Meter::ALL.map(|meter| {
        let (limit, beyond) = limit_of(meter, &effective.plan.limits);
        let (used, overage) = used_of(meter, &totals);
        MeterView {
            meter,
            used,
            limit,
            remaining: remaining(limit, used),
            beyond,
            overage,
            resets_at: resets_at(meter, period.end, day.end),
            plan_limit: limit_of(meter, &plan.limits).0,
            own: overrides.iter().position(|own| own.own.meter == meter).map(|index| overrides.swap_remove(index)),
        }
    });
    Ok(QuotaStatusView {
        organization: organization.summary.clone(),
        plan: plan.id.clone(),
        plan_state: effective.state,
        period,
        time_zone: held.terms.time_zone,
        day,
        meters: meters.into(),
        event_meters,
        warnings,
    })
}

/// Sets an override in the place of the one that there may be.
///
/// # Errors
/// [`QuotaError::Invalid`]; the database.
pub async fn set(
    services: &Services,
    scope: &OrgScope<Operating>,
    wish: &SetOverride,
) -> Result<OverrideView, QuotaError> {
    let now = put(services, scope, wish).await?;
    let (own, reason) = (wish.wanted.clone(), wish.reason.trim().to_owned());
    Ok(OverrideView { counts: own.counts(now), own, reason, set_at: now })
}

/// The same of a limit on what events count.
///
/// # Errors
/// [`QuotaError::Invalid`]; the database.
pub async fn set_of_events(
    services: &Services,
    scope: &OrgScope<Operating>,
    wish: &SetOverride<EventLimit>,
) -> Result<OverrideView<EventLimit>, QuotaError> {
    let now = put(services, scope, wish).await?;
    let (own, reason) = (wish.wanted.clone(), wish.reason.trim().to_owned());
    Ok(OverrideView { counts: own.counts(now), own, reason, set_at: now })
}

/// Puts a limit in the place of the one that there may be, and answers when.
async fn put<W: Wanted>(
    services: &Services,
    scope: &OrgScope<Operating>,
    wish: &SetOverride<W>,
) -> Result<DateTime<Utc>, QuotaError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let (_, now) = billing::held_for_update(&mut tx).await?;
    let reason = quota_rules::check(wish, now).map_err(QuotaError::Invalid)?;
    let row = wish.wanted.row();
    sql_quota::end(&mut tx, row.meter).await?;
    sql_quota::insert(&mut tx, services.new_id(), &row, &reason).await?;
    changed(services, scope, tx).await?;
    Ok(now)
}

/// Takes an override back: the plan counts again. `meter` is the guard's or one that events count.
///
/// # Errors
/// [`QuotaError::NotFound`] where there is none; the database.
pub async fn clear(services: &Services, scope: &OrgScope<Operating>, meter: &str) -> Result<(), QuotaError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    billing::held_for_update(&mut tx).await?;
    if !sql_quota::end(&mut tx, meter).await? {
        return Err(QuotaError::NotFound(meter.to_owned()));
    }
    Ok(changed(services, scope, tx).await?)
}

/// Ends a change: the warnings that a lower limit makes due are part of it, and what was remembered is forgotten.
async fn changed(services: &Services, scope: &OrgScope<Operating>, mut tx: OrgTx) -> Result<(), DbError> {
    let (held, now) = billing::held(&mut tx).await?;
    let effective = services.plans.effective(&held, now).await?;
    let (period, day) = (effective.period, sql_allowance::today(&mut tx).await?);
    let totals = sql::totals(&mut tx, period.start, day.start).await?;
    for (meter, start) in [(Meter::Dispatches, period.start), (Meter::ApiCalls, day.start)] {
        let limit = limit_of(meter, &effective.plan.limits).0;
        let due = warnings_due(limit, used_of(meter, &totals).0);
        sql_warnings::note(&mut tx, meter.as_str(), start, limit, &due).await?;
    }
    event_quota::warn(&mut tx, &held, (period, day), now).await?;
    sql_quota::wake(&mut tx).await?;
    tx.commit().await?;
    services.memory.forget(scope.organization());
    services.floor.plan_changed(scope.organization());
    Ok(())
}

fn limit_of(meter: Meter, limits: &Limits) -> (Option<u64>, Beyond) {
    match meter {
        Meter::Dispatches => (limits.dispatches, limits.beyond.dispatches),
        Meter::Concurrent => (limits.concurrent.map(u64::from), Beyond::default()),
        Meter::ApiCalls => (limits.api_calls, limits.beyond.api_calls),
        Meter::StorageBytes => (limits.storage_bytes, Beyond::default()),
    }
}

/// What is used of it, and how much of that was beyond a soft limit.
const fn used_of(meter: Meter, totals: &Totals) -> (u64, u64) {
    match meter {
        Meter::Dispatches => (totals.dispatches, totals.dispatches_overage),
        Meter::Concurrent => (totals.slots, 0),
        Meter::ApiCalls => (totals.api_calls, totals.api_calls_overage),
        Meter::StorageBytes => (totals.storage_bytes, 0),
    }
}

const fn resets_at(meter: Meter, month: DateTime<Utc>, day: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match meter {
        Meter::Dispatches => Some(month),
        Meter::ApiCalls => Some(day),
        Meter::Concurrent | Meter::StorageBytes => None,
    }
}
