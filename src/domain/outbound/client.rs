//! How the HTTP client is made: once, when something is called for the first time.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{Certificate, Client, redirect::Policy};
use url::Url;

use super::{error::OutboundError, lookup::Judging};

/// How long finding an address and connecting to it may take, TLS included.
const CONNECT: Duration = Duration::from_secs(10);

/// Connections to one host that wait for its next call.
const IDLE: usize = 8;

/// How long they wait: less than servers do, so that few calls meet a connection that is being closed.
const IDLE_FOR: Duration = Duration::from_secs(30);

/// Who we say we are.
const USER_AGENT: &str = concat!("Tenantry/", env!("CARGO_PKG_VERSION"));

/// The client, once it is made.
pub(super) struct Clients {
    judging: Judging,
    made: OnceLock<Option<Made>>,
}

struct Made {
    client: Client,
    /// Whether it knows whom to trust.
    has_roots: bool,
}

impl Clients {
    pub(super) fn over(judging: Judging) -> Self {
        Self { judging, made: OnceLock::new() }
    }

    /// The client for a URL.
    pub(super) fn of(&self, url: &Url) -> Result<&Client, OutboundError> {
        match self.made.get_or_init(|| make(&self.judging)) {
            Some(made) if made.has_roots || url.scheme() == "http" => Ok(&made.client),
            _ => Err(OutboundError::NoRoots),
        }
    }
}

/// Makes it; on a machine without root certificates one that calls http alone.
fn make(judging: &Judging) -> Option<Made> {
    match builder(judging).build() {
        Ok(client) => Some(Made { client, has_roots: true }),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "This machine has no root certificates, so nothing is called over https. Install them (ca-certificates) \
                 and start the server again."
            );
            let client = builder(judging).tls_certs_only(std::iter::empty::<Certificate>()).build().ok()?;
            Some(Made { client, has_roots: false })
        }
    }
}

fn builder(judging: &Judging) -> reqwest::ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .dns_resolver(Arc::new(judging.clone()))
        .redirect(Policy::none())
        // A proxy would find the name once more, and connect to whatever it finds.
        .no_proxy()
        .referer(false)
        // Whether something is asked twice is the caller's to decide.
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(IDLE)
        .pool_idle_timeout(IDLE_FOR)
}
