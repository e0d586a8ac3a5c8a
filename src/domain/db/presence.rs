//! Whether the database is there: what one request has found out, the next ones need not wait for.
//!
//! Without it a line of requests behind one lock would each wait out the time that one may wait, one after the other.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::PgPool;

use super::DbError;

/// How long nobody else tries after a request found no database. Short, so that a database that is back is found soon.
const REST: Duration = Duration::from_millis(500);

/// When somebody last found no database.
#[derive(Clone, Debug, Default)]
pub(super) struct Presence(Arc<Mutex<Option<Instant>>>);

impl Presence {
    /// Refuses at once while it is known that there is no database.
    pub fn check(&self) -> Result<(), DbError> {
        let missed = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match missed {
            Some(missed) if missed.elapsed() < REST => Err(DbError::Away(sqlx::Error::PoolTimedOut)),
            _ => Ok(()),
        }
    }

    /// Notes how getting a connection went. A pool that timed out with connections open is busy, not away.
    pub fn note<T>(&self, pool: &PgPool, outcome: Result<T, sqlx::Error>) -> Result<T, DbError> {
        let missed = match &outcome {
            Ok(_) => None,
            Err(sqlx::Error::PoolTimedOut) if pool.size() == 0 => Some(Instant::now()),
            Err(_) => return Ok(outcome?),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = missed;
        Ok(outcome?)
    }
}
