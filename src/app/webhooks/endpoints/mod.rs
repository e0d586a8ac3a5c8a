//! Endpoints: where a workspace's own systems are told what happens. Made, tried, changed, given another secret and deleted
//! here; the secret that signs their messages is shown once, and what became of each message can be looked at.

pub mod api;
mod create;
mod deliveries;
mod edit;
mod endpoint_page;
mod fields;
mod list;
mod remove;
mod rotate;
#[cfg(feature = "ssr")]
mod said;
mod section;
#[cfg(feature = "ssr")]
mod server;
mod switch;
mod trial;
mod words;

pub use endpoint_page::EndpointPage;
pub use section::OutboundSection;
