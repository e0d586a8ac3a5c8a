//! What every component may ask: how the page began, where one is, what one may do there, what may be dispatched.

mod dispatch;
mod flash;
mod start;
mod tenant;

pub use dispatch::{TenantDispatch, use_tenant_dispatch};
pub use flash::{Flash, Flashed};
pub use start::{Home, ORGANIZATIONS_AT_START, OrganizationRow, Session, Start, at_main_host, use_session, use_start};
pub use tenant::{TenantContext, TenantField, use_tenant};
