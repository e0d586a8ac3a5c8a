//! Changing a tool.

use tenantry_kernel::{ToolId, dispatch::ToolView, requests::ToolChange};

use super::{error::ToolError, rules, sql};
use crate::{
    Services,
    access::{TenantScope, permit::ToolManage},
    db::TenantTx,
};

/// Changes a tool: what the request leaves out stays. Jobs that wait are run by what holds when their turn comes.
///
/// # Errors
/// Fields out of bounds, [`ToolError::NotFound`], [`ToolError::NameTaken`], [`ToolError::Builtin`]; the database.
pub async fn change_tool(
    services: &Services,
    scope: &TenantScope<ToolManage>,
    tool: ToolId,
    request: &ToolChange,
) -> Result<ToolView, ToolError> {
    let change = rules::parse_change(&services.outbound, request).map_err(ToolError::Invalid)?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let before = sql::lock(&mut tx, tool).await?.ok_or(ToolError::NotFound)?.view;
    let after = rules::changed(&before, change)?;
    if after != before {
        sql::change(&mut tx, &after).await?;
    }
    tx.commit().await?;
    services.floor.tools_changed(scope.organization());
    Ok(after)
}
