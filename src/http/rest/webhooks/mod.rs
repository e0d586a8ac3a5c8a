//! Webhooks: inbound ones bring messages of services elsewhere.

pub mod inbound;
