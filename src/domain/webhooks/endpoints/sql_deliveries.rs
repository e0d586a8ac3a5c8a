//! Deliveries, for those who look at them and for what they ask.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    DeliveryId, EndpointId, EventId,
    endpoint::{DeliveryAttemptView, DeliveryState, DeliveryView, TEST_EVENT},
    page::Limit,
};
use uuid::Uuid;

use crate::db::{DbError, OrganizationBound as _, TenantTx};

/// Attempts that are shown of a delivery.
const SHOWN_ATTEMPTS: i64 = 10;

struct DeliveryRow {
    delivery_id: Uuid,
    endpoint_id: Uuid,
    event_id: Uuid,
    r#type: String,
    state: String,
    attempts: i32,
    next_attempt_at: Option<DateTime<Utc>>,
    occurred_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<DeliveryRow> for DeliveryView {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.delivery_id.into(),
            endpoint: row.endpoint_id.into(),
            event: row.event_id.into(),
            r#type: row.r#type,
            // The table's check knows the same words.
            state: DeliveryState::from_word(&row.state).unwrap_or(DeliveryState::Failed),
            attempts: row.attempts,
            timeline: Vec::new(),
            next_attempt_at: row.next_attempt_at,
            occurred_at: row.occurred_at,
            ended_at: row.ended_at,
        }
    }
}

/// A page of an endpoint's deliveries and one more, newest first.
pub(super) async fn deliveries(
    tx: &mut TenantTx,
    endpoint: EndpointId,
    before: Option<DeliveryId>,
    limit: Limit,
) -> Result<Vec<DeliveryView>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let rows = sqlx::query_as!(
        DeliveryRow,
        r#"select d.delivery_id, d.endpoint_id, d.event_id, v.type as "type", d.state, d.attempts,
                  case when d.state = 'waiting' and (d.leased_until is null or d.leased_until <= app.now())
                       then d.due_at end as next_attempt_at,
                  v.occurred_at, d.ended_at
           from org.deliveries d
           join org.endpoint_events v on v.organization_id = d.organization_id and v.event_id = d.event_id
           where d.organization_id = $1 and d.tenant_id = $2 and d.endpoint_id = $3 and d.delivery_id < $4
           order by d.delivery_id desc
           limit $5"#,
        organization,
        tenant,
        Uuid::from(endpoint),
        before.map_or(Uuid::max(), Uuid::from),
        i64::from(limit.get()) + 1
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// One of them, or none.
pub(super) async fn delivery(tx: &mut TenantTx, delivery: DeliveryId) -> Result<Vec<DeliveryView>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query_as!(
        DeliveryRow,
        r#"select d.delivery_id, d.endpoint_id, d.event_id, v.type as "type", d.state, d.attempts,
                  case when d.state = 'waiting' and (d.leased_until is null or d.leased_until <= app.now())
                       then d.due_at end as next_attempt_at,
                  v.occurred_at, d.ended_at
           from org.deliveries d
           join org.endpoint_events v on v.organization_id = d.organization_id and v.event_id = d.event_id
           where d.organization_id = $1 and d.tenant_id = $2 and d.delivery_id = $3"#,
        organization,
        tenant,
        Uuid::from(delivery)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.into_iter().map(Into::into).collect())
}

/// Reads what came of the last attempts of each, all at once.
pub(super) async fn fill_timelines(tx: &mut TenantTx, deliveries: &mut [DeliveryView]) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    let ids: Vec<Uuid> = deliveries.iter().map(|delivery| delivery.id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select a.delivery_id as "delivery_id!", a.attempt as "attempt!", a.started_at as "started_at!",
                  a.duration_ms as "duration_ms!", a.http_status, a.answer, a.error
           from unnest($2::uuid[]) wanted (delivery_id)
           cross join lateral (
               select * from org.delivery_attempts a
               where a.organization_id = $1 and a.delivery_id = wanted.delivery_id
               order by a.attempt desc
               limit $3
           ) a
           order by a.delivery_id, a.attempt desc"#,
        organization,
        &ids,
        SHOWN_ATTEMPTS
    )
    .fetch_all(tx.connection())
    .await?;
    let mut timelines: HashMap<Uuid, Vec<DeliveryAttemptView>> = HashMap::new();
    for row in rows {
        timelines.entry(row.delivery_id).or_default().push(DeliveryAttemptView {
            number: row.attempt,
            started_at: row.started_at,
            duration_ms: row.duration_ms,
            http_status: row.http_status,
            answer: row.answer,
            error: row.error,
        });
    }
    for delivery in deliveries {
        delivery.timeline = timelines.remove(&delivery.id.uuid()).unwrap_or_default();
    }
    Ok(())
}

/// The endpoint of a delivery of the tenant's.
pub(super) async fn endpoint_of(tx: &mut TenantTx, delivery: DeliveryId) -> Result<Option<EndpointId>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let endpoint = sqlx::query_scalar!(
        "select endpoint_id from org.deliveries where organization_id = $1 and tenant_id = $2 and delivery_id = $3",
        organization,
        tenant,
        Uuid::from(delivery)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(endpoint.map(EndpointId::from))
}

/// Lets a delivery be tried now, and as often as a new one; one that is under way stays as it is.
pub(super) async fn ask_again(tx: &mut TenantTx, delivery: DeliveryId) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    sqlx::query!(
        r#"with asked as (
             update org.deliveries
             set state = 'waiting', tries = 0, due_at = app.now(), leased_until = null, ended_at = null
             where organization_id = $1 and tenant_id = $2 and delivery_id = $3
               and (leased_until is null or leased_until <= app.now())
             returning delivery_id
         )
         select app.wake_deliveries($1, app.now())::text as "done?" from asked"#,
        organization,
        tenant,
        Uuid::from(delivery)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(())
}

/// Writes a trial and its delivery.
pub(super) async fn insert_trial(
    tx: &mut TenantTx,
    endpoint: EndpointId,
    event: EventId,
    delivery: DeliveryId,
) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    sqlx::query!(
        r#"with event as (
             insert into org.endpoint_events (organization_id, event_id, tenant_id, type, data, spread_at)
             values ($1, $3, $2, $6, jsonb_build_object('endpoint', $4::uuid), app.now())
             returning event_id
         ), delivery as (
             insert into org.deliveries (organization_id, delivery_id, tenant_id, endpoint_id, event_id)
             select $1, $5, $2, $4, event_id from event
             returning delivery_id
         )
         select app.wake_deliveries($1, app.now())::text as "done?" from delivery"#,
        organization,
        tenant,
        Uuid::from(event),
        Uuid::from(endpoint),
        Uuid::from(delivery),
        TEST_EVENT
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}
