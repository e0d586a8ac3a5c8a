//! Webhooks: messages between installations that know each other by a shared secret.

pub mod inbound;
pub mod endpoints;
pub mod standard;
