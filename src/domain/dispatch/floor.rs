//! Where dispatches of one organization line up in this process.
//!
//! The database's lock makes decisions exact; this line only keeps a crowd of one organization from holding every
//! connection while it waits for that lock, and tells the worker at once that there is work.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tenantry_kernel::OrganizationId;
use tokio::sync::{Mutex as Turn, Notify, OwnedMutexGuard};

/// A turn for each organization that has somebody in line.
#[derive(Clone, Debug, Default)]
pub struct Floor {
    turns: Arc<Mutex<HashMap<OrganizationId, Weak<Turn<()>>>>>,
    work: Arc<Notify>,
}

impl Floor {
    /// Waits for the organization's turn, first come first served.
    pub(super) async fn turn(&self, organization: OrganizationId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let known = turns.get(&organization).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                turns.retain(|_, turn| turn.strong_count() > 0);
                let turn = Arc::new(Turn::new(()));
                turns.insert(organization, Arc::downgrade(&turn));
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
