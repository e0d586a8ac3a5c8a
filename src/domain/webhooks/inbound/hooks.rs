//! What a process keeps for messages on their way in: turns to look their webhooks up, and the count of those that were turned
//! away. All of it is bounded, whoever comes.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::tally::Tallies;
use crate::{Services, db::DbError};

/// Webhooks that are looked up at once, of the six connections that there are for everybody.
const LOOK_UPS: usize = 2;

/// How long one waits for a turn to look one up.
const PATIENCE: Duration = Duration::from_secs(2);

/// A process' own.
#[derive(Clone, Debug)]
pub struct Hooks {
    pub(super) tallies: Tallies,
    look_ups: Arc<Semaphore>,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { tallies: Tallies::default(), look_ups: Arc::new(Semaphore::new(LOOK_UPS)) }
    }
}

impl Hooks {
    /// Writes what was counted, before the process ends in order.
    pub async fn settle_all(&self, services: &Services) {
        self.tallies.settle_all(services).await;
    }

    pub(super) async fn look_up(&self) -> Result<OwnedSemaphorePermit, DbError> {
        match timeout(PATIENCE, Arc::clone(&self.look_ups).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(DbError::Away(sqlx::Error::PoolTimedOut)),
        }
    }
}
