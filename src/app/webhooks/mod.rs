//! Webhooks: messages between the workspace and services elsewhere. What services send comes in by webhooks that are made,
//! looked at, given another secret and deleted here; the secret that signs is shown once. Who is told what happens here is
//! [`endpoints`]' concern.

pub mod api;
mod create;
mod edit;
pub mod endpoints;
mod fields;
mod hook_page;
mod inbound;
mod page;
mod receipts;
mod remove;
mod rotate;
#[cfg(feature = "ssr")]
mod server;
#[cfg(feature = "ssr")]
mod told;
mod words;

pub use endpoints::EndpointPage;
pub use hook_page::InboundPage;
pub use page::WebhooksPage;
