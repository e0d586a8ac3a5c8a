//! The worker: spreads events over endpoints, and delivers.
//!
//! Several may work on one database. A delivery is one worker's for the time of a lease, longer than an attempt may take, so
//! there is one attempt at a time; one that was made and not noted, because its process was killed between the two, is made
//! once more after the lease, with the same id.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use tenantry_kernel::OrganizationId;
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    attempt, ends,
    sql_work::{self, Claimed, LEASE_SECONDS},
};
use crate::{
    Services,
    access::delivering_scope,
    db::{DbError, OrgTx},
};

/// How long the database is left alone after it was away.
const BACK_OFF: Duration = Duration::from_secs(1);

/// How often work is looked for; an attempt of this process that ends rings.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Attempts that are under way at once in this process before the first of them is slow.
const AT_ONCE: usize = 64;

/// How long an attempt may take before it gives its place to another.
const QUICK: Duration = Duration::from_secs(1);

/// Slow attempts in this process, each with a message and room for its answer in memory.
const SLOW_AT_ONCE: usize = 1024;

/// Deliveries of one organization that are claimed at a time: half of the room.
const CLAIM_AT_ONCE: usize = 32;

/// How long attempts that are under way may take after the stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// What a worker is made of.
#[derive(Clone)]
struct Worker {
    services: Services,
    attempts: TaskTracker,
    room: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    bell: Arc<Notify>,
}

/// Works until the token is canceled, then lets attempts come to their end for a while.
pub async fn run(services: Services, stop: CancellationToken) {
    let worker = Worker {
        services,
        attempts: TaskTracker::new(),
        room: Arc::new(Semaphore::new(AT_ONCE)),
        slow: Arc::new(Semaphore::new(SLOW_AT_ONCE)),
        bell: Arc::default(),
    };
    while !stop.is_cancelled() {
        let wait = match worker.look().await {
            Ok(Some(wait)) => wait.min(LOOK_EVERY),
            Ok(None) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "The worker could not look for deliveries.");
                BACK_OFF
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = worker.bell.notified() => {}
            () = sleep(wait) => {}
        }
    }
    worker.attempts.close();
    if timeout(FAREWELL, worker.attempts.wait()).await.is_err() {
        tracing::warn!("Some messages were still on their way; they are sent again when their leases have ended.");
    }
}

impl Worker {
    /// One look around. Answers how long until there is something to do.
    async fn look(&self) -> Result<Option<Duration>, DbError> {
        let (due, next) = sql_work::due(&mut *self.services.db.platform().await?).await?;
        for organization in due {
            let most = self.room.available_permits().min(CLAIM_AT_ONCE);
            if most == 0 {
                return Ok(Some(Duration::from_millis(20)));
            }
            for claimed in look_at(&self.services, organization, most).await? {
                // There is room: nobody else takes permits.
                let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else { break };
                self.attempts.spawn(self.clone().attempt(organization, claimed, place));
            }
        }
        Ok(next.map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))
    }

    /// Makes an attempt; one that takes long goes on among the slow ones, where there is a place.
    async fn attempt(self, organization: OrganizationId, claimed: Claimed, place: OwnedSemaphorePermit) {
        let mut going = pin!(deliver(&self.services, organization, &claimed));
        if timeout(QUICK, going.as_mut()).await.is_err() {
            let _place = Arc::clone(&self.slow).try_acquire_owned().unwrap_or(place);
            going.await;
        }
        self.bell.notify_one();
    }
}

/// Looks at an organization: spreads its events, clears old ones away, and claims what is due.
async fn look_at(services: &Services, organization: OrganizationId, most: usize) -> Result<Vec<Claimed>, DbError> {
    let scope = delivering_scope(organization);
    let mut tx = OrgTx::open(&services.db, &scope).await?;
    // Committed by itself: whoever writes an event meanwhile must not wait for this look.
    let Some(until) = sql_work::take_look(&mut tx).await? else { return Ok(Vec::new()) };
    tx.commit().await?;
    let mut tx = OrgTx::open(&services.db, &scope).await?;
    let more = sql_work::spread(&mut tx).await? | sql_work::clear(&mut tx).await?;
    let claimed = sql_work::claim(&mut tx, most).await?;
    sql_work::end_look(&mut tx, until, more).await?;
    tx.commit().await?;
    Ok(claimed)
}

/// Makes an attempt and writes what it came to, waiting for the database where that is away: the answer cannot be had again.
#[tracing::instrument(skip_all, fields(delivery.id = %claimed.delivery, delivery.attempt = claimed.attempt))]
async fn deliver(services: &Services, organization: OrganizationId, claimed: &Claimed) {
    let began = Instant::now();
    let told = attempt::make(services, organization, claimed).await;
    while began.elapsed().as_secs_f64() < LEASE_SECONDS {
        match ends::write(services, organization, claimed, &told).await {
            Ok(true) => return log(&told),
            Ok(false) => {
                return tracing::info!(
                    "An attempt counts for nothing: its endpoint is gone, or another has followed it."
                );
            }
            Err(error) => tracing::warn!(%error, "What came of a message could not be written yet."),
        }
        sleep(BACK_OFF).await;
    }
}

/// Says once what came of an attempt.
fn log(told: &attempt::Told) {
    let duration_ms = told.duration_ms();
    match (told.taken(), told.http_status()) {
        (true, status) => tracing::info!(delivery.status = status, duration_ms, "A message was taken."),
        (false, Some(status)) => tracing::info!(delivery.status = status, duration_ms, "A message was not taken."),
        (false, None) => tracing::info!(duration_ms, "A message reached nobody."),
    }
}

/// Delivers what is due in an organization until nothing is, for a command or a test that wants an end. Answers how many
/// attempts it made.
///
/// # Errors
/// When the database is away.
pub async fn drain(services: &Services, organization: OrganizationId) -> Result<usize, DbError> {
    let mut made = 0;
    loop {
        let claimed = look_at(services, organization, CLAIM_AT_ONCE).await?;
        if claimed.is_empty() {
            return Ok(made);
        }
        for claimed in claimed {
            deliver(services, organization, &claimed).await;
            made += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_outlives_its_attempt() {
        assert!(LEASE_SECONDS > (attempt::WITHIN + FAREWELL).as_secs_f64());
    }
}
