//! Overrides of an organization's limits. One that is replaced or taken back stays, with the moment of its end.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    operator::{OverrideView, SetOverride},
    quota::{Meter, Override},
    text::Name,
};
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound as _};

struct OverrideRow {
    meter: String,
    quota_limit: Option<i64>,
    mode: String,
    cap: Option<i64>,
    expires_at: Option<DateTime<Utc>>,
    reason: String,
    set_at: DateTime<Utc>,
}

/// The table's checks keep every number at 0 or above.
fn unsigned(value: Option<i64>) -> Option<u64> {
    value.map(|value| u64::try_from(value).unwrap_or_default())
}

fn signed(value: Option<u64>) -> Option<i64> {
    value.map(|value| i64::try_from(value).unwrap_or(i64::MAX))
}

impl OverrideRow {
    /// `None` where only a newer version knows the meter or the mode.
    fn view(self, now: DateTime<Utc>) -> Option<OverrideView> {
        let own = Override {
            meter: self.meter.parse().ok()?,
            limit: unsigned(self.quota_limit),
            mode: self.mode.parse().ok()?,
            cap: unsigned(self.cap),
            expires_at: self.expires_at,
        };
        Some(OverrideView { counts: own.counts(now), own, reason: self.reason, set_at: self.set_at })
    }
}

/// Those that were not replaced or taken back; some may have expired.
pub(super) async fn overrides(tx: &mut OrgTx, now: DateTime<Utc>) -> Result<Vec<OverrideView>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query_as!(
        OverrideRow,
        "select meter, quota_limit, mode, cap, expires_at, reason, set_at from directory.quota_overrides
         where organization_id = $1 and ended_at is null
         order by meter",
        organization
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().filter_map(|row| row.view(now)).collect())
}

/// Ends the override of a meter; `false` where there is none.
pub(super) async fn end(tx: &mut OrgTx, meter: Meter) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let ended = sqlx::query!(
        "update directory.quota_overrides set ended_at = app.now()
         where organization_id = $1 and meter = $2 and ended_at is null",
        organization,
        meter.as_str()
    )
    .execute(tx.connection())
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Sets an override where there is none.
pub(super) async fn insert(tx: &mut OrgTx, id: Uuid, wish: &SetOverride, reason: &Name) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    let own = &wish.wanted;
    sqlx::query!(
        "insert into directory.quota_overrides
             (organization_id, override_id, meter, quota_limit, mode, cap, reason, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        organization,
        id,
        own.meter.as_str(),
        signed(own.limit),
        own.mode.as_str(),
        signed(own.cap),
        reason.as_str(),
        own.expires_at
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// More slots may be free now: whoever waits for one is looked at again.
pub(super) async fn wake(tx: &mut OrgTx) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "insert into directory.backlog (organization_id, wake_at) values ($1, app.now())
         on conflict (organization_id) do update set wake_at = least(backlog.wake_at, excluded.wake_at)",
        organization
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
