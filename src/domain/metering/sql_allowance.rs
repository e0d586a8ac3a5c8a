//! Leases of the day's API calls, and what was spent of them.

use chrono::{DateTime, Utc};
use tenantry_kernel::{period::Period, quota::warnings_due, usage::API_CALLS};
use uuid::Uuid;

use super::{account::Spender, sql_warnings};
use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// What a server has spent and writes down.
pub(super) struct Spent {
    /// The day; `None` where nothing was spent.
    pub day: Option<Period>,
    /// Units that were spent.
    pub units: i64,
    /// Units that are leased no more: spent or given back.
    pub unleased: i64,
    /// The limit that held; `None` is unlimited.
    pub limit: Option<u64>,
    /// After how many units of the day overage begins; `None` where there is none.
    pub overage_after: Option<u64>,
    /// Who has spent.
    pub used: Vec<(Spender, Use)>,
}

/// What somebody has spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Use {
    /// When they came last.
    pub at: DateTime<Utc>,
    /// Their part of the units.
    pub units: i64,
}

/// The units of keys and of people, as columns of what is written.
#[derive(Default)]
struct Columns {
    keys: Vec<Uuid>,
    key_units: Vec<i64>,
    users: Vec<Uuid>,
    tenants: Vec<Uuid>,
    user_units: Vec<i64>,
}

impl Columns {
    fn of(used: &[(Spender, Use)]) -> Self {
        let mut columns = Self::default();
        for (spender, used) in used {
            match spender {
                Spender::Key(key) => {
                    columns.keys.push((*key).into());
                    columns.key_units.push(used.units);
                }
                Spender::Person { user, tenant } => {
                    columns.users.push((*user).into());
                    columns.tenants.push((*tenant).into());
                    columns.user_units.push(used.units);
                }
            }
        }
        columns
    }
}

/// Writes it: a record for each key and person, counter, sum of the day and warnings. The sums of days are by days in UTC, which this
/// moment's is, unless the day has ended since.
pub(super) async fn write(tx: &mut OrgTx, spent: &Spent) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    if let Some(day) = spent.day {
        let columns = Columns::of(&spent.used);
        let used = sqlx::query_scalar!(
            r#"with by_day as (
                 insert into org.usage_by_day as d (organization_id, day, api_calls)
                 values ($1, (least(app.now(), $7::timestamptz - interval '1 microsecond') at time zone 'utc')::date,
                         greatest($4::bigint, 0))
                 on conflict (organization_id, day) do update set api_calls = greatest(d.api_calls + $4, 0)
             ), event as (
                 insert into org.usage_events (organization_id, event_id, tenant_id, meter, quantity, key_id, recorded_at)
                 select $1, gen_random_uuid(), k.tenant_id, $2, n.units, k.key_id,
                        least(app.now(), $7::timestamptz - interval '1 microsecond')
                 from unnest($8::uuid[], $9::bigint[]) n (key_id, units)
                 join directory.api_keys k on k.organization_id = $1 and k.key_id = n.key_id
                 where n.units <> 0
             ), event_of_person as (
                 insert into org.usage_events (organization_id, event_id, tenant_id, meter, quantity, user_id, recorded_at)
                 select $1, gen_random_uuid(), t.tenant_id, $2, n.units, n.user_id,
                        least(app.now(), $7::timestamptz - interval '1 microsecond')
                 from unnest($10::uuid[], $11::uuid[], $12::bigint[]) n (user_id, tenant_id, units)
                 join directory.tenants t on t.organization_id = $1 and t.tenant_id = n.tenant_id
                 where n.units <> 0
             )
             insert into org.usage_counters as c (organization_id, meter, period_start, used, overage)
             values ($1, $2, $3, greatest($4, 0), greatest($4 - $6::bigint, 0))
             on conflict (organization_id, meter, period_start) do update
                 set used = greatest(c.used + $4, 0), leased = greatest(c.leased - $5::bigint, 0),
                     -- Without a soft limit the differences are null, which greatest passes over.
                     overage = greatest(c.overage + greatest(c.used + $4 - $6, 0) - greatest(c.used - $6, 0), 0)
             returning used"#,
            organization,
            API_CALLS,
            day.start,
            spent.units,
            spent.unleased,
            spent.overage_after.and_then(|units| i64::try_from(units).ok()),
            day.end,
            &columns.keys,
            &columns.key_units,
            &columns.users,
            &columns.tenants,
            &columns.user_units
        )
        .fetch_one(tx.connection())
        .await?;
        let due = warnings_due(spent.limit, u64::try_from(used).unwrap_or_default());
        sql_warnings::note(tx, API_CALLS, day.start, spent.limit, &due).await?;
    }
    Ok(())
}

/// Writes when keys were used last, in the order of their ids, so that no two servers wait for each other.
pub(super) async fn note_keys(tx: &mut OrgTx, used: &[(Spender, Use)]) -> Result<(), DbError> {
    let of_key = |(spender, used): &(Spender, Use)| match spender {
        Spender::Key(key) => Some((Uuid::from(*key), used.at)),
        Spender::Person { .. } => None,
    };
    let (keys, times): (Vec<Uuid>, Vec<DateTime<Utc>>) = used.iter().filter_map(of_key).unzip();
    if keys.is_empty() {
        return Ok(());
    }
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "with locked as (
             select k.key_id from directory.api_keys k
             where k.organization_id = $1 and k.key_id = any($2::uuid[])
             order by k.key_id
             for no key update
         )
         update directory.api_keys k
         set last_used_at = greatest(k.last_used_at, used.at)
         from locked
         join unnest($2::uuid[], $3::timestamptz[]) used (key_id, at) on used.key_id = locked.key_id
         where k.organization_id = $1 and k.key_id = locked.key_id",
        organization,
        &keys,
        &times
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The organization's day of now: from midnight to midnight in its time zone, or the one that goes on since it was changed.
pub(super) async fn today(tx: &mut OrgTx) -> Result<Period, DbError> {
    let organization = Uuid::from(tx.organization());
    let day = sqlx::query!(
        r#"select day.day_start as "start!", day.day_end as "end!"
           from directory.organizations o, app.counted_day(o.time_zone, o.day_from, o.day_until, app.now()) day
           where o.organization_id = $1"#,
        organization
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(Period { start: day.start, end: day.end })
}

/// Units of the day that are spent or leased, held still until the transaction ends.
pub(super) async fn held(tx: &mut OrgTx, day: Period) -> Result<u64, DbError> {
    let organization = Uuid::from(tx.organization());
    let held = sqlx::query_scalar!(
        r#"insert into org.usage_counters as c (organization_id, meter, period_start, used) values ($1, $2, $3, 0)
           on conflict (organization_id, meter, period_start) do update set used = c.used
           returning used + leased as "held!""#,
        organization,
        API_CALLS,
        day.start
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(u64::try_from(held).unwrap_or_default())
}

/// Leases units that [`held`] has found free in this transaction.
pub(super) async fn lease(tx: &mut OrgTx, day: Period, units: u64) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "update org.usage_counters set leased = leased + $4
         where organization_id = $1 and meter = $2 and period_start = $3",
        organization,
        API_CALLS,
        day.start,
        i64::try_from(units).unwrap_or_default()
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
