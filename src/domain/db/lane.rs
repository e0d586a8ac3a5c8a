//! A pool with a line before it, so that a crowd is no outage.
//!
//! A pool alone counts the time that one waits for others against the time in which a connection must answer: in a crowd
//! its patience ends in the middle of the check of a connection, which is then thrown away, until none is left. Here one
//! waits for a turn first, and only who has it asks the database.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::{
    Connection as _, PgConnection, PgPool, Postgres, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{DbError, presence::Presence};

/// How long a connection may take to answer. With it a request that finds no database is answered within two seconds.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1500);

/// How long a request waits behind others while the database serves them.
const LONGEST_LINE: Duration = Duration::from_secs(15);

/// The pool and its line.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pool: PgPool,
    line: Arc<Semaphore>,
}

/// Something that was got from the database, and the turn that it took.
#[derive(Debug)]
pub struct Turn<T> {
    // Before the turn: whoever comes next finds the connection on its way back.
    pub(super) got: T,
    _turn: OwnedSemaphorePermit,
}

impl Deref for Turn<PoolConnection<Postgres>> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.got
    }
}

impl DerefMut for Turn<PoolConnection<Postgres>> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.got
    }
}

impl Deref for Turn<Transaction<'static, Postgres>> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.got
    }
}

impl DerefMut for Turn<Transaction<'static, Postgres>> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.got
    }
}

impl Turn<Transaction<'static, Postgres>> {
    /// Makes it last.
    ///
    /// # Errors
    /// When the database is away; then nothing of it lasts, or the caller cannot know.
    pub(crate) async fn commit(self) -> Result<(), DbError> {
        Ok(self.got.commit().await?)
    }
}

impl Lane {
    /// A lane of so many connections, none of which is opened yet. One that comes back in the middle of a transaction is
    /// closed: what was set for it would otherwise be the next borrower's.
    pub fn new(options: PgConnectOptions, most: u32) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(most)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(true)
            .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_lazy_with(options);
        Self { pool, line: Arc::new(Semaphore::new(most as usize)) }
    }

    /// Waits for a turn, then asks the pool. Whoever gets no connection finds the database away, whatever it said: that it
    /// is closed, that it is not there, that it knows no such role.
    ///
    /// # Errors
    /// [`DbError::Away`], at once while it is known that there is no database.
    pub async fn get<T, F>(&self, presence: &Presence, ask: impl Fn(PgPool) -> F) -> Result<Turn<T>, DbError>
    where
        F: Future<Output = Result<T, sqlx::Error>>,
    {
        presence.check()?;
        let came = Instant::now();
        let turn = timeout(LONGEST_LINE, Arc::clone(&self.line).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(DbError::Away(sqlx::Error::PoolTimedOut)) };
        loop {
            presence.check()?;
            let asked = Instant::now();
            match ask(self.pool.clone()).await {
                Ok(got) => {
                    presence.met();
                    return Ok(Turn { got, _turn: turn });
                }
                // Others were served meanwhile, so the database is there and the machine is slow.
                Err(sqlx::Error::PoolTimedOut) if presence.met_since(asked) && came.elapsed() < LONGEST_LINE => {}
                Err(error) => return Err(DbError::Away(error)),
            }
        }
    }

    /// Closes the pool, waiting for what is under way.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
