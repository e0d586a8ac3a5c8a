//! Looking at tools.

use tenantry_kernel::{
    ToolId,
    dispatch::ToolView,
    page::{Limit, Page},
};

use super::{error::DispatchError, rules::ToolRef, sql_jobs};
use crate::{
    Services,
    access::{TenantScope, permit::ToolRead},
    db::TenantTx,
};

/// A page of the tenant's tools, by name.
///
/// # Errors
/// When the database is away.
pub async fn tools(
    services: &Services,
    scope: &TenantScope<ToolRead>,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<ToolView>, DispatchError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let tools = sql_jobs::tools(&mut tx, cursor, limit).await?;
    tx.commit().await?;
    Ok(Page::from_surplus(tools, limit, |tool| tool.name.clone()))
}

/// A tool.
///
/// # Errors
/// [`DispatchError::NotFound`]; the database.
pub async fn tool(services: &Services, scope: &TenantScope<ToolRead>, tool: ToolId) -> Result<ToolView, DispatchError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let view = sql_jobs::tool(&mut tx, &ToolRef::Id(tool)).await?;
    tx.commit().await?;
    view.ok_or(DispatchError::NotFound)
}
