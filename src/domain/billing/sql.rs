//! Plans as the platform's role, and what an organization holds as the application's.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{
    money::Money,
    plan::{Held, Limits, Plan},
    quota::{Beyond, BeyondLimits, Mode},
    rate::Burst,
};
use uuid::Uuid;

use super::terms;
use crate::db::{DbError, OrganizationBound};

struct PlanRow {
    plan_id: String,
    version: i32,
    name: String,
    price_amount: i64,
    price_currency: String,
    dispatches: Option<i64>,
    concurrent: Option<i32>,
    api_calls: Option<i64>,
    storage_bytes: Option<i64>,
    features: Vec<String>,
    burst_refill: i32,
    burst_bucket: i32,
    dispatches_mode: Option<String>,
    dispatches_cap: Option<i64>,
    api_calls_mode: Option<String>,
    api_calls_cap: Option<i64>,
}

/// The table's checks keep every limit at 0 or above.
fn unsigned(value: Option<i64>) -> Option<u64> {
    value.map(|value| u64::try_from(value).unwrap_or_default())
}

/// A word that this version does not know is as hard as any.
fn beyond(mode: Option<String>, cap: Option<i64>) -> Beyond {
    let mode = mode.and_then(|word| word.parse().ok()).unwrap_or(Mode::Hard);
    Beyond { mode, cap: unsigned(cap) }
}

fn positive(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(1)
}

impl From<PlanRow> for Plan {
    fn from(row: PlanRow) -> Self {
        Self {
            id: row.plan_id,
            name: row.name,
            version: row.version,
            price_monthly: Money { amount: row.price_amount, currency: row.price_currency },
            limits: Limits {
                dispatches: unsigned(row.dispatches),
                concurrent: row.concurrent.map(|value| u32::try_from(value).unwrap_or_default()),
                api_calls: unsigned(row.api_calls),
                storage_bytes: unsigned(row.storage_bytes),
                burst: Burst { refill: positive(row.burst_refill), bucket: positive(row.burst_bucket) },
                beyond: BeyondLimits {
                    dispatches: beyond(row.dispatches_mode, row.dispatches_cap),
                    api_calls: beyond(row.api_calls_mode, row.api_calls_cap),
                },
            },
            features: row.features,
        }
    }
}

/// The highest version of each plan that is not retired.
pub(super) async fn on_offer(connection: &mut PgConnection) -> Result<Vec<Plan>, DbError> {
    let rows = sqlx::query_as!(
        PlanRow,
        r#"select newest.plan_id, newest.version, name, price_amount, price_currency, dispatches, concurrent, api_calls,
                  storage_bytes, features, burst_refill, burst_bucket, d.mode as "dispatches_mode?",
                  d.cap as dispatches_cap, a.mode as "api_calls_mode?", a.cap as api_calls_cap
         from (
             select distinct on (plan_id) * from platform.plans order by plan_id, version desc
         ) newest
         left join platform.plan_modes d
             on d.plan_id = newest.plan_id and d.version = newest.version and d.meter = 'dispatches'
         left join platform.plan_modes a
             on a.plan_id = newest.plan_id and a.version = newest.version and a.meter = 'api_calls'
         where not retired
         order by position, newest.plan_id"#
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Plan::from).collect())
}

pub(super) async fn version(connection: &mut PgConnection, plan: &str, version: i32) -> Result<Plan, DbError> {
    let row = sqlx::query_as!(
        PlanRow,
        r#"select p.plan_id, p.version, name, price_amount, price_currency, dispatches, concurrent, api_calls,
                  storage_bytes, features, burst_refill, burst_bucket, d.mode as "dispatches_mode?",
                  d.cap as dispatches_cap, a.mode as "api_calls_mode?", a.cap as api_calls_cap
         from platform.plans p
         left join platform.plan_modes d
             on d.plan_id = p.plan_id and d.version = p.version and d.meter = 'dispatches'
         left join platform.plan_modes a
             on a.plan_id = p.plan_id and a.version = p.version and a.meter = 'api_calls'
         where p.plan_id = $1 and p.version = $2"#,
        plan,
        version
    )
    .fetch_one(connection)
    .await?;
    Ok(row.into())
}

/// What is held, and the database's time.
pub(crate) async fn held(tx: &mut impl OrganizationBound) -> Result<(Held, DateTime<Utc>), DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        r#"select plan_id, plan_version, plan_anchor, plan_expires_at, app.now() as "now!", app.terms($1) as terms
           from directory.organizations
           where organization_id = $1"#,
        organization
    )
    .fetch_one(tx.connection())
    .await?;
    let held = Held {
        plan: row.plan_id,
        version: row.plan_version,
        anchor: row.plan_anchor,
        expires_at: row.plan_expires_at,
        terms: terms(row.terms.as_deref()),
    };
    Ok((held, row.now))
}

/// The same under the lock of the organization's gate. The plan is read after the lock was given, by a statement of its
/// own: in one statement it would be as old as the wait.
pub(crate) async fn held_for_update(tx: &mut impl OrganizationBound) -> Result<(Held, DateTime<Utc>), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!("select position from org.gates where organization_id = $1 for update", organization)
        .fetch_one(tx.connection())
        .await?;
    held(tx).await
}

pub(super) async fn set_held(tx: &mut impl OrganizationBound, held: &Held) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "with woken as (
             -- More slots may be free now: whoever waits for one is looked at again.
             insert into directory.backlog (organization_id, wake_at) values ($1, app.now())
             on conflict (organization_id) do update set wake_at = excluded.wake_at
         )
         update directory.organizations
         set plan_id = $2, plan_version = $3, plan_anchor = $4, plan_expires_at = $5
         where organization_id = $1",
        organization,
        held.plan,
        held.version,
        held.anchor,
        held.expires_at
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
