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

/// A time-out that comes this much too late says that this process, or its machine, stood still meanwhile.
const LATE: Duration = Duration::from_millis(250);

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
        let mut slept = false;
        loop {
            presence.check()?;
            let asked = Instant::now();
            match ask(self.pool.clone()).await {
                Ok(got) => {
                    presence.met();
                    return Ok(Turn { got, _turn: turn });
                }
                // The database had no time to answer: it is asked once more.
                Err(sqlx::Error::PoolTimedOut) if !slept && asked.elapsed() > ACQUIRE_TIMEOUT + LATE => slept = true,
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Asks a pool that times out each time after so long, so often; then it answers. Says what came of it, and how often it
    /// was asked.
    async fn asked(after: Duration, times: u32) -> (Result<(), DbError>, u32) {
        let (lane, presence) = (Lane::new(PgConnectOptions::new(), 1), Presence::default());
        let count = AtomicU32::new(0);
        let got = lane.get(&presence, |_| async {
            if count.fetch_add(1, Ordering::Relaxed) >= times {
                return Ok(());
            }
            tokio::time::sleep(after).await;
            Err(sqlx::Error::PoolTimedOut)
        });
        let got = got.await.map(|_| ());
        (got, count.into_inner())
    }

    #[tokio::test]
    async fn who_stood_still_asks_once_more() {
        let late = ACQUIRE_TIMEOUT + LATE + Duration::from_millis(10);
        let (once, twice, in_time) = tokio::join!(asked(late, 1), asked(late, 2), asked(Duration::ZERO, 1));
        assert!(matches!(once, (Ok(()), 2)), "{once:?}");
        assert!(matches!(twice, (Err(DbError::Away(_)), 2)), "{twice:?}");
        assert!(matches!(in_time, (Err(DbError::Away(_)), 1)), "{in_time:?}");
    }
}
