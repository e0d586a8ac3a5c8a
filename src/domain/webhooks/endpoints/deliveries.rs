//! What has become of messages: looked at, sent again by hand, and a trial.

use tenantry_kernel::{
    DeliveryId, EndpointId, EventId,
    endpoint::DeliveryView,
    page::{Limit, Page},
};

use super::{error::EndpointError, finish, kept, rules, sql, sql_deliveries};
use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
    idempotency::{Answer, OnceKey},
};

/// A page of an endpoint's deliveries, newest first.
///
/// # Errors
/// [`EndpointError::NotFound`], a cursor that is none; the database.
pub async fn deliveries(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    endpoint: EndpointId,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<DeliveryView>, EndpointError> {
    let before = cursor.map(rules::parse_delivery_cursor).transpose();
    let mut tx = TenantTx::open(&services.db, scope).await?;
    // That there is no such endpoint is told before what is wrong with the cursor.
    sql::endpoint(&mut tx, endpoint).await?.ok_or(EndpointError::NotFound)?;
    let mut deliveries = sql_deliveries::deliveries(&mut tx, endpoint, before?, limit).await?;
    sql_deliveries::fill_timelines(&mut tx, &mut deliveries).await?;
    tx.commit().await?;
    Ok(Page::from_surplus(deliveries, limit, |delivery| delivery.id.to_string()))
}

/// Sends a message again, with the id that it had: now, and as often as a new one. One that waits is tried now; one that is
/// under way stays as it is.
///
/// # Errors
/// [`EndpointError::NotFound`], [`EndpointError::Disabled`]; the database.
pub async fn replay(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    delivery: DeliveryId,
) -> Result<DeliveryView, EndpointError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let endpoint = sql_deliveries::endpoint_of(&mut tx, delivery).await?.ok_or(EndpointError::NotFound)?;
    let found = sql::lock(&mut tx, endpoint).await?.ok_or(EndpointError::NotFound)?;
    if !found.view.enabled {
        return Err(EndpointError::Disabled);
    }
    sql_deliveries::ask_again(&mut tx, delivery).await?;
    let view = view(&mut tx, delivery).await?;
    tx.commit().await?;
    Ok(view)
}

/// Is there such a delivery? Asked before a body that cannot be read is complained about.
///
/// # Errors
/// [`EndpointError::NotFound`]; the database.
pub async fn may_replay(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    delivery: DeliveryId,
) -> Result<(), EndpointError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let found = sql_deliveries::endpoint_of(&mut tx, delivery).await?;
    tx.commit().await?;
    found.map(|_| ()).ok_or(EndpointError::NotFound)
}

/// Sends an endpoint a trial, whatever it wants to be told of.
///
/// # Errors
/// [`EndpointError::NotFound`], [`EndpointError::Disabled`], the idempotency key, the database.
pub async fn test_endpoint(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    endpoint: EndpointId,
    once: Option<&OnceKey>,
) -> Result<Answer, EndpointError> {
    let _under_way = once.map(|once| services.in_flight.enter(scope.organization().into(), &once.key)).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let found = sql::lock(&mut tx, endpoint).await?.ok_or(EndpointError::NotFound)?;
    if let Some(kept) = kept(&mut tx, once).await? {
        return Ok(kept);
    }
    if !found.view.enabled {
        return Err(EndpointError::Disabled);
    }
    let (event, delivery) = (services.new_id::<EventId>(), services.new_id::<DeliveryId>());
    sql_deliveries::insert_trial(&mut tx, endpoint, event, delivery).await?;
    let answer = Answer::of(202, "delivery", &view(&mut tx, delivery).await?);
    finish(tx, once, &answer).await?;
    Ok(answer)
}

async fn view(tx: &mut TenantTx, delivery: DeliveryId) -> Result<DeliveryView, EndpointError> {
    let mut found = sql_deliveries::delivery(tx, delivery).await?;
    sql_deliveries::fill_timelines(tx, &mut found).await?;
    found.pop().ok_or(EndpointError::NotFound)
}
