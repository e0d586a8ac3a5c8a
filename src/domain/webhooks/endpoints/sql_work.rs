//! The worker's queries on what is to be done: events spread over endpoints, deliveries claimed, old ones cleared away.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{DeliveryId, EndpointId, EventId, OrganizationId, TenantId, endpoint::KEPT_DAYS};
use uuid::Uuid;

use super::event::Noted;
use crate::{
    db::{DbError, OrgTx, OrganizationBound as _},
    webhooks::sealed::Column,
};

/// How long an organization is left to the worker that looks at it, in seconds: should that be lost, others look then.
const LOOK_SECONDS: f64 = 30.0;

/// How long a delivery is one worker's: an attempt and the time to note it, in seconds.
pub(super) const LEASE_SECONDS: f64 = 45.0;

/// Attempts at one endpoint that are under way at a time, so that a slow receiver delays nobody else.
pub(super) const LANE: i64 = 8;

/// Events that are spread, and old ones that are removed, in one transaction.
const AT_ONCE: i64 = 500;

/// Organizations that are to be looked at now, and seconds until the next one is.
pub(super) async fn due(connection: &mut PgConnection) -> Result<(Vec<OrganizationId>, Option<f64>), DbError> {
    let rows = sqlx::query!(
        r#"select organization_id as "organization_id!", due as "due!", seconds as "seconds!" from app.due_deliveries(64)"#
    )
    .fetch_all(connection)
    .await?;
    let next = rows.iter().find(|row| !row.due).map(|row| row.seconds);
    Ok((rows.into_iter().filter(|row| row.due).map(|row| row.organization_id.into()).collect(), next))
}

/// Takes the look at an organization, if it is still due: others leave it alone for a while. Whoever writes an event from
/// now on pulls the moment forward again, so nothing is overlooked that the look cannot see yet. Answers until when it is
/// left alone.
pub(super) async fn take_look(tx: &mut OrgTx) -> Result<Option<DateTime<Utc>>, DbError> {
    let organization = Uuid::from(tx.organization());
    let until = sqlx::query_scalar!(
        "update directory.delivery_backlog set wake_at = app.now() + make_interval(secs => $2)
         where organization_id = $1 and wake_at <= app.now()
         returning wake_at",
        organization,
        LOOK_SECONDS
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(until)
}

/// Makes deliveries of events that have none yet; true where there are more such events. An endpoint is told what happens
/// after it was made, and while it is enabled.
pub(super) async fn spread(tx: &mut OrgTx) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let spread = sqlx::query!(
        "with event as (
             select event_id, tenant_id, type, occurred_at from org.endpoint_events
             where organization_id = $1 and spread_at is null
             order by event_id
             limit $2
             for update skip locked
         ), delivery as (
             insert into org.deliveries (organization_id, delivery_id, tenant_id, endpoint_id, event_id)
             select $1, app.new_id(event.occurred_at), e.tenant_id, e.endpoint_id, event.event_id
             from event
             join org.endpoints e
               on e.organization_id = $1 and e.enabled and event.type = any (e.types) and e.created_at <= event.occurred_at
              and (event.tenant_id is null or e.tenant_id = event.tenant_id)
             on conflict do nothing
         )
         update org.endpoint_events v set spread_at = app.now()
         from event
         where v.organization_id = $1 and v.event_id = event.event_id",
        organization,
        AT_ONCE
    )
    .execute(tx.connection())
    .await?;
    Ok(i64::try_from(spread.rows_affected()).is_ok_and(|spread| spread >= AT_ONCE))
}

/// Removes events that are too old, with what became of them; true where there may be more.
pub(super) async fn clear(tx: &mut OrgTx) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let cleared = sqlx::query!(
        "delete from org.endpoint_events v
         using (select event_id from org.endpoint_events
                where organization_id = $1 and occurred_at < app.now() - make_interval(days => $2)
                order by occurred_at
                limit $3) old
         where v.organization_id = $1 and v.event_id = old.event_id",
        organization,
        KEPT_DAYS,
        AT_ONCE
    )
    .execute(tx.connection())
    .await?;
    Ok(i64::try_from(cleared.rows_affected()).is_ok_and(|cleared| cleared >= AT_ONCE))
}

/// A delivery that is this worker's for the time of a lease.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub delivery: DeliveryId,
    pub tenant: TenantId,
    pub endpoint: EndpointId,
    pub event: EventId,
    /// The attempt that begins; an older one's end is not written.
    pub attempt: i32,
    /// Attempts since somebody asked for it last, this one among them.
    pub tries: i32,
    pub url: String,
    /// Sealed, the newest first; the one before it is there while a rotation is under way.
    pub secrets: Vec<(Column, Vec<u8>)>,
    pub noted: Noted,
}

/// Claims deliveries that are due, longest waiting first, as far as each endpoint has room. Those of a suspended tenant wait
/// without being seen.
pub(super) async fn claim(tx: &mut OrgTx, most: usize) -> Result<Vec<Claimed>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        r#"with lane as (
             select e.endpoint_id, greatest($2 - (
                        select count(*) from org.deliveries d
                        where d.organization_id = $1 and d.endpoint_id = e.endpoint_id and d.leased_until > app.now()
                    ), 0) as room
             from org.endpoints e
             join directory.tenants t
               on t.organization_id = e.organization_id and t.tenant_id = e.tenant_id and t.status = 'active'
             where e.organization_id = $1 and e.enabled
         ), due as (
             select d.delivery_id
             from lane
             cross join lateral (
                 select delivery_id, due_at from org.deliveries d
                 where d.organization_id = $1 and d.endpoint_id = lane.endpoint_id and d.state = 'waiting'
                   and d.due_at <= app.now()
                 order by d.due_at
                 limit lane.room
                 for update skip locked
             ) d
             order by d.due_at
             limit $3
         ), claimed as (
             update org.deliveries d
             set attempts = d.attempts + 1, tries = d.tries + 1,
                 due_at = app.now() + make_interval(secs => $4), leased_until = app.now() + make_interval(secs => $4)
             from due
             where d.organization_id = $1 and d.delivery_id = due.delivery_id
             returning d.delivery_id, d.tenant_id, d.endpoint_id, d.event_id, d.attempts, d.tries
         )
         select c.delivery_id as "delivery_id!", c.tenant_id as "tenant_id!", c.endpoint_id as "endpoint_id!",
                c.event_id as "event_id!", c.attempts as "attempts!", c.tries as "tries!", e.url, e.secret,
                case when e.previous_until > app.now() then e.previous_secret end as previous_secret,
                v.type as "type", v.data::text as "data!", v.occurred_at
         from claimed c
         join org.endpoints e on e.organization_id = $1 and e.endpoint_id = c.endpoint_id
         join org.endpoint_events v on v.organization_id = $1 and v.event_id = c.event_id
         order by v.occurred_at"#,
        organization,
        LANE,
        i64::try_from(most).unwrap_or(i64::MAX),
        LEASE_SECONDS
    )
    .fetch_all(tx.connection())
    .await?;
    let claimed = rows.into_iter().map(|row| {
        let previous = row.previous_secret.map(|sealed| (Column::Previous, sealed));
        Claimed {
            delivery: row.delivery_id.into(),
            tenant: row.tenant_id.into(),
            endpoint: row.endpoint_id.into(),
            event: row.event_id.into(),
            attempt: row.attempts,
            tries: row.tries,
            url: row.url,
            secrets: [Some((Column::Current, row.secret)), previous].into_iter().flatten().collect(),
            noted: Noted { r#type: row.r#type, data: row.data, at: row.occurred_at },
        }
    });
    Ok(claimed.collect())
}

/// Ends a look: says when the organization is to be looked at next, unless somebody has pulled the moment forward meanwhile.
/// That is at once while there is more to spread or clear, else when the next delivery is due (at an endpoint without room:
/// when the first of its leases ends), else when the oldest event is to be removed. Without any of them, not before somebody
/// makes work.
pub(super) async fn end_look(tx: &mut OrgTx, looked_until: DateTime<Utc>, more: bool) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "with next as (
             select case when $3 then app.now() else least(
                 (select min(case when busy.number >= $4 then busy.ends else waiting.due end)
                  from org.endpoints e
                  join directory.tenants t
                    on t.organization_id = e.organization_id and t.tenant_id = e.tenant_id and t.status = 'active'
                  cross join lateral (
                      select count(*) as number, min(d.leased_until) as ends from org.deliveries d
                      where d.organization_id = $1 and d.endpoint_id = e.endpoint_id and d.leased_until > app.now()
                  ) busy
                  cross join lateral (
                      select min(d.due_at) as due from org.deliveries d
                      where d.organization_id = $1 and d.endpoint_id = e.endpoint_id and d.state = 'waiting'
                  ) waiting
                  where e.organization_id = $1 and e.enabled),
                 (select min(v.occurred_at) + make_interval(days => $5) from org.endpoint_events v
                  where v.organization_id = $1)
             ) end as at
         ), nothing as (
             delete from directory.delivery_backlog
             where organization_id = $1 and wake_at = $2 and (select at from next) is null
         )
         update directory.delivery_backlog set wake_at = next.at from next
         where organization_id = $1 and wake_at = $2 and next.at is not null",
        organization,
        looked_until,
        more,
        LANE,
        KEPT_DAYS
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
