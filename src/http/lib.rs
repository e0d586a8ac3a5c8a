//! What HTTP adds to the domain: routes, guards, problem+json, the OpenAPI document and the site's files.
//!
//! Data flows one way: a guard turns a request into a scope, a verb of the domain decides, and what comes back is a word
//! of the kernel. No rule lives here.

pub mod body;
pub mod cookie;
pub mod doors;
pub mod guard;
pub mod layers;
pub mod openapi;
pub mod problem;
pub mod rest;
pub mod router;
pub mod server;
pub mod site;
pub mod verify;

use std::sync::Arc;

use site::Site;
use tenantry_domain::Services;

/// What every handler may use.
#[derive(Clone)]
pub struct App {
    /// The domain's services.
    pub services: Services,
    /// The site's files.
    pub site: Arc<Site>,
}
