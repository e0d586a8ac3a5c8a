//! What every component may ask: how the page began, where one is, what one may do there, what may be dispatched.

mod dispatch;
mod flash;
mod hearing;
mod live;
mod start;
mod tabs;
mod tenant;
mod upgrade;

pub use dispatch::{Refusal, TenantDispatch, use_tenant_dispatch};
pub use flash::{Flash, Flashed, TakenOver};
pub use live::{Connection, Standstill, close_stream};
pub use start::{Home, ORGANIZATIONS_AT_START, OrganizationRow, Session, Start, at_main_host, use_session, use_start};
pub use tabs::{Elsewhere, Tabs};
pub use tenant::{TenantContext, TenantField, use_tenant};
pub use upgrade::{Need, Upgrade};
