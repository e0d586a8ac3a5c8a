//! Whether the database is there: what one request has found out, the next ones need not wait for.
//!
//! Without it a line of requests behind one lock would each wait out the time that one may wait, one after the other.
//! And a crowd is no outage: whoever waits in line behind others goes on waiting, unless somebody finds out more.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::PgPool;

use super::DbError;

/// How long nobody else tries after a request found no database. Short, so that a database that is back is found soon.
const REST: Duration = Duration::from_millis(500);

/// How long a request waits behind others.
const LONGEST_LINE: Duration = Duration::from_secs(15);

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
    /// Gets a connection out of a pool, or whatever begins with one. Whoever gets none finds the database away, whatever it
    /// said: that it is closed, that it is not there, that it knows no such role.
    ///
    /// # Errors
    /// [`DbError::Away`], at once while it is known that there is no database.
    pub async fn get<T, F>(&self, pool: &PgPool, attempt: impl Fn() -> F) -> Result<T, DbError>
    where
        F: Future<Output = Result<T, sqlx::Error>>,
    {
        let asked = Instant::now();
        loop {
            let found = self.found();
            if found.missed.is_some_and(|missed| missed.elapsed() < REST) {
                return Err(DbError::Away(sqlx::Error::PoolTimedOut));
            }
            match attempt().await {
                Ok(got) => {
                    self.note(Found { missed: None, met: Some(Instant::now()) });
                    return Ok(got);
                }
                Err(error @ sqlx::Error::PoolTimedOut) if pool.size() == 0 => {
                    self.note(Found { missed: Some(Instant::now()), ..found });
                    return Err(DbError::Away(error));
                }
                // The pool is busy.
                Err(sqlx::Error::PoolTimedOut) if asked.elapsed() < LONGEST_LINE => {}
                Err(error) => return Err(DbError::Away(error)),
            }
        }
    }

    /// Notes that the database has said nothing to somebody since then, nor to anybody who came later.
    pub fn silent(&self, since: Instant) -> DbError {
        let found = self.found();
        if found.met.is_none_or(|met| met <= since) {
            self.note(Found { missed: Some(Instant::now()), ..found });
        }
        DbError::Away(sqlx::Error::PoolTimedOut)
    }

    fn found(&self) -> Found {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, found: Found) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}
