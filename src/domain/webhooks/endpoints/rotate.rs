//! Giving an endpoint another secret.

use tenantry_kernel::{EndpointId, endpoint::RotatedEndpointView, tool::PreviousSecretView};

use super::{error::EndpointError, finish, kept, secret, sql};
use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
    idempotency::{Answer, OnceKey},
};

/// Gives an endpoint another secret. For a day its messages are signed with both, so that a receiver may learn the new one
/// in its own time; a secret that was replaced before ends at once.
///
/// # Errors
/// [`EndpointError::NotFound`], the idempotency key, the database.
pub async fn rotate_endpoint(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    endpoint: EndpointId,
    once: Option<&OnceKey>,
) -> Result<Answer, EndpointError> {
    let _under_way = once.map(|once| services.in_flight.enter(scope.organization().into(), &once.key)).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    // Held before the answer is looked for: a repeat in another process waits here, and finds it.
    let found = sql::lock(&mut tx, endpoint).await?.ok_or(EndpointError::NotFound)?;
    if let Some(kept) = kept(&mut tx, once).await? {
        return Ok(kept);
    }
    let previous = secret::of(scope.tenant(), endpoint).retire(services, &found.secret);
    let secret = secret::of(scope.tenant(), endpoint).make(services);
    let expires_at = sql::rotate(&mut tx, endpoint, &secret.sealed, previous.as_deref()).await?;
    let previous = PreviousSecretView { expires_at };
    let shown = RotatedEndpointView { endpoint: found.view, secret: Some(secret.text), previous };
    let stored = RotatedEndpointView { secret: None, ..shown.clone() };
    finish(tx, once, &Answer::whole(201, &stored)).await?;
    Ok(Answer::whole(201, &shown))
}
