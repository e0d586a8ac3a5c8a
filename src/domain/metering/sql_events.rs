//! Events: which are recorded, and recording the others. The sums move with them, in the database.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use tenantry_kernel::metering::{AHEAD, OLDEST};
use uuid::Uuid;

use super::sorting::NewEvent;
use crate::db::{DbError, OrganizationBound, TenantTx};

/// Takes the lock under which an organization's events are told from their repeats. Answers whether any event of its ever
/// corrected another.
pub(super) async fn lock_gate(tx: &mut TenantTx) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let corrected = sqlx::query_scalar!(
        "insert into org.metering_gates as g (organization_id, batches) values ($1, 1)
         on conflict (organization_id) do update set batches = g.batches + 1
         returning corrected",
        organization
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(corrected)
}

/// The meters that the organization has made.
pub(super) async fn meters(tx: &mut impl OrganizationBound) -> Result<HashSet<String>, DbError> {
    let organization = Uuid::from(tx.organization());
    let meters = sqlx::query_scalar!("select meter from org.meters where organization_id = $1", organization)
        .fetch_all(tx.connection())
        .await?;
    Ok(meters.into_iter().collect())
}

/// The places of those that were recorded before. An event is looked for where one that may be sent can be, and a correction
/// that takes its time from what it corrects everywhere. Each look is a query of its own in the plan, since a join of them
/// would read whole partitions where a plan was made while they were small.
pub(super) async fn recorded(
    tx: &mut TenantTx,
    events: &[NewEvent<'_>],
    now: DateTime<Utc>,
) -> Result<HashSet<usize>, DbError> {
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let organization = Uuid::from(tx.organization());
    let sources: Vec<&str> = events.iter().map(|new| new.event.source.as_str()).collect();
    let ids: Vec<&str> = events.iter().map(|new| new.event.id.as_str()).collect();
    let anywhere = events.iter().any(|new| new.event.corrects.is_some() && new.event.time.is_none());
    let first = if anywhere { DateTime::UNIX_EPOCH.date_naive() } else { (now - OLDEST).date_naive() };
    let places = sqlx::query_scalar!(
        r#"select n.place as "place!"
           from unnest($2::text[], $3::text[]) with ordinality n (source, event_id, place)
           where (select true from org.metered_events e
                  where e.organization_id = $1 and e.source = n.source and e.event_id = n.event_id
                    and e.day >= $4 and e.day <= $5
                  limit 1)"#,
        organization,
        &sources as &[&str],
        &ids as &[&str],
        first,
        (now + AHEAD).date_naive()
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(places.into_iter().filter_map(|place| usize::try_from(place - 1).ok()).collect())
}

/// Records events that were not recorded before, and makes the meters that they name first.
pub(super) async fn insert(
    tx: &mut TenantTx,
    events: &[&NewEvent<'_>],
    known: &HashSet<String>,
) -> Result<(), DbError> {
    if events.is_empty() {
        return Ok(());
    }
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let sources: Vec<&str> = events.iter().map(|new| new.event.source.as_str()).collect();
    let ids: Vec<&str> = events.iter().map(|new| new.event.id.as_str()).collect();
    let meters: Vec<&str> = events.iter().map(|new| new.event.meter.as_str()).collect();
    let values: Vec<String> = events.iter().map(|new| new.event.value.to_string()).collect();
    let times: Vec<DateTime<Utc>> = events.iter().map(|new| new.occurred_at).collect();
    let periods: Vec<DateTime<Utc>> = events.iter().map(|new| new.period_start).collect();
    let tools: Vec<&str> = events.iter().map(|new| new.event.tool.as_str()).collect();
    let users: Vec<Option<Uuid>> = events.iter().map(|new| new.by.user.map(Uuid::from)).collect();
    let keys: Vec<Option<Uuid>> = events.iter().map(|new| new.by.key.map(Uuid::from)).collect();
    let subjects: Vec<Option<&str>> = events.iter().map(|new| new.event.subject.as_deref()).collect();
    let attributes: Vec<Option<&str>> = events.iter().map(|new| new.event.attributes.as_deref()).collect();
    let corrects: Vec<Option<&str>> = events.iter().map(|new| new.event.corrects.as_deref()).collect();
    let first_of: HashSet<&str> = meters.iter().copied().filter(|meter| !known.contains(*meter)).collect();
    let made: Vec<&str> = first_of.into_iter().collect();
    sqlx::query!(
        "with made as (
             insert into org.meters (organization_id, meter) select $1, meter from unnest($15::text[]) m (meter)
             on conflict do nothing
         )
         insert into org.metered_events
             (organization_id, tenant_id, source, event_id, day, meter, value, occurred_at, period_start, tool, user_id,
              key_id, subject, attributes, corrects)
         select $1, $2, n.source, n.event_id, (n.occurred_at at time zone 'utc')::date, n.meter, n.value::numeric,
                n.occurred_at, n.period_start, n.tool, n.user_id, n.key_id, n.subject, n.attributes, n.corrects
         from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::text[],
                     $10::uuid[], $11::uuid[], $12::text[], $13::text[], $14::text[])
              n (source, event_id, meter, value, occurred_at, period_start, tool, user_id, key_id, subject, attributes,
                 corrects)",
        organization,
        tenant,
        &sources as &[&str],
        &ids as &[&str],
        &meters as &[&str],
        &values,
        &times,
        &periods,
        &tools as &[&str],
        &users as &[Option<Uuid>],
        &keys as &[Option<Uuid>],
        &subjects as &[Option<&str>],
        &attributes as &[Option<&str>],
        &corrects as &[Option<&str>],
        &made as &[&str]
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
