//! Webhooks: inbound ones bring messages of services elsewhere, endpoints are told what happens here.

pub mod deliveries;
pub mod endpoints;
pub mod inbound;
