//! Where dispatches of one organization, and foundings of one person, line up in this process.
//!
//! The database's lock makes decisions exact; this line only keeps a crowd of one organization or person from holding
//! every connection while it waits for that lock, and tells the worker at once that there is work.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tenantry_kernel::OrganizationId;
use tokio::sync::{Mutex as Turn, Notify, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::{answers::Answers, batch::Asked, ends::End, lanes::Lanes, runs::Runs, spent::Spent};
use crate::live::Live;

/// Batches that are under way at once in this process: half of the application's connections, so that however many
/// tenants dispatch, the others' requests find one.
const WAYS: usize = 8;

/// A turn for each organization or person that has somebody in line.
#[derive(Clone)]
pub struct Floor {
    turns: Arc<Mutex<HashMap<Uuid, Weak<Turn<()>>>>>,
    ways: Arc<Semaphore>,
    work: Arc<Notify>,
    /// Dispatches that wait for a decision.
    pub(super) admissions: Lanes<Asked>,
    /// Runs whose end is to be written.
    pub(super) ends: Lanes<End>,
    /// Attempts that are under way.
    pub(super) runs: Runs,
    /// Organizations that have used up their month.
    pub(super) spent: Spent,
    /// What was answered to those who only asked.
    pub(super) answers: Answers,
    live: Live,
}

impl Floor {
    /// An empty floor, whose changes those hear who listen.
    #[must_use]
    pub(crate) fn new(live: Live) -> Self {
        Self {
            turns: Arc::default(),
            ways: Arc::new(Semaphore::new(WAYS)),
            work: Arc::default(),
            admissions: Lanes::default(),
            ends: Lanes::default(),
            runs: Runs::default(),
            spent: Spent::default(),
            answers: Answers::default(),
            live,
        }
    }

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

    /// Waits for leave to begin a batch, first come first served. Whoever asks has the organization's turn already, so
    /// nobody has leave and waits for a turn. `None` is leave, too: nothing ever closes the ways.
    pub(super) async fn way(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.ways).acquire_owned().await.ok()
    }

    /// Forgets what was remembered of an organization's plan, since that has changed.
    pub(crate) fn plan_changed(&self, organization: OrganizationId) {
        self.spent.forget(organization);
        self.answers.changed(organization);
        self.live.ring(organization);
    }

    /// Forgets the same, since one of its tools has changed: what a tool needs and what a plan grants decide together.
    pub(super) fn tools_changed(&self, organization: OrganizationId) {
        self.plan_changed(organization);
    }

    /// Says that something of an organization's has changed: a job was made or has ended, so there may be work.
    pub(super) fn announce(&self, organization: OrganizationId) {
        self.answers.changed(organization);
        self.live.ring(organization);
        self.work.notify_one();
    }

    /// Waits until somebody says so.
    pub(super) async fn announced(&self) {
        self.work.notified().await;
    }
}
