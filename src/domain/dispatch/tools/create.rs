//! Making a tool that lives elsewhere.

use tenantry_kernel::{requests::ToolRequest, tool::CreatedToolView};

use super::{super::sql::lock_gate, error::ToolError, finish, kept, rules, secret, sql};
use crate::{
    Services,
    access::{TenantScope, permit::ToolManage},
    db::TenantTx,
    idempotency::{Answer, OnceKey},
};

/// Would a tool be taken that is like this? Asked where it is made later.
///
/// # Errors
/// Fields out of bounds.
pub fn check_tool(services: &Services, request: &ToolRequest) -> Result<(), ToolError> {
    rules::parse_wish(&services.outbound, request).map(|_| ()).map_err(ToolError::Invalid)
}

/// Makes a tool for the tenant. With an idempotency key the answer is kept without the secret.
///
/// # Errors
/// Fields out of bounds, [`ToolError::NameTaken`], [`ToolError::TooMany`], the idempotency key, the database.
pub async fn create_tool(
    services: &Services,
    scope: &TenantScope<ToolManage>,
    request: &ToolRequest,
    once: Option<&OnceKey>,
) -> Result<Answer, ToolError> {
    let wish = rules::parse_wish(&services.outbound, request).map_err(ToolError::Invalid)?;
    let _under_way = once.map(|once| services.in_flight.enter(scope.organization().into(), &once.key)).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    // Who makes one at the same time waits here, in every process: so a repeat finds its answer rather than its own
    // name taken, and no two count the same last place.
    lock_gate(&mut tx).await?;
    if let Some(kept) = kept(&mut tx, once).await? {
        return Ok(kept);
    }
    if sql::is_full(&mut tx).await? {
        return Err(ToolError::TooMany);
    }
    let id = services.new_id();
    let secret = secret::of(scope.tenant(), id).make(services);
    let tool = sql::insert(&mut tx, id, &wish, &secret.sealed).await?;
    let shown = CreatedToolView { tool, secret: Some(secret.text) };
    let stored = CreatedToolView { secret: None, ..shown.clone() };
    finish(tx, once, &Answer::whole(201, &stored)).await?;
    services.floor.tools_changed(scope.organization());
    Ok(Answer::whole(201, &shown))
}
