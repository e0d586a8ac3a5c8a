//! Giving an inbound webhook another secret.

use tenantry_kernel::{
    InboundId,
    inbound::{PreviousSecretView, RotateInbound, RotatedInboundView},
};

use super::{error::InboundError, finish, kept, rules, secret, sql};
use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
    idempotency::{Answer, OnceKey},
};

/// Gives an inbound webhook another secret. For the grace both are good, so that a sender may learn the new one in its own
/// time; a secret that was replaced before ends at once.
///
/// # Errors
/// [`InboundError::NotFound`], a grace out of bounds, the idempotency key, the database.
pub async fn rotate(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    webhook: InboundId,
    request: RotateInbound,
    once: Option<&OnceKey>,
) -> Result<Answer, InboundError> {
    let _under_way = once.map(|once| services.in_flight.enter(scope.organization().into(), &once.key)).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    if let Some(kept) = kept(&mut tx, once).await? {
        return Ok(kept);
    }
    // That there is no such webhook is told before what is wrong with the fields.
    let before = sql::lock(&mut tx, webhook).await?.ok_or(InboundError::NotFound)?;
    let grace = rules::parse_grace(request)?;
    let previous = secret::of(scope.tenant(), webhook).retire(services, &before.secret);
    let made = secret::of(scope.tenant(), webhook).make(services);
    let (row, expires_at) = sql::rotate(&mut tx, webhook, &made.sealed, previous.as_deref(), grace).await?;
    let webhook = row.view(&services.settings);
    let previous = PreviousSecretView { expires_at };
    let shown = RotatedInboundView { webhook, secret: Some(made.text), previous };
    let stored = RotatedInboundView { secret: None, ..shown.clone() };
    finish(tx, once, &Answer::whole(201, &stored)).await?;
    services.memory.forget(scope.organization());
    Ok(Answer::whole(201, &shown))
}
