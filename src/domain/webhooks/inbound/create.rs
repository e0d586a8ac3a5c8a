//! Making an inbound webhook.

use tenantry_kernel::{
    FieldError, ToolId,
    inbound::{CreatedInboundView, InboundRequest},
};

use super::{error::InboundError, finish, kept, rules, secret, sql};
use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
    dispatch::{self, ToolRef},
    idempotency::{Answer, OnceKey},
};

/// Makes an inbound webhook for the tenant. With an idempotency key the answer is kept without the secret.
///
/// # Errors
/// Fields out of bounds, a tool that is not there, [`InboundError::TooMany`], the idempotency key, the database.
pub async fn create(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    request: &InboundRequest,
    once: Option<&OnceKey>,
) -> Result<Answer, InboundError> {
    let wish = rules::parse_wish(request).map_err(InboundError::Invalid)?;
    let _under_way = once.map(|once| services.in_flight.enter(scope.organization().into(), &once.key)).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    // Who makes one at the same time waits here, in every process, so no two count the same last place.
    dispatch::line_up(&mut tx).await?;
    if let Some(kept) = kept(&mut tx, once).await? {
        return Ok(kept);
    }
    if sql::is_full(&mut tx).await? {
        return Err(InboundError::TooMany);
    }
    let tool = named(&mut tx, wish.tool.as_ref()).await?;
    let id = services.new_id();
    let secret = secret::of(scope.tenant(), id).make(services);
    let row = sql::insert(&mut tx, id, &wish, tool, &secret.sealed).await?;
    let shown = CreatedInboundView { webhook: row.view(&services.settings), secret: Some(secret.text) };
    let stored = CreatedInboundView { secret: None, ..shown.clone() };
    finish(tx, once, &Answer::whole(201, &stored)).await?;
    Ok(Answer::whole(201, &shown))
}

/// The tool that is named, by its id.
pub(super) async fn named(tx: &mut TenantTx, tool: Option<&ToolRef>) -> Result<Option<ToolId>, InboundError> {
    let Some(tool) = tool else { return Ok(None) };
    let missing = || FieldError::new("tool", "NOT_FOUND", "This workspace has no such tool.");
    Ok(Some(dispatch::tool_id(tx, tool).await?.ok_or_else(missing)?))
}
