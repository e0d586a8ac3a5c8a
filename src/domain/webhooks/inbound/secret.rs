//! Secrets of inbound webhooks: made, sealed for their place, and opened there to check signatures.

use tenantry_kernel::{InboundId, TenantId};

use crate::{Services, keyring::Place, webhooks::standard::Secret};

/// Where a secret lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The one that counts.
    Current,
    /// The one before the last rotation.
    Previous,
}

const fn place(tenant: TenantId, webhook: InboundId, column: Column) -> Place<'static> {
    let column = match column {
        Column::Current => "secret",
        Column::Previous => "previous_secret",
    };
    Place { table: "directory.inbound_webhooks", column, row: webhook.uuid(), owner: tenant.uuid() }
}

/// A secret that was just made: how it is shown, once, and how it is kept.
pub(super) struct Made {
    /// `whsec_` and base64.
    pub text: String,
    pub sealed: Vec<u8>,
}

/// Makes a secret of 32 random bytes.
pub(super) fn make(services: &Services, tenant: TenantId, webhook: InboundId) -> Made {
    let bytes: [u8; 32] = services.entropy.bytes();
    let sealed = services.keyring.seal(services.entropy, place(tenant, webhook, Column::Current), &bytes);
    Made { text: Secret::from(bytes.to_vec()).text(), sealed }
}

/// Opens a secret; `None` where it was sealed with another installation's secret.
pub(super) fn open(
    services: &Services,
    tenant: TenantId,
    webhook: InboundId,
    column: Column,
    sealed: &[u8],
) -> Option<Secret> {
    services.keyring.open(place(tenant, webhook, column), sealed).map(Secret::from)
}

/// The secret that counted until now, sealed anew as the one before; `None` where it cannot be opened, since then it has
/// let nobody in.
pub(super) fn retire(services: &Services, tenant: TenantId, webhook: InboundId, sealed: &[u8]) -> Option<Vec<u8>> {
    let secret = open(services, tenant, webhook, Column::Current, sealed)?;
    Some(services.keyring.seal(services.entropy, place(tenant, webhook, Column::Previous), secret.bytes()))
}
