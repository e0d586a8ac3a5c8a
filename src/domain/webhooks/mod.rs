//! Webhooks: messages between installations that know each other by a shared secret.

pub mod endpoints;
pub mod inbound;
pub(crate) mod sealed;
pub mod standard;
