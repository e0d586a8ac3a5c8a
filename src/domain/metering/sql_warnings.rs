//! Warnings that were given. The row is written by the transaction that reaches the mark, and its key is why there is one.

use chrono::{DateTime, Utc};
use tenantry_kernel::{TenantId, UserId, operator::EventWarning, quota::Warning};
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound};

/// Notes warnings that are due; those that were given already stay as they are.
pub(super) async fn note(
    tx: &mut impl OrganizationBound,
    meter: &str,
    period_start: DateTime<Utc>,
    limit: Option<u64>,
    due: &[u8],
) -> Result<(), DbError> {
    let Some(limit) = limit.filter(|_| !due.is_empty()) else { return Ok(()) };
    let organization = Uuid::from(tx.organization());
    let due: Vec<i16> = due.iter().copied().map(i16::from).collect();
    sqlx::query!(
        "insert into org.usage_warnings (organization_id, meter, period_start, quota_limit, percent)
         select $1, $2, $3, $4, percent from unnest($5::smallint[]) due (percent)
         on conflict do nothing",
        organization,
        meter,
        period_start,
        i64::try_from(limit).unwrap_or(i64::MAX),
        &due
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Those of meters in the periods that begin at these moments, oldest first.
pub(super) async fn of_periods(tx: &mut OrgTx, periods: &[(&str, DateTime<Utc>)]) -> Result<Vec<Warning>, DbError> {
    let organization = Uuid::from(tx.organization());
    let (meters, starts): (Vec<&str>, Vec<DateTime<Utc>>) = periods.iter().copied().unzip();
    let rows = sqlx::query!(
        "select w.meter, w.percent, w.quota_limit, w.warned_at
         from unnest($2::text[], $3::timestamptz[]) p (meter, start_at)
         join org.usage_warnings w on w.organization_id = $1 and w.meter = p.meter and w.period_start = p.start_at
         order by w.warned_at, w.meter, w.quota_limit, w.percent",
        organization,
        &meters as &[&str],
        &starts
    )
    .fetch_all(tx.connection())
    .await?;
    let warning = |meter, percent: i16, limit: i64, at| Warning {
        meter,
        percent: u8::try_from(percent).unwrap_or_default(),
        limit: u64::try_from(limit).unwrap_or_default(),
        at,
    };
    Ok(rows.into_iter().map(|row| warning(row.meter, row.percent, row.quota_limit, row.warned_at)).collect())
}

/// Those of one meter and period, oldest first.
pub(super) async fn of_events(
    tx: &mut OrgTx,
    meter: &str,
    period_start: DateTime<Utc>,
) -> Result<Vec<EventWarning>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        "select percent, quota_limit, warned_at from org.usage_warnings
         where organization_id = $1 and meter = $2 and period_start = $3
         order by warned_at, quota_limit, percent",
        organization,
        meter,
        period_start
    )
    .fetch_all(tx.connection())
    .await?;
    let warning = |percent: i16, limit: i64, at| EventWarning {
        percent: u8::try_from(percent).unwrap_or_default(),
        limit: u64::try_from(limit).unwrap_or_default(),
        at,
    };
    Ok(rows.into_iter().map(|row| warning(row.percent, row.quota_limit, row.warned_at)).collect())
}

/// A warning that is no mail yet.
pub(super) struct Untold {
    pub meter: String,
    pub percent: i16,
    pub limit: i64,
}

/// Takes the organization's warnings that are no mails yet, oldest first; with this transaction they are told. Its line in
/// the directory goes first: whoever warns meanwhile waits for it, and writes another.
pub(super) async fn take_untold(tx: &mut OrgTx) -> Result<Vec<Untold>, DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!("delete from directory.unmailed where organization_id = $1", organization)
        .execute(tx.connection())
        .await?;
    let untold = sqlx::query_as!(
        Untold,
        r#"with told as (
               update org.usage_warnings set mailed_at = app.now()
               where organization_id = $1 and mailed_at is null
               returning meter, percent, quota_limit, warned_at
           )
           select meter, percent, quota_limit as "limit" from told order by warned_at, meter, percent"#,
        organization
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(untold)
}

/// Who is told: the organization's owners and admins, what it is called, and its first workspace.
pub(super) struct Told {
    pub people: Vec<UserId>,
    pub organization: String,
    pub tenant: TenantId,
}

pub(super) async fn whom_to_tell(tx: &mut OrgTx) -> Result<Option<Told>, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        r#"select o.name,
                  (select t.tenant_id from directory.tenants t where t.organization_id = $1
                   order by t.status, t.created_at, t.tenant_id limit 1) as tenant,
                  array(select m.user_id from directory.memberships m
                        where m.organization_id = $1 and (m.owner or m.role = 'admin')
                        order by m.joined_at, m.member_id) as "people!"
           from directory.organizations o where o.organization_id = $1"#,
        organization
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.and_then(|row| {
        let people = row.people.into_iter().map(UserId::from).collect();
        Some(Told { people, organization: row.name, tenant: row.tenant?.into() })
    }))
}
