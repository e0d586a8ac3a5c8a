//! Removing an endpoint.

use tenantry_kernel::EndpointId;

use super::{error::EndpointError, sql};
use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
};

/// Removes an endpoint, and with it what waits for it and what became of its messages.
///
/// # Errors
/// [`EndpointError::NotFound`], also for one that is removed already; the database.
pub async fn remove_endpoint(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    endpoint: EndpointId,
) -> Result<(), EndpointError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    if !sql::remove(&mut tx, endpoint).await? {
        return Err(EndpointError::NotFound);
    }
    Ok(tx.commit().await?)
}
