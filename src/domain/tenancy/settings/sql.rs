//! Settings as they lie in the organization's own row.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use tenantry_kernel::{OrganizationId, period::Period, tenancy::OrganizationSettings, text::Slug};
use uuid::Uuid;

use super::rules::Held;
use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// Holds the organization's settings still. What belongs to it goes on being written.
pub(super) async fn lock(tx: &mut OrgTx) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "select organization_id from directory.organizations where organization_id = $1 for no key update",
        organization
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

pub(super) async fn read(tx: &mut OrgTx) -> Result<Held, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        r#"select o.name, o.slug, o.plan_id, o.time_zone, o.created_at, o.day_from, o.day_until,
                  d.day_start as "day_start!", d.day_end as "day_end!"
           from directory.organizations o, app.counted_day(o.time_zone, o.day_from, o.day_until, app.now()) d
           where o.organization_id = $1"#,
        organization
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(Held {
        view: OrganizationSettings {
            id: organization.into(),
            name: row.name,
            slug: row.slug,
            plan: row.plan_id,
            time_zone: row.time_zone,
            created_at: row.created_at,
        },
        kept: row.day_from.zip(row.day_until).map(|(start, end)| Period { start, end }),
        running: Period { start: row.day_start, end: row.day_end },
    })
}

/// Writes all that can be changed. A slug that another organization has is the error of its constraint.
pub(super) async fn write(tx: &mut OrgTx, after: &Held) -> Result<(), sqlx::Error> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "update directory.organizations set name = $2, slug = $3, time_zone = $4, day_from = $5, day_until = $6
         where organization_id = $1",
        organization,
        after.view.name,
        after.view.slug,
        after.view.time_zone,
        after.kept.map(|day| day.start),
        after.kept.map(|day| day.end)
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Has another organization's workspace this slug?
pub(super) async fn is_anothers_workspace(
    connection: &mut PgConnection,
    own: OrganizationId,
    slug: &Slug,
) -> Result<bool, DbError> {
    let is_anothers = sqlx::query_scalar!(
        r#"select exists (select from app.find_tenant(null, $2) t where t.organization_id <> $1) as "is_anothers!""#,
        Uuid::from(own),
        slug.as_str()
    )
    .fetch_one(connection)
    .await?;
    Ok(is_anothers)
}

/// Every name that the database's copy of the time zone database has.
pub(super) async fn zones(connection: &mut PgConnection) -> Result<BTreeSet<String>, DbError> {
    let names = sqlx::query_scalar!(r#"select name as "name!" from pg_timezone_names"#).fetch_all(connection).await?;
    Ok(names.into_iter().collect())
}
