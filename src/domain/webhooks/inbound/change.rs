//! Changing an inbound webhook.

use tenantry_kernel::{
    InboundId,
    inbound::{InboundChange, InboundView},
};

use super::{create::named, error::InboundError, rules, sql};
use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
};

/// Changes an inbound webhook: what the request leaves out stays. It counts at once on this server and within a second on
/// every other.
///
/// # Errors
/// Fields out of bounds, a tool that is not there, [`InboundError::NotFound`]; the database.
pub async fn change(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    webhook: InboundId,
    request: &InboundChange,
) -> Result<InboundView, InboundError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    // That there is no such webhook is told before what is wrong with the fields.
    let before = sql::lock(&mut tx, webhook).await?.ok_or(InboundError::NotFound)?;
    let change = rules::parse_change(request).map_err(InboundError::Invalid)?;
    let tool = match &change.tool {
        Some(tool) => named(&mut tx, tool.as_ref()).await?,
        None => before.tool,
    };
    let name = change.name.unwrap_or(before.name);
    let allowlist = change.allowlist.unwrap_or(before.allowlist);
    let row = sql::change(&mut tx, webhook, &name, &allowlist, tool).await?;
    tx.commit().await?;
    services.memory.forget(scope.organization());
    Ok(row.view(&services.settings))
}

/// Is there such a webhook? Asked before a body that cannot be read is complained about.
///
/// # Errors
/// [`InboundError::NotFound`]; the database.
pub async fn may_change(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    webhook: InboundId,
) -> Result<(), InboundError> {
    super::webhook(services, scope, webhook).await.map(|_| ())
}
