//! Removing a tool.

use tenantry_kernel::ToolId;

use super::{
    error::{ToolError, Untouchable},
    rules, sql,
};
use crate::{
    Services,
    access::{TenantScope, permit::ToolManage},
    db::TenantTx,
};

/// Removes a tool; its name may be given anew. Jobs of it that wait fail when their turn comes, what has ended stays.
///
/// # Errors
/// [`ToolError::NotFound`], also for one that is removed already; [`ToolError::Builtin`]; the database.
pub async fn remove_tool(services: &Services, scope: &TenantScope<ToolManage>, tool: ToolId) -> Result<(), ToolError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let found = sql::lock(&mut tx, tool).await?.ok_or(ToolError::NotFound)?;
    rules::may(&found.view, Untouchable::Existence)?;
    sql::remove(&mut tx, tool).await?;
    tx.commit().await?;
    services.floor.tools_changed(scope.organization());
    Ok(())
}
