//! Webhooks: who is told what happens here.

pub mod endpoints;
mod page;

pub use endpoints::EndpointPage;
pub use page::WebhooksPage;
