//! Levels: measuring them, and reading them over time.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{
    OrganizationId, TenantId,
    metering::{DATABASE_BYTES, GroupBy},
};
use uuid::Uuid;

use super::sql_series::{Range, Sum, What};
use crate::db::{DbError, OrgTx, OrganizationBound as _, TenantTx};

/// A workspace whose turn it is.
pub(super) struct Due {
    pub organization: OrganizationId,
    pub tenant: TenantId,
}

/// Workspaces that were not measured for so long.
pub(super) async fn due(connection: &mut PgConnection, stands: TimeDelta, most: i32) -> Result<Vec<Due>, DbError> {
    let rows = sqlx::query!(
        r#"select organization_id as "organization!", tenant_id as "tenant!"
           from app.unmeasured_since(app.now() - make_interval(secs => $1), $2)"#,
        stands.num_seconds() as f64,
        most
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| Due { organization: row.organization.into(), tenant: row.tenant.into() }).collect())
}

/// Measures the tenant's rows and writes it down, in the place of what was measured in this hour before.
pub(super) async fn measure(tx: &mut TenantTx) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    sqlx::query!(
        "insert into org.levels (organization_id, meter, hour_at, tenant_id, value)
         values ($1, $2, date_bin('1 hour', app.now(), '2000-01-01T00:00:00Z'), $3, app.tenant_bytes())
         on conflict (organization_id, meter, hour_at, tenant_id) do update
             set value = excluded.value, measured_at = excluded.measured_at",
        organization,
        DATABASE_BYTES,
        tenant
    )
    .execute(tx.connection())
    .await?;
    note(tx).await
}

/// Notes that the tenant has had its turn.
pub(super) async fn note(tx: &mut TenantTx) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    sqlx::query!(
        "insert into directory.measured as m (organization_id, tenant_id, measured_at) values ($1, $2, app.now())
         on conflict (organization_id, tenant_id) do update
             set measured_at = greatest(m.measured_at, excluded.measured_at)",
        organization,
        tenant
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// What was measured last in each step, of each workspace; they are added up where workspaces are not told apart.
pub(super) async fn levels(
    tx: &mut OrgTx,
    what: &What<'_>,
    range: &Range,
    starts: &[DateTime<Utc>],
    most: usize,
) -> Result<Vec<Sum>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        r#"with last as (
             select distinct on (place, l.tenant_id) width_bucket(l.measured_at, $5::timestamptz[]) as place, l.tenant_id, l.value
             from org.levels l
             where l.organization_id = $1 and l.meter = $2 and l.hour_at > $3::timestamptz - interval '1 hour' and l.hour_at < $4
               and l.measured_at >= $3 and l.measured_at < $4
               and case $7 when '' then true when 'tenant' then l.tenant_id::text = $8
                           else $8 in ('', '00000000-0000-0000-0000-000000000000') end
             order by place, l.tenant_id, l.hour_at desc
         ), grouped as (
             -- Nobody's tool, key or hand has a level.
             select place, case $6 when 'tenant' then tenant_id::text else '' end as name, sum(value) as value
             from last
             where place > 0
             group by 1, 2
         )
         select ($5::timestamptz[])[place] as "start!", name as "name!", value::text as "value!"
         from grouped
         order by place, name collate "C"
         limit $9"#,
        organization,
        what.meter,
        range.from,
        range.to,
        starts,
        what.group_by.map_or("", GroupBy::as_str),
        what.of.map_or("", |of| of.by.as_str()),
        what.of.map_or("", |of| of.what.as_str()),
        i64::try_from(most).unwrap_or(i64::MAX)
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| Sum { start: row.start, group: row.name, value: row.value }).collect())
}
