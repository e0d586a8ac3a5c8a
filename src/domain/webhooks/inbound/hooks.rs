//! What a process keeps for messages on their way in: room for their bodies, turns to look their webhooks up, and the count
//! of those that were turned away. All of it is bounded, whoever comes.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::tally::Tallies;
use crate::{Services, db::DbError};

/// Room for all bodies that are being read, in KiB: 64 MiB.
const ROOM_KIB: usize = 64 * 1024;

/// Webhooks that are looked up at once, of the six connections that there are for everybody.
const LOOK_UPS: usize = 2;

/// How long one waits for a turn to look one up.
const PATIENCE: Duration = Duration::from_secs(2);

/// A process' own.
#[derive(Clone, Debug)]
pub struct Hooks {
    pub(super) tallies: Tallies,
    room: Arc<Semaphore>,
    look_ups: Arc<Semaphore>,
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            tallies: Tallies::default(),
            room: Arc::new(Semaphore::new(ROOM_KIB)),
            look_ups: Arc::new(Semaphore::new(LOOK_UPS)),
        }
    }
}

impl Hooks {
    /// A place for a body, which takes no room yet.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { room: Arc::clone(&self.room), held: None, bytes: 0 }
    }

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

/// The room that one body takes while it is read. It is free again with this.
#[derive(Debug)]
pub struct Place {
    room: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Place {
    /// Takes room for more bytes; `false` where there is none. Nobody waits for it: those who hold room could wait for each
    /// other.
    pub fn grow(&mut self, bytes: usize) -> bool {
        self.bytes += bytes;
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = u32::try_from(self.bytes.div_ceil(1024).saturating_sub(held)).unwrap_or(u32::MAX);
        let Ok(more) = Arc::clone(&self.room).try_acquire_many_owned(missing) else { return false };
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_takes_the_room_that_it_needs_and_gives_it_back() {
        let hooks = Hooks::default();
        let mut place = hooks.place();
        for bytes in [0, 1, 1023, 1, 10_000] {
            assert!(place.grow(bytes));
        }
        assert_eq!(hooks.room.available_permits(), ROOM_KIB - 11);
        drop(place);
        assert_eq!(hooks.room.available_permits(), ROOM_KIB);
    }

    #[test]
    fn where_there_is_no_room_nobody_waits() {
        let hooks = Hooks::default();
        let mut all = hooks.place();
        assert!(all.grow(ROOM_KIB * 1024));
        assert!(!hooks.place().grow(1) && !all.grow(1));
        drop(all);
        assert!(hooks.place().grow(1));
    }
}
