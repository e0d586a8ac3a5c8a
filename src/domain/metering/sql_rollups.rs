//! Rollups against the view that says what they must be, as far back as records are kept; and the partitions of events.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound as _};

fn count_of(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// Makes the partitions that are missing; answers how many.
pub(super) async fn make_partitions(connection: &mut PgConnection) -> Result<i32, DbError> {
    let made = sqlx::query_scalar!(r#"select app.make_usage_partitions() as "made!""#).fetch_one(connection).await?;
    Ok(made)
}

/// Lets each statement of the transaction take an hour: all that was ever recorded of an organization is no request's work.
pub(super) async fn take_time(tx: &mut OrgTx) -> Result<(), DbError> {
    sqlx::query!("set local statement_timeout = '1h'").execute(tx.connection()).await?;
    Ok(())
}

/// Takes the locks under which anything is recorded: of dispatches first, then of events.
pub(super) async fn lock(tx: &mut OrgTx) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!("select position from org.gates where organization_id = $1 for update", organization)
        .fetch_one(tx.connection())
        .await?;
    sqlx::query!(
        "insert into org.metering_gates as g (organization_id) values ($1)
         on conflict (organization_id) do update set batches = g.batches",
        organization
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// How many sums differ from what the records make, or are missing.
pub(super) async fn wrong(tx: &mut OrgTx) -> Result<u64, DbError> {
    let organization = Uuid::from(tx.organization());
    let wrong = sqlx::query_scalar!(
        r#"with kept as (
             select coalesce((select kept_from from org.metering_gates where organization_id = $1), '-infinity')::timestamp
                    at time zone 'utc' as start_at
         ), is_now as (
             select r.* from org.usage_rollups r, kept where r.organization_id = $1 and r.start_at >= kept.start_at
         ), must_be as (
             select c.* from org.computed_rollups c, kept where c.organization_id = $1 and c.start_at >= kept.start_at
         )
         select count(*) as "count!" from (
             (select * from is_now except select * from must_be) union all (select * from must_be except select * from is_now)
         ) d"#,
        organization
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(count_of(wrong))
}

/// Makes them anew.
pub(super) async fn rebuild(tx: &mut OrgTx) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "delete from org.usage_rollups r
         using org.metering_gates g
         where r.organization_id = $1 and g.organization_id = $1
           and r.start_at >= g.kept_from::timestamp at time zone 'utc'",
        organization
    )
    .execute(tx.connection())
    .await?;
    sqlx::query!(
        "insert into org.usage_rollups
             (organization_id, meter, grain, start_at, tenant_id, tool, user_id, key_id, value, events)
         select c.organization_id, c.meter, c.grain, c.start_at, c.tenant_id, c.tool, c.user_id, c.key_id, c.value, c.events
         from org.computed_rollups c
         join org.metering_gates g on g.organization_id = c.organization_id
         where c.organization_id = $1 and c.start_at >= g.kept_from::timestamp at time zone 'utc'",
        organization
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// How many sums there are.
pub(super) async fn count(tx: &mut OrgTx) -> Result<u64, DbError> {
    let organization = Uuid::from(tx.organization());
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from org.usage_rollups where organization_id = $1"#,
        organization
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(count_of(count))
}
