//! Giving a tool another secret.

use tenantry_kernel::{
    ToolId,
    tool::{PreviousSecretView, RotatedToolView},
};

use super::{
    error::{ToolError, Untouchable},
    finish, kept, rules, secret, sql,
};
use crate::{
    Services,
    access::{TenantScope, permit::ToolManage},
    db::TenantTx,
    idempotency::{Answer, OnceKey},
};

/// Gives a tool another secret. For a day its jobs are signed with both, so that a receiver may learn the new one in its
/// own time; a secret that was replaced before ends at once.
///
/// # Errors
/// [`ToolError::NotFound`], [`ToolError::Builtin`], the idempotency key, the database.
pub async fn rotate_tool(
    services: &Services,
    scope: &TenantScope<ToolManage>,
    tool: ToolId,
    once: Option<&OnceKey>,
) -> Result<Answer, ToolError> {
    let _under_way = once.map(|once| services.in_flight.enter(scope.organization().into(), &once.key)).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    if let Some(kept) = kept(&mut tx, once).await? {
        return Ok(kept);
    }
    let found = sql::lock(&mut tx, tool).await?.ok_or(ToolError::NotFound)?;
    rules::may(&found.view, Untouchable::Secret)?;
    let previous = found.secret.and_then(|sealed| secret::of(scope.tenant(), tool).retire(services, &sealed));
    let secret = secret::of(scope.tenant(), tool).make(services);
    let expires_at = sql::rotate(&mut tx, tool, &secret.sealed, previous.as_deref()).await?;
    let previous = PreviousSecretView { expires_at };
    let shown = RotatedToolView { tool: found.view, secret: Some(secret.text), previous };
    let stored = RotatedToolView { secret: None, ..shown.clone() };
    finish(tx, once, &Answer::whole(201, &stored)).await?;
    Ok(Answer::whole(201, &shown))
}
