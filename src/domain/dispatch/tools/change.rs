//! Changing a tool.

use tenantry_kernel::{ToolId, dispatch::ToolView, requests::ToolChange};

use super::{super::rules::ToolRef, error::ToolError, rules, sql};
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
    let mut tx = TenantTx::open(&services.db, scope).await?;
    // That there is no such tool is told before what is wrong with the fields.
    let before = sql::lock(&mut tx, tool).await?.ok_or(ToolError::NotFound)?.view;
    let change = rules::parse_change(&services.outbound, request).map_err(ToolError::Invalid)?;
    let after = rules::changed(&before, change)?;
    if after != before {
        sql::change(&mut tx, &after).await?;
    }
    tx.commit().await?;
    services.floor.tools_changed(scope.organization());
    Ok(after)
}

/// Is there such a tool? Asked before a body that cannot be read is complained about.
///
/// # Errors
/// [`ToolError::NotFound`]; the database.
pub async fn may_change_tool(
    services: &Services,
    scope: &TenantScope<ToolManage>,
    tool: ToolId,
) -> Result<(), ToolError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let found = sql::tool(&mut tx, &ToolRef::Id(tool)).await?;
    tx.commit().await?;
    found.map(|_| ()).ok_or(ToolError::NotFound)
}
