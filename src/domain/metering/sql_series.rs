//! Series out of the rollups. Days, weeks and months are the organization's, as PostgreSQL counts them in its time zone.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use tenantry_kernel::metering::{GroupBy, Step};
use uuid::Uuid;

use super::series::Of;
use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// The organization's time zone, and the database's time.
pub(super) struct Clock {
    pub zone: String,
    pub now: DateTime<Utc>,
}

pub(super) async fn clock(tx: &mut OrgTx) -> Result<Clock, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        r#"select time_zone, app.now() as "now!" from directory.organizations where organization_id = $1"#,
        organization
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(Clock { zone: row.time_zone, now: row.now })
}

/// The day that the organization's clocks show.
pub(super) async fn today(tx: &mut OrgTx) -> Result<NaiveDate, DbError> {
    let organization = Uuid::from(tx.organization());
    let today = sqlx::query_scalar!(
        r#"select (app.now() at time zone time_zone)::date as "today!" from directory.organizations
           where organization_id = $1"#,
        organization
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(today)
}

impl Clock {
    /// Do the zone's hours begin with UTC's, all through the range? Then whole hours are read as such.
    pub async fn whole_hours(&self, tx: &mut OrgTx, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<bool, DbError> {
        if self.zone == "UTC" {
            return Ok(true);
        }
        let whole = sqlx::query_scalar!(
            r#"select coalesce(bool_and(extract(minute from t at time zone $1) = extract(minute from t at time zone 'utc')), true)
                   as "whole!"
               from generate_series($2::timestamptz, $3::timestamptz + interval '1 day', interval '1 day') t"#,
            self.zone,
            from,
            to
        )
        .fetch_one(tx.connection())
        .await?;
        Ok(whole)
    }
}

/// The first moment of a day.
pub(super) async fn day_start(tx: &mut OrgTx, zone: &str, day: NaiveDate) -> Result<DateTime<Utc>, DbError> {
    let start = sqlx::query_scalar!(r#"select app.day_start($1, $2) as "start!""#, zone, day)
        .fetch_one(tx.connection())
        .await?;
    Ok(start)
}

/// Where the steps of a range start; the first one may start before it.
pub(super) async fn starts(
    tx: &mut OrgTx,
    zone: &str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    step: Step,
) -> Result<Vec<DateTime<Utc>>, DbError> {
    let starts = match step {
        // No zone is off by anything but quarters of an hour.
        Step::Hour => {
            sqlx::query_scalar!(
                r#"select t as "start!"
                   from generate_series(date_bin('15 minutes', $2::timestamptz, '2000-01-01T00:00:00Z') - interval '1 hour',
                                        $3::timestamptz, interval '15 minutes') t
                   where extract(minute from t at time zone $1) = 0 and t > $2::timestamptz - interval '1 hour' and t < $3
                   order by t"#,
                zone,
                from,
                to
            )
            .fetch_all(tx.connection())
            .await?
        }
        Step::Day | Step::Week | Step::Month => {
            let every = step.as_str();
            sqlx::query_scalar!(
                r#"select distinct app.day_start($1, d::date) as "start!"
                   from generate_series(date_trunc($4, $2::timestamptz at time zone $1), $3::timestamptz at time zone $1,
                                        ('1 ' || $4)::interval) d
                   where app.day_start($1, d::date) < $3
                   order by 1"#,
                zone,
                from,
                to,
                every
            )
            .fetch_all(tx.connection())
            .await?
        }
    };
    Ok(starts)
}

/// What the organization's clocks show at each of these moments.
pub(super) async fn local(
    tx: &mut OrgTx,
    zone: &str,
    moments: &[DateTime<Utc>],
) -> Result<Vec<NaiveDateTime>, DbError> {
    let local = sqlx::query_scalar!(
        r#"select t at time zone $1 as "local!" from unnest($2::timestamptz[]) with ordinality m (t, place) order by place"#,
        zone,
        moments
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(local)
}

/// What is summed.
pub(super) struct Range {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// May hours be read as such?
    pub whole_hours: bool,
}

/// Of which meter, told apart by what, and of which group alone.
pub(super) struct What<'a> {
    pub meter: &'a str,
    pub group_by: Option<GroupBy>,
    pub of: Option<&'a Of>,
}

/// A sum of a step, told apart by a group.
pub(super) struct Sum {
    pub start: DateTime<Utc>,
    /// A tool's name or a UUID; empty where nothing is told apart.
    pub group: String,
    /// A decimal number.
    pub value: String,
}

/// The sums of a meter: whole hours as such, what is before the first and after the last of them by minutes.
pub(super) async fn sums(
    tx: &mut OrgTx,
    what: &What<'_>,
    range: &Range,
    starts: &[DateTime<Utc>],
    most: usize,
) -> Result<Vec<Sum>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        r#"with bounds as (
             select case when $5 then least(date_bin('1 hour', $3::timestamptz - interval '1 microsecond', '2000-01-01T00:00:00Z')
                                            + interval '1 hour', $4) else $4 end as first_hour,
                    case when $5 then greatest(date_bin('1 hour', $4::timestamptz, '2000-01-01T00:00:00Z'), $3) else $4 end as last_hour
         ), part as (
             select r.start_at, r.tenant_id, r.tool, r.user_id, r.key_id, r.value
             from org.usage_rollups r
             where r.organization_id = $1 and r.meter = $2 and r.grain = 'hour'
               and r.start_at >= (select first_hour from bounds) and r.start_at < (select last_hour from bounds)
             union all
             select r.start_at, r.tenant_id, r.tool, r.user_id, r.key_id, r.value
             from org.usage_rollups r
             where r.organization_id = $1 and r.meter = $2 and r.grain = 'minute'
               and r.start_at >= $3 and r.start_at < (select first_hour from bounds)
             union all
             select r.start_at, r.tenant_id, r.tool, r.user_id, r.key_id, r.value
             from org.usage_rollups r
             where r.organization_id = $1 and r.meter = $2 and r.grain = 'minute'
               and r.start_at >= greatest((select last_hour from bounds), (select first_hour from bounds)) and r.start_at < $4
         ), grouped as (
             select width_bucket(p.start_at, $6::timestamptz[]) as place,
                    case $7 when 'tool' then p.tool when 'member' then p.user_id::text when 'key' then p.key_id::text
                            when 'tenant' then p.tenant_id::text else '' end as name,
                    sum(p.value) as value
             from part p
             where case $9 when 'tool' then p.tool when 'member' then p.user_id::text when 'key' then p.key_id::text
                           when 'tenant' then p.tenant_id::text else $10 end = $10
             group by 1, 2
         )
         select ($6::timestamptz[])[place] as "start!", name as "name!", value::text as "value!"
         from grouped
         where place > 0
         order by place, name collate "C"
         limit $8"#,
        organization,
        what.meter,
        range.from,
        range.to,
        range.whole_hours,
        starts,
        what.group_by.map_or("", GroupBy::as_str),
        i64::try_from(most).unwrap_or(i64::MAX),
        what.of.map_or("", |of| of.by.as_str()),
        what.of.map_or("", |of| of.what.as_str())
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| Sum { start: row.start, group: row.name, value: row.value }).collect())
}
