//! Lanes: what the requests of one tenant want to write is written together.
//!
//! A commit waits for the disk, however little is in it. So of each lane at most one transaction is under way in a
//! process, and what arrives meanwhile forms the next: no timer, and nobody waits who comes alone. A lane runs as a task
//! of its own, so a request that is dropped takes nothing with it; one that is empty leaves nothing behind.

use std::{
    collections::{HashMap, VecDeque, hash_map},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tenantry_kernel::{OrganizationId, TenantId};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{Services, db::DbError};

/// What a batch may weigh: as many small wishes as make the cost of a commit small beside their own.
const MOST: usize = 256;

/// Something that is done together with others of its tenant.
pub(crate) trait Together: Send + Sync + Sized + 'static {
    /// What each is told.
    type Answer: Send + 'static;

    /// Whose tenant it is.
    fn organization(&self) -> OrganizationId;

    /// Whose turn on the floor it waits for. What takes another lock than the organization's gate has another line.
    fn line(&self) -> Uuid {
        self.organization().uuid()
    }

    /// Whose it is: row-level security binds a transaction to one tenant.
    fn tenant(&self) -> TenantId;

    /// The bytes that it carries.
    fn size(&self) -> usize;

    /// Does all of them in one transaction and answers each, in their order.
    fn together(
        services: &Services,
        batch: &[&Self],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, DbError>> + Send;
}

/// One, and one more for every 16 KiB: a batch of large ones is as heavy as one of many.
fn weight(wish: &impl Together) -> usize {
    1 + wish.size() / (16 * 1024)
}

/// A wish, and who waits for its answer.
struct Ticket<W: Together> {
    wish: W,
    reply: oneshot::Sender<Result<W::Answer, DbError>>,
}

impl<W: Together> Ticket<W> {
    fn answer(self, answer: Result<W::Answer, DbError>) {
        // What marks the wish as under way goes before its answer does: who has the answer may ask again.
        drop(self.wish);
        // Nobody waits any more where the request was dropped.
        let _dropped = self.reply.send(answer);
    }
}

/// By tenant; the lane of a tenant runs as long as there is an entry.
type Waiting<W> = HashMap<TenantId, VecDeque<Ticket<W>>>;

/// The lanes of one kind of wish.
pub(crate) struct Lanes<W: Together>(Arc<Mutex<Waiting<W>>>);

// Derived ones would ask the same of `W`.
impl<W: Together> Clone for Lanes<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W: Together> Default for Lanes<W> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<W: Together> Lanes<W> {
    /// Waits until the wish was done together with others.
    ///
    /// # Errors
    /// The database; where it went away during the commit, nobody can know whether anything lasts.
    pub async fn join(&self, services: &Services, wish: W) -> Result<W::Answer, DbError> {
        let line = wish.line();
        let (reply, answer) = oneshot::channel();
        if let Some(lane) = self.enter(Ticket { wish, reply }) {
            tokio::spawn(lane.run(services.clone(), line));
        }
        answer.await.unwrap_or(Err(DbError::Away(sqlx::Error::WorkerCrashed)))
    }

    /// Lines up; a lane that does not run yet is given to whoever is first in it.
    fn enter(&self, ticket: Ticket<W>) -> Option<Lane<W>> {
        let tenant = ticket.wish.tenant();
        match self.waiting().entry(tenant) {
            hash_map::Entry::Occupied(mut lane) => {
                lane.get_mut().push_back(ticket);
                None
            }
            hash_map::Entry::Vacant(nobody) => {
                nobody.insert(VecDeque::from([ticket]));
                Some(Lane { lanes: self.clone(), tenant, left: false })
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to run a tenant's lane; there is one as long as the lane has an entry.
struct Lane<W: Together> {
    lanes: Lanes<W>,
    tenant: TenantId,
    left: bool,
}

impl<W: Together> Lane<W> {
    /// Does batch after batch until nobody waits. Between two of them others have their turn.
    async fn run(mut self, services: Services, line: Uuid) {
        while !self.left {
            let turn = services.floor.turn(line).await;
            let way = services.floor.way().await;
            // Only now: whoever came while this lane waited is of the batch.
            let batch = self.take();
            settle(&services, batch).await;
            drop((way, turn));
            self.leave_if_empty();
        }
    }

    /// The next batch, first come first served; never more than it may weigh, unless one alone weighs more.
    fn take(&self) -> Vec<Ticket<W>> {
        let mut waiting = self.lanes.waiting();
        let Some(queue) = waiting.get_mut(&self.tenant) else { return Vec::new() };
        let (mut batch, mut weighs) = (Vec::new(), 0);
        while let Some(ticket) = queue.pop_front() {
            if ticket.reply.is_closed() {
                continue;
            }
            weighs += weight(&ticket.wish);
            if weighs > MOST && !batch.is_empty() {
                queue.push_front(ticket);
                break;
            }
            batch.push(ticket);
        }
        batch
    }

    fn leave_if_empty(&mut self) {
        let mut waiting = self.lanes.waiting();
        if waiting.get(&self.tenant).is_none_or(VecDeque::is_empty) {
            waiting.remove(&self.tenant);
            self.left = true;
        }
    }
}

impl<W: Together> Drop for Lane<W> {
    /// A lane that ended in a panic lets go of those who wait, and the next to come opens it again.
    fn drop(&mut self) {
        if !self.left {
            self.lanes.waiting().remove(&self.tenant);
        }
    }
}

/// Does a batch and tells everybody. Where a query failed that should not, it is the fault of one of them: then each is
/// done alone, so that the others do not suffer.
async fn settle<W: Together>(services: &Services, batch: Vec<Ticket<W>>) {
    if batch.is_empty() {
        return;
    }
    let done = {
        let wishes: Vec<&W> = batch.iter().map(|ticket| &ticket.wish).collect();
        W::together(services, &wishes).await
    };
    match done {
        Ok(answers) => {
            for (ticket, answer) in batch.into_iter().zip(answers) {
                ticket.answer(Ok(answer));
            }
        }
        Err(DbError::Failed(error)) if batch.len() > 1 => {
            tracing::warn!(%error, batch.size = batch.len(), "A batch failed and is done one by one.");
            for ticket in batch {
                let done = W::together(services, &[&ticket.wish]).await;
                let alone = done.and_then(|answers| answers.into_iter().next().ok_or_else(unanswered));
                ticket.answer(alone);
            }
        }
        Err(error) => {
            for ticket in batch {
                ticket.answer(Err(same(&error)));
            }
        }
    }
}

/// An error once more, for the next who waited for the same transaction.
fn same(error: &DbError) -> DbError {
    match error {
        DbError::Away(source) => DbError::Away(sqlx::Error::Protocol(source.to_string())),
        DbError::Failed(source) => DbError::Failed(sqlx::Error::Protocol(source.to_string())),
    }
}

fn unanswered() -> DbError {
    DbError::Failed(sqlx::Error::RowNotFound)
}

#[cfg(test)]
mod tests;
