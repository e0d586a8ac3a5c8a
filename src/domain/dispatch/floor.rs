//! Where dispatches of one organization, and foundings of one person, line up in this process.
//!
//! The database's lock makes decisions exact; this line only keeps a crowd of one organization or person from holding
//! every connection while it waits for that lock, and tells the worker at once that there is work.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as Turn, Notify, OwnedMutexGuard};
use uuid::Uuid;

/// A turn for each organization or person that has somebody in line.
#[derive(Clone, Debug, Default)]
pub struct Floor {
    turns: Arc<Mutex<HashMap<Uuid, Weak<Turn<()>>>>>,
    work: Arc<Notify>,
}

impl Floor {
    /// Waits for the turn of an organization or person, first come first served.
    pub(crate) async fn turn(&self, whose: Uuid) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let known = turns.get(&whose).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                turns.retain(|_, turn| turn.strong_count() > 0);
                let turn = Arc::new(Turn::new(()));
                turns.insert(whose, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }

    /// Says that there is work.
    pub(super) fn announce(&self) {
        self.work.notify_one();
    }

    /// Waits until somebody says so.
    pub(super) async fn announced(&self) {
        self.work.notified().await;
    }
}
