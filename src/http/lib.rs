//! What HTTP adds to the domain: routes, guards, problem+json, the OpenAPI document and the site's files.
//!
//! Data flows one way: a guard turns a request into a scope, a verb of the domain decides, and what comes back is a word
//! of the kernel. No rule lives here.

pub mod body;
pub mod cookie;
pub mod doors;
pub mod guard;
pub mod hand_over;
pub mod layers;
pub mod openapi;
pub mod paths;
pub mod problem;
pub mod rest;
pub mod room;
pub mod router;
pub mod server;
pub mod site;
mod unread;
pub mod verify;
mod weight;

use std::{ops::Deref, sync::Arc};

use layers::RequestIds;
use room::Room;
use site::Site;
use tenantry_domain::Services;

/// What every handler may use. Each layer and handler has a handle of its own, so a handle is one pointer.
#[derive(Clone)]
pub struct App(Arc<Means>);

/// The means of an [`App`].
pub struct Means {
    /// The domain's services.
    pub services: Services,
    /// The site's files.
    pub site: Arc<Site>,
    /// Names for requests.
    pub requests: RequestIds,
    /// Room for their bodies.
    pub room: Room,
}

impl App {
    /// A server's.
    #[must_use]
    pub fn new(services: Services, site: Arc<Site>) -> Self {
        let requests = RequestIds::new(services.entropy);
        Self(Arc::new(Means { services, site, requests, room: Room::default() }))
    }
}

impl Deref for App {
    type Target = Means;

    fn deref(&self) -> &Means {
        &self.0
    }
}
