//! Tools: looked at, made, changed, given another secret and removed. What runs them is elsewhere.
//!
//! A tool that lives elsewhere has a secret that signs its jobs. It is shown once and lies sealed in the database, because
//! whoever signs needs it again: a hash would not do.

mod change;
mod create;
mod cursor;
mod error;
mod remove;
mod rotate;
mod rules;
pub(super) mod secret;
mod sql;

use tenantry_kernel::{
    ToolId,
    dispatch::ToolView,
    page::{Limit, Page},
};

pub use change::{change_tool, may_change_tool};
pub use create::{check_tool, create_tool};
pub use error::ToolError;
pub use remove::remove_tool;
pub use rotate::rotate_tool;

use super::{error::DispatchError, rules::ToolRef};
use crate::{
    Services,
    access::{TenantScope, permit::ToolRead},
    db::TenantTx,
    idempotency::{self, Answer, OnceError, OnceKey},
};

/// A page of the tenant's tools, by name.
///
/// # Errors
/// A cursor that is none; the database.
pub async fn tools(
    services: &Services,
    scope: &TenantScope<ToolRead>,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<ToolView>, DispatchError> {
    let after = cursor.map(cursor::parse).transpose().map_err(|error| DispatchError::Invalid(vec![error]))?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let tools = sql::tools(&mut tx, after.as_deref(), limit).await?;
    tx.commit().await?;
    Ok(Page::from_surplus(tools, limit, |tool| cursor::after(&tool.name)))
}

/// A tool.
///
/// # Errors
/// [`DispatchError::NotFound`]; the database.
pub async fn tool(services: &Services, scope: &TenantScope<ToolRead>, tool: ToolId) -> Result<ToolView, DispatchError> {
    find(services, scope, &ToolRef::Id(tool)).await
}

/// A tool by its name or id, for whoever types one.
///
/// # Errors
/// [`DispatchError::NotFound`]; the database.
pub async fn find_tool(
    services: &Services,
    scope: &TenantScope<ToolRead>,
    text: &str,
) -> Result<ToolView, DispatchError> {
    let tool = ToolRef::parse("tool", text).map_err(|_| DispatchError::NotFound)?;
    find(services, scope, &tool).await
}

async fn find(services: &Services, scope: &TenantScope<ToolRead>, tool: &ToolRef) -> Result<ToolView, DispatchError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let view = sql::tool(&mut tx, tool).await?;
    tx.commit().await?;
    view.ok_or(DispatchError::NotFound)
}

async fn kept(tx: &mut TenantTx, once: Option<&OnceKey>) -> Result<Option<Answer>, ToolError> {
    let Some(once) = once else { return Ok(None) };
    let kept = idempotency::kept_answer(tx, &once.key).await?;
    Ok(kept.map(|kept| kept.answer(once)).transpose()?)
}

/// Keeps what a repeat is answered, and commits.
async fn finish(mut tx: TenantTx, once: Option<&OnceKey>, stored: &Answer) -> Result<(), ToolError> {
    if let Some(once) = once
        && !idempotency::keep_answer(&mut tx, once, stored).await?
    {
        // Another process has just made it; the repeat will find its answer.
        return Err(OnceError::InFlight.into());
    }
    Ok(tx.commit().await?)
}
