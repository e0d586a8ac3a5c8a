//! Overrides of an organization's limits. One that is replaced or taken back stays, with the moment of its end.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    operator::OverrideView,
    quota::{EventLimit, Every, Mode, Override},
    text::Name,
};
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound as _};

struct OverrideRow {
    meter: String,
    every: Option<String>,
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

/// An override as it stands in its row.
pub(super) struct Row<'a> {
    pub meter: &'a str,
    /// What starts it anew, where it limits what events count.
    pub every: Option<Every>,
    pub limit: Option<u64>,
    pub mode: Mode,
    pub cap: Option<u64>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Overrides of an organization; some may have expired.
#[derive(Default)]
pub(super) struct Overrides {
    /// Of what the guard counts.
    pub guards: Vec<OverrideView>,
    /// Of what events count.
    pub events: Vec<OverrideView<EventLimit>>,
}

impl OverrideRow {
    /// Of what the guard counts; `None` where only a newer version knows the meter or the mode.
    fn of_guard(self, now: DateTime<Utc>) -> Option<OverrideView> {
        let own = Override {
            meter: self.meter.parse().ok()?,
            limit: unsigned(self.quota_limit),
            mode: self.mode.parse().ok()?,
            cap: unsigned(self.cap),
            expires_at: self.expires_at,
        };
        Some(OverrideView { counts: own.counts(now), own, reason: self.reason, set_at: self.set_at })
    }

    /// Of what events count.
    fn of_events(self, every: &str, now: DateTime<Utc>) -> Option<OverrideView<EventLimit>> {
        let own = EventLimit {
            meter: self.meter,
            every: every.parse().ok()?,
            limit: unsigned(self.quota_limit),
            mode: self.mode.parse().ok()?,
            cap: unsigned(self.cap),
            expires_at: self.expires_at,
        };
        Some(OverrideView { counts: own.counts(now), own, reason: self.reason, set_at: self.set_at })
    }
}

/// Those that were not replaced or taken back.
pub(super) async fn overrides(tx: &mut OrgTx, now: DateTime<Utc>) -> Result<Overrides, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query_as!(
        OverrideRow,
        "select meter, every, quota_limit, mode, cap, expires_at, reason, set_at from directory.quota_overrides
         where organization_id = $1 and ended_at is null
         order by meter",
        organization
    )
    .fetch_all(tx.connection())
    .await?;
    let mut found = Overrides::default();
    for mut row in rows {
        match row.every.take() {
            None => found.guards.extend(row.of_guard(now)),
            Some(every) => found.events.extend(row.of_events(&every, now)),
        }
    }
    Ok(found)
}

/// Ends the override of a meter; `false` where there is none.
pub(super) async fn end(tx: &mut OrgTx, meter: &str) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let ended = sqlx::query!(
        "update directory.quota_overrides set ended_at = app.now()
         where organization_id = $1 and meter = $2 and ended_at is null",
        organization,
        meter
    )
    .execute(tx.connection())
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Sets an override where there is none.
pub(super) async fn insert(tx: &mut OrgTx, id: Uuid, own: &Row<'_>, reason: &Name) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "insert into directory.quota_overrides
             (organization_id, override_id, meter, every, quota_limit, mode, cap, reason, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        organization,
        id,
        own.meter,
        own.every.map(Every::as_str),
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
