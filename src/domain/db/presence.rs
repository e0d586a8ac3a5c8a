//! Whether the database is there: what one request has found out, the next ones need not wait for.
//!
//! Without it a line of requests would each wait out the time that one may wait, one after the other.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::DbError;

/// How long nobody else tries after a request found no database. Short, so that a database that is back is found soon.
const REST: Duration = Duration::from_millis(500);

/// What requests have found out lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Presence(Arc<Mutex<Found>>);

#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// When somebody last found no database.
    missed: Option<Instant>,
    /// When somebody last got a connection.
    met: Option<Instant>,
}

impl Presence {
    /// Refuses at once while it is known that there is no database.
    pub fn check(&self) -> Result<(), DbError> {
        match self.found().missed {
            Some(missed) if missed.elapsed() < REST => Err(DbError::Away(sqlx::Error::PoolTimedOut)),
            _ => Ok(()),
        }
    }

    /// Notes that somebody got a connection.
    pub fn met(&self) {
        self.note(Found { missed: None, met: Some(Instant::now()) });
    }

    /// Says whether anybody got a connection since then; if not, notes that there is no database.
    pub fn met_since(&self, then: Instant) -> bool {
        let found = self.found();
        let met = found.met.is_some_and(|met| met > then);
        if !met {
            self.note(Found { missed: Some(Instant::now()), ..found });
        }
        met
    }

    fn found(&self) -> Found {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, found: Found) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_nothing_speaks_for_all_unless_another_has_found_something() {
        let presence = Presence::default();
        let then = Instant::now();
        presence.met();
        assert!(presence.met_since(then));
        assert!(presence.check().is_ok());
        assert!(!presence.met_since(Instant::now() + REST));
        assert!(presence.check().is_err());
        presence.met();
        assert!(presence.check().is_ok());
    }
}
