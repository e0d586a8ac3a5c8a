//! Whose the secrets of inbound webhooks are.

use tenantry_kernel::{InboundId, TenantId};

use crate::webhooks::sealed::Holder;

/// The row that holds them.
pub(super) const fn of(tenant: TenantId, id: InboundId) -> Holder {
    Holder { table: "directory.inbound_webhooks", row: id.uuid(), tenant }
}
