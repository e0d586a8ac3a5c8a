//! Changing an endpoint.

use tenantry_kernel::{
    EndpointId,
    endpoint::{DisabledReason, EndpointView},
    requests::EndpointChange,
};

use super::{error::EndpointError, rules, sql};
use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
};

/// Changes an endpoint: what the request leaves out stays. What waits is sent to the address that holds when its turn comes;
/// where the endpoint is switched off, what waits is dropped.
///
/// # Errors
/// Fields out of bounds, [`EndpointError::NotFound`]; the database.
pub async fn change_endpoint(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    endpoint: EndpointId,
    request: &EndpointChange,
) -> Result<EndpointView, EndpointError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    // That there is no such endpoint is told before what is wrong with the fields.
    let before = sql::lock(&mut tx, endpoint).await?.ok_or(EndpointError::NotFound)?.view;
    let change = rules::parse_change(&services.outbound, request).map_err(EndpointError::Invalid)?;
    sql::change(&mut tx, endpoint, &change).await?;
    match change.enabled {
        Some(true) if !before.enabled => sql::enable(&mut tx, endpoint).await?,
        Some(false) if before.enabled => sql::disable(&mut tx, endpoint, DisabledReason::ByHand).await?,
        _ => {}
    }
    let after = sql::endpoint(&mut tx, endpoint).await?.ok_or(EndpointError::NotFound)?;
    tx.commit().await?;
    Ok(after)
}

/// Is there such an endpoint? Asked before a body that cannot be read is complained about.
///
/// # Errors
/// [`EndpointError::NotFound`]; the database.
pub async fn may_change_endpoint(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    endpoint: EndpointId,
) -> Result<(), EndpointError> {
    super::endpoint(services, scope, endpoint).await.map(|_| ())
}
