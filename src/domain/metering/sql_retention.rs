//! Removing events that are kept no more.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// Days that versions of plans keep events, by plan.
pub(super) async fn days(connection: &mut PgConnection) -> Result<HashMap<String, Vec<(i32, u64)>>, DbError> {
    let rows =
        sqlx::query!("select plan_id, version, event_days from platform.plan_retention").fetch_all(connection).await?;
    let mut days: HashMap<String, Vec<(i32, u64)>> = HashMap::new();
    for row in rows {
        days.entry(row.plan_id).or_default().push((row.version, u64::try_from(row.event_days).unwrap_or(u64::MAX)));
    }
    Ok(days)
}

/// The day in UTC.
pub(super) async fn today(connection: &mut PgConnection) -> Result<NaiveDate, DbError> {
    let today =
        sqlx::query_scalar!(r#"select (app.now() at time zone 'utc')::date as "today!""#).fetch_one(connection).await?;
    Ok(today)
}

/// Organizations after one, by their ids.
pub(super) async fn organizations_after(
    connection: &mut PgConnection,
    after: Uuid,
    most: i32,
) -> Result<Vec<Uuid>, DbError> {
    let ids =
        sqlx::query_scalar!(r#"select organization_id as "id!" from app.organizations_after($1, $2)"#, after, most)
            .fetch_all(connection)
            .await?;
    Ok(ids)
}

/// What an organization keeps.
pub(super) struct Gate {
    /// The first day that is kept; `None` where nothing was ever removed.
    pub kept_from: Option<NaiveDate>,
    /// The first day of which there can be events.
    pub since: NaiveDate,
}

/// Locks the organization's gate, so that nothing of it is corrected meanwhile; `None` where it has never sent an event.
pub(super) async fn lock_gate(tx: &mut OrgTx) -> Result<Option<Gate>, DbError> {
    let organization = Uuid::from(tx.organization());
    let gate = sqlx::query_as!(
        Gate,
        r#"select nullif(g.kept_from, '-infinity') as kept_from, (o.created_at at time zone 'utc')::date - 36 as "since!"
           from org.metering_gates g
           join directory.organizations o on o.organization_id = g.organization_id
           where g.organization_id = $1
           for update of g"#,
        organization
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(gate)
}

/// Writes the first day that is kept.
pub(super) async fn move_to(tx: &mut OrgTx, from: NaiveDate) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!("update org.metering_gates set kept_from = $2 where organization_id = $1", organization, from)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Removes some events of days before one.
pub(super) async fn remove(tx: &mut OrgTx, before: NaiveDate, most: i64) -> Result<u64, DbError> {
    let organization = Uuid::from(tx.organization());
    let removed = sqlx::query!(
        "with gone as (
             select source, event_id, day from org.metered_events where organization_id = $1 and day < $2 limit $3
         )
         delete from org.metered_events e using gone g
         where e.organization_id = $1 and e.source = g.source and e.event_id = g.event_id and e.day = g.day and e.day < $2",
        organization,
        before,
        most
    )
    .execute(tx.connection())
    .await?;
    Ok(removed.rows_affected())
}

/// Drops the oldest partition that ends before a day, if there is one; answers how many it dropped.
pub(super) async fn drop_partition(connection: &mut PgConnection, before: NaiveDate) -> Result<i32, DbError> {
    let dropped = sqlx::query_scalar!(r#"select app.drop_usage_partition($1) as "dropped!""#, before)
        .fetch_one(connection)
        .await?;
    Ok(dropped)
}
