//! Whose the secrets of tools are.

use tenantry_kernel::{TenantId, ToolId};

use crate::webhooks::sealed::Holder;

/// The row that holds them.
pub(in crate::dispatch) const fn of(tenant: TenantId, id: ToolId) -> Holder {
    Holder { table: "tenant.tools", row: id.uuid(), tenant }
}
