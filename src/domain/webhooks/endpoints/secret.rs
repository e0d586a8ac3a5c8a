//! Secrets of endpoints: made, sealed for their place, and opened there to sign.

use tenantry_kernel::{EndpointId, TenantId};

use crate::{Services, keyring::Place, webhooks::standard::Secret};

/// Where a secret lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The one that counts.
    Current,
    /// The one before the last rotation.
    Previous,
}

/// The place for which an endpoint's secret is sealed.
const fn place(tenant: TenantId, endpoint: EndpointId, column: Column) -> Place<'static> {
    let column = match column {
        Column::Current => "secret",
        Column::Previous => "previous_secret",
    };
    Place { table: "org.endpoints", column, row: endpoint.uuid(), owner: tenant.uuid() }
}

/// A secret that was just made: how it is shown, once, and how it is kept.
pub(super) struct Made {
    /// As Standard Webhooks write it.
    pub text: String,
    pub sealed: Vec<u8>,
}

/// Makes a secret of 32 random bytes.
pub(super) fn make(services: &Services, tenant: TenantId, endpoint: EndpointId) -> Made {
    let bytes: [u8; 32] = services.entropy.bytes();
    let sealed = services.keyring.seal(services.entropy, place(tenant, endpoint, Column::Current), &bytes);
    Made { text: Secret::from(bytes.to_vec()).text(), sealed }
}

/// Opens a secret; `None` where it was sealed with another installation's secret.
pub(super) fn open(
    services: &Services,
    tenant: TenantId,
    endpoint: EndpointId,
    column: Column,
    sealed: &[u8],
) -> Option<Secret> {
    services.keyring.open(place(tenant, endpoint, column), sealed).map(Secret::from)
}

/// The secret that counted until now, sealed anew as the one before; `None` where it cannot be opened, since then it has
/// signed nothing.
pub(super) fn retire(services: &Services, tenant: TenantId, endpoint: EndpointId, sealed: &[u8]) -> Option<Vec<u8>> {
    let secret = open(services, tenant, endpoint, Column::Current, sealed)?;
    Some(services.keyring.seal(services.entropy, place(tenant, endpoint, Column::Previous), secret.bytes()))
}
