//! From a name to the addresses that are connected to: looked up once, all of them judged, and used as they were judged.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::sync::Semaphore;

use super::{address::is_public, error::OutboundError};

/// The addresses behind a name.
pub type Resolving = BoxFuture<'static, io::Result<Vec<IpAddr>>>;

/// A way of finding the addresses behind a name.
pub trait Resolve: Send + Sync {
    /// Looks a name up. Why it has failed is logged and not told to whoever named it.
    fn resolve(&self, name: String) -> Resolving;
}

/// Look-ups of the system that are under way at once. Each takes a thread until the system gives up, long after its caller
/// may have, and the same threads hash passwords.
const AT_ONCE: usize = 128;

/// The system's way: its hosts file, its name servers.
#[derive(Clone, Debug)]
pub struct System {
    room: Arc<Semaphore>,
}

impl Default for System {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Resolve for System {
    fn resolve(&self, name: String) -> Resolving {
        let room = Arc::clone(&self.room);
        async move {
            let permit = room.acquire_owned().await.map_err(io::Error::other)?;
            // In a task of its own, so that the permit is kept as long as the thread, also when the caller has left.
            let looking = tokio::spawn(async move {
                let _permit = permit;
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            });
            looking.await.map_err(io::Error::other)?
        }
        .boxed()
    }
}

/// Stands between the names and the HTTP client, which connects to nothing that has not come through here.
#[derive(Clone)]
pub(super) struct Judging {
    pub names: Arc<dyn Resolve>,
    pub loopback: bool,
}

impl Judging {
    async fn judged(self, host: String) -> Result<Vec<SocketAddr>, OutboundError> {
        let found = self.names.resolve(host.clone()).await.map_err(|error| {
            tracing::debug!(outbound.host = host, %error, "A name could not be found.");
            OutboundError::Unknown { host: host.clone() }
        })?;
        if found.is_empty() {
            return Err(OutboundError::Unknown { host });
        }
        // One that is not public among others is no oversight: whoever answers so hopes that it is the one taken.
        if !found.iter().all(|address| is_public(*address, self.loopback)) {
            return Err(OutboundError::Forbidden { host });
        }
        // The port is the URL's.
        Ok(found.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
    }
}

impl reqwest::dns::Resolve for Judging {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let judged = self.clone().judged(name.as_str().to_owned());
        Box::pin(async move {
            let addresses: reqwest::dns::Addrs = Box::new(judged.await?.into_iter());
            Ok(addresses)
        })
    }
}
