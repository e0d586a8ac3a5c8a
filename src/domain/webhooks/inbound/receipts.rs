//! Receipts: what has come by a webhook, and what became of it.

use tenantry_kernel::{
    InboundId, ReceiptId,
    inbound::ReceiptView,
    page::{Limit, Page},
};

use super::{error::InboundError, rules, sql_receipts};
use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
};

/// A page of a webhook's receipts, newest first. What this server has turned away until now is among them; what others have,
/// a second later.
///
/// # Errors
/// [`InboundError::NotFound`], a cursor that is none; the database.
pub async fn receipts(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    webhook: InboundId,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<ReceiptView>, InboundError> {
    services.hooks.tallies.settle(services, scope.organization()).await?;
    let before = cursor.map(rules::parse_receipt_cursor).transpose();
    let mut tx = TenantTx::open(&services.db, scope).await?;
    // That there is no such webhook is told before what is wrong with the cursor.
    let found = sql_receipts::receipts(&mut tx, webhook, before.as_ref().copied().unwrap_or_default(), limit).await?;
    tx.commit().await?;
    let found = found.ok_or(InboundError::NotFound)?;
    before?;
    Ok(Page::from_surplus(found, limit, |receipt| receipt.id.to_string()))
}

/// The whole body of a message that became no job, byte for byte; of those the newest 100 of a webhook are kept.
///
/// # Errors
/// [`InboundError::NotFound`]; the database.
pub async fn receipt_body(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    receipt: ReceiptId,
) -> Result<Vec<u8>, InboundError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let body = sql_receipts::body(&mut tx, receipt).await?;
    tx.commit().await?;
    body.ok_or(InboundError::NotFound)
}
