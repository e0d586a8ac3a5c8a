//! Whose the secrets of endpoints are.

use tenantry_kernel::{EndpointId, TenantId};

use crate::webhooks::sealed::Holder;

/// The row that holds them.
pub(super) const fn of(tenant: TenantId, id: EndpointId) -> Holder {
    Holder { table: "org.endpoints", row: id.uuid(), tenant }
}
