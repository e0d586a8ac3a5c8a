//! When sessions were used last, and from where: noted in memory and written together, so that looking at a page writes nothing
//! by itself. What a crash loses is a second of it.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use tenantry_kernel::SessionId;

use super::sql::FoundSession;
use crate::{
    Services,
    accounts::session,
    db::{DbError, apart},
};

/// A session's last use is written this often at most: it tells a device's owner enough.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(5);

/// How long what was noted waits for others.
const WRITE_AFTER: Duration = Duration::from_secs(1);

/// What this process has noted.
#[derive(Clone, Default)]
pub struct Sightings(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    sessions: HashMap<SessionId, Option<IpAddr>>,
    is_tended: bool,
}

impl std::fmt::Debug for Sightings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sightings").finish_non_exhaustive()
    }
}

impl Sightings {
    /// Notes a session that was found, if it was not noted for a while.
    pub(super) fn seen(&self, services: &Services, found: &FoundSession, from: Option<IpAddr>) {
        if services.clock.now() - found.last_seen_at > SEEN_EVERY {
            self.note(services, found.session, from);
        }
    }

    /// Notes that a session was used.
    pub(crate) fn note(&self, services: &Services, session: SessionId, from: Option<IpAddr>) {
        let mut noted = self.lock();
        let known = noted.sessions.entry(session).or_default();
        *known = from.or(*known);
        if std::mem::replace(&mut noted.is_tended, true) {
            return;
        }
        let services = services.clone();
        tokio::spawn(async move {
            tokio::time::sleep(WRITE_AFTER).await;
            services.sightings.lock().is_tended = false;
            if let Err(error) = services.sightings.settle(&services).await {
                // Whoever is still there is noted anew with the next request.
                tracing::warn!(%error, "When sessions were used last could not be written.");
            }
        });
    }

    /// Writes what was noted, so that what is read next is right.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn settle(&self, services: &Services) -> Result<(), DbError> {
        let noted: Vec<_> = self.lock().sessions.drain().collect();
        if noted.is_empty() {
            return Ok(());
        }
        let db = services.db.clone();
        apart(async move { session::seen(&mut *db.platform().await?, &noted).await }).await
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
