//! Making an endpoint.

use tenantry_kernel::{endpoint::CreatedEndpointView, requests::EndpointRequest};

use super::{error::EndpointError, finish, kept, rules, secret, sql};
use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
    idempotency::{Answer, OnceKey},
};

/// Makes an endpoint of the tenant; it is told what happens from now on. With an idempotency key the answer is kept without
/// the secret.
///
/// # Errors
/// Fields out of bounds, [`EndpointError::TooMany`], the idempotency key, the database.
pub async fn create_endpoint(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    request: &EndpointRequest,
    once: Option<&OnceKey>,
) -> Result<Answer, EndpointError> {
    let wish = rules::parse_wish(&services.outbound, request).map_err(EndpointError::Invalid)?;
    let _under_way = once.map(|once| services.in_flight.enter(scope.organization().into(), &once.key)).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    // Who makes one at the same time waits here, in every process: so a repeat finds its answer, and no two count the same
    // last place.
    sql::hold_tenant(&mut tx).await?;
    if let Some(kept) = kept(&mut tx, once).await? {
        return Ok(kept);
    }
    if sql::is_full(&mut tx).await? {
        return Err(EndpointError::TooMany);
    }
    let id = services.new_id();
    let secret = secret::of(scope.tenant(), id).make(services);
    let endpoint = sql::insert(&mut tx, id, &wish, &secret.sealed).await?;
    let shown = CreatedEndpointView { endpoint, secret: Some(secret.text) };
    let stored = CreatedEndpointView { secret: None, ..shown.clone() };
    finish(tx, once, &Answer::whole(201, &stored)).await?;
    Ok(Answer::whole(201, &shown))
}
