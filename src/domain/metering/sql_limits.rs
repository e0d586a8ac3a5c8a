//! What limited periods hold, and which recorded events a batch touches.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tenantry_kernel::{metering::Quantity, quota::Every};
use uuid::Uuid;

use super::{limits::Window, sorting::NewEvent};
use crate::db::{DbError, OrganizationBound, TenantTx};

/// A moment at which a limited meter was used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    pub meter: &'a str,
    pub every: Every,
    pub occurred_at: DateTime<Utc>,
    /// The billing month that it counts in.
    pub period_start: DateTime<Utc>,
}

/// The period that a moment falls into.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub window: Window,
    /// What it holds.
    pub used: Quantity,
    /// Is it the one of now?
    pub is_now: bool,
}

/// The periods of moments, by their places. A day is the organization's, whose hours may begin with a quarter of one of
/// UTC's: then it is summed by minutes.
pub(super) async fn placed(
    tx: &mut impl OrganizationBound,
    moments: &[Option<Moment<'_>>],
    current: DateTime<Utc>,
) -> Result<HashMap<usize, Placed>, DbError> {
    let organization = Uuid::from(tx.organization());
    let limited = || moments.iter().enumerate().filter_map(|(place, moment)| Some((place, moment.as_ref()?)));
    let places: Vec<i64> = limited().map(|(place, _)| i64::try_from(place).unwrap_or(i64::MAX)).collect();
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let meters: Vec<&str> = limited().map(|(_, moment)| moment.meter).collect();
    let daily: Vec<bool> = limited().map(|(_, moment)| moment.every == Every::Day).collect();
    let times: Vec<DateTime<Utc>> = limited().map(|(_, moment)| moment.occurred_at).collect();
    let periods: Vec<DateTime<Utc>> = limited().map(|(_, moment)| moment.period_start).collect();
    let rows = sqlx::query!(
        r#"with moment as (
             select * from unnest($2::bigint[], $3::text[], $4::boolean[], $5::timestamptz[], $6::timestamptz[])
                 m (place, meter, daily, occurred_at, period_start)
         ), quarter as (
             -- No day begins within a quarter of an hour, so one look is enough for all of it.
             select q.at, d.day_start, d.day_end
             from (select distinct date_bin('15 minutes', occurred_at, '2000-01-01T00:00:00Z') as at
                   from moment where daily) q,
                  directory.organizations o, app.counted_day(o.time_zone, o.day_from, o.day_until, q.at) d
             where o.organization_id = $1
         ), placed as (
             select m.place, m.meter, m.daily, coalesce(q.day_start, m.period_start) as start_at, q.day_end
             from moment m
             left join quarter q on m.daily and q.at = date_bin('15 minutes', m.occurred_at, '2000-01-01T00:00:00Z')
         ), used as (
             select w.meter, w.daily, w.start_at,
                    coalesce(case when w.daily then (
                        select sum(r.value) from org.usage_rollups r
                        where r.organization_id = $1 and r.meter = w.meter and r.start_at >= w.start_at and r.start_at < w.day_end
                          and r.grain = case when date_bin('1 hour', w.start_at, '2000-01-01T00:00:00Z') = w.start_at
                                              and date_bin('1 hour', w.day_end, '2000-01-01T00:00:00Z') = w.day_end
                                             then 'hour' else 'minute' end)
                    else (
                        select sum(r.value) from org.usage_rollups r
                        where r.organization_id = $1 and r.meter = w.meter and r.grain = 'period' and r.start_at = w.start_at)
                    end, 0) as used
             from (select distinct meter, daily, start_at, day_end from placed) w
         )
         select p.place as "place!", p.meter as "meter!", p.start_at as "start_at!", trim_scale(u.used)::text as "used!",
                (case when p.daily then app.now() >= p.start_at and app.now() < p.day_end else p.start_at = $7 end) as "is_now!"
         from placed p
         join used u on u.meter = p.meter and u.daily = p.daily and u.start_at = p.start_at"#,
        organization,
        &places,
        &meters as &[&str],
        &daily,
        &times,
        &periods,
        current
    )
    .fetch_all(tx.connection())
    .await?;
    let placed = |meter, start, used: &str, is_now| Placed {
        window: (meter, start),
        used: used.parse().unwrap_or_default(),
        is_now,
    };
    let place = |place: i64| usize::try_from(place).unwrap_or(usize::MAX);
    Ok(rows.into_iter().map(|row| (place(row.place), placed(row.meter, row.start_at, &row.used, row.is_now))).collect())
}

/// A recorded event that a batch corrects, or that corrects one of them.
pub(super) struct Recorded {
    pub source: String,
    pub event_id: String,
    pub corrects: Option<String>,
    pub meter: String,
    pub occurred_at: DateTime<Utc>,
    pub period_start: DateTime<Utc>,
    pub value: Quantity,
    pub counts: bool,
}

/// Recorded events of the workspace that events of a batch name, and the corrections of either.
pub(super) async fn touched(tx: &mut TenantTx, events: &[NewEvent<'_>]) -> Result<Vec<Recorded>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let names = events.iter().flat_map(|new| {
        let corrected = new.event.corrects.iter();
        corrected.chain([&new.event.id]).map(|id| (new.event.source.as_str(), id.as_str()))
    });
    let (sources, ids): (Vec<&str>, Vec<&str>) = names.unzip();
    let rows = sqlx::query!(
        r#"with named as (
             select distinct source, event_id from unnest($3::text[], $4::text[]) n (source, event_id)
         )
         select distinct e.source as "source!", e.event_id as "event_id!", e.corrects, e.meter as "meter!",
                e.occurred_at as "occurred_at!", e.period_start as "period_start!", trim_scale(e.value)::text as "value!",
                e.counts as "counts!"
         from named n
         cross join lateral (
             select * from org.metered_events
             where organization_id = $1 and source = n.source and event_id = n.event_id
             union all
             select * from org.metered_events
             where organization_id = $1 and source = n.source and corrects = n.event_id) e
         where e.tenant_id = $2"#,
        organization,
        tenant,
        &sources as &[&str],
        &ids as &[&str]
    )
    .fetch_all(tx.connection())
    .await?;
    let recorded = rows.into_iter().map(|row| Recorded {
        source: row.source,
        event_id: row.event_id,
        corrects: row.corrects,
        meter: row.meter,
        occurred_at: row.occurred_at,
        period_start: row.period_start,
        value: row.value.parse().unwrap_or_default(),
        counts: row.counts,
    });
    Ok(recorded.collect())
}
