//! What a server remembers of keys and inbound webhooks, and how it comes to forget.
//!
//! One is looked up once and then known from memory. What changes about an organization moves its revision, in the
//! transaction of the change; every server that remembers something asks for the revisions that moved, at the latest half
//! a second before it uses what it remembers. So a revocation counts at once where it was made and within a second
//! everywhere, without a message that could be lost; a server that cannot ask remembers nothing.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tenantry_kernel::{InboundId, KeyId, OrganizationId};
use tokio::sync::Mutex as Turn;
use uuid::Uuid;

use super::{KnownKey, known::Known, sql};
use crate::{
    Services,
    db::{Db, DbError},
    webhooks::inbound::{self, KnownHook},
};

/// After this the next use asks anew, without waiting for the answer.
const SOFT: Duration = Duration::from_millis(200);

/// After this nothing is used before the answer is there. The promise is a second; the rest is for a busy machine.
const HARD: Duration = Duration::from_millis(500);

/// After this it is cheaper to forget everything than to ask what has changed.
const STALE: Duration = Duration::from_secs(5);

/// Most keys that are remembered; some hundred bytes each.
const MOST_KEYS: usize = 50_000;

/// Most inbound webhooks that are remembered; some kilobytes each where their allowlists are long.
const MOST_HOOKS: usize = 10_000;

/// The memory of a process.
#[derive(Clone)]
pub struct Memory(Arc<Inner>);

struct Inner {
    keys: RwLock<Known<KeyId, KnownKey>>,
    hooks: RwLock<Known<InboundId, KnownHook>>,
    /// Counts every time that something may have been forgotten: what was read before must not be remembered after.
    forgettings: AtomicU64,
    revisions: Turn<Revisions>,
    /// Milliseconds after `began` when the last answer was asked for; 0 is never.
    asked: AtomicU64,
    /// Microseconds of the Unix epoch at `began`, by the database's clock.
    database_time: AtomicI64,
    began: Instant,
}

/// How far the revisions have been read.
#[derive(Default)]
struct Revisions {
    /// Every transaction before this had ended when they were last read.
    horizon: u64,
    /// Those of them that were forgotten already.
    handled: HashMap<Uuid, u64>,
}

impl Default for Memory {
    fn default() -> Self {
        Self(Arc::new(Inner {
            keys: RwLock::new(Known::new(MOST_KEYS)),
            hooks: RwLock::new(Known::new(MOST_HOOKS)),
            forgettings: AtomicU64::new(0),
            revisions: Turn::default(),
            asked: AtomicU64::new(0),
            database_time: AtomicI64::new(0),
            began: Instant::now(),
        }))
    }
}

impl Memory {
    /// The key of this id that is not revoked; from memory where it is known there.
    pub(crate) async fn key(&self, services: &Services, id: KeyId) -> Result<Option<Arc<KnownKey>>, DbError> {
        self.be_fresh(&services.db).await?;
        if let Some(known) = self.remembered(id) {
            return Ok(Some(known));
        }
        let before = self.0.forgettings.load(Ordering::SeqCst);
        let found = sql::find_key(&mut *services.db.platform().await?, id).await?;
        let Some(found) = found else { return Ok(None) };
        let now = self.now();
        let effective = services.plans.effective(&found.held, now).await?;
        let until = found.held.holds_until(now);
        let known = Arc::new(found.known(effective, until));
        self.remember(Arc::clone(&known), before);
        Ok(Some(known))
    }

    fn remembered(&self, id: KeyId) -> Option<Arc<KnownKey>> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let known = keys.get(id)?;
        known.counts_at(self.now()).then(|| Arc::clone(known))
    }

    fn remember(&self, known: Arc<KnownKey>, before: u64) {
        let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        if self.0.forgettings.load(Ordering::SeqCst) != before {
            return;
        }
        keys.remember(known.id, known.organization, known);
    }

    /// The webhook of this id where it is known here.
    pub(crate) async fn known_hook(
        &self,
        services: &Services,
        id: InboundId,
    ) -> Result<Option<Arc<KnownHook>>, DbError> {
        self.be_fresh(&services.db).await?;
        Ok(self.0.hooks.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned())
    }

    /// The webhook of this id, which is not known here yet.
    pub(crate) async fn hook(&self, services: &Services, id: InboundId) -> Result<Option<Arc<KnownHook>>, DbError> {
        let before = self.0.forgettings.load(Ordering::SeqCst);
        let found = inbound::find(services, id).await?;
        if let Some(hook) = &found {
            let mut hooks = self.0.hooks.write().unwrap_or_else(PoisonError::into_inner);
            if self.0.forgettings.load(Ordering::SeqCst) == before {
                hooks.remember(id, hook.organization, Arc::clone(hook));
            }
        }
        Ok(found)
    }

    /// Forgets what is known of an organization, at once and here; the others learn it by its revision.
    pub fn forget(&self, organization: OrganizationId) {
        self.0.forgettings.fetch_add(1, Ordering::SeqCst);
        self.0.keys.write().unwrap_or_else(PoisonError::into_inner).forget(organization);
        self.0.hooks.write().unwrap_or_else(PoisonError::into_inner).forget(organization);
    }

    /// Forgets everything, the time too; for a test that turns the clock.
    pub fn forget_all(&self) {
        self.0.asked.store(0, Ordering::SeqCst);
        self.0.forgettings.fetch_add(1, Ordering::SeqCst);
        self.0.keys.write().unwrap_or_else(PoisonError::into_inner).forget_all();
        self.0.hooks.write().unwrap_or_else(PoisonError::into_inner).forget_all();
    }

    /// The database's time, as it was told half a second ago at most: never behind it, and ahead by no more than it took to
    /// be told.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let elapsed = i64::try_from(self.0.began.elapsed().as_micros()).unwrap_or(i64::MAX);
        let micros = self.0.database_time.load(Ordering::Relaxed).saturating_add(elapsed);
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Makes sure that what is remembered, and the time, may be used.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn be_fresh(&self, db: &Db) -> Result<(), DbError> {
        let age = self.age();
        if age > HARD {
            let mut revisions = self.0.revisions.lock().await;
            // Whoever had the turn before may have asked already.
            if self.age() > HARD {
                self.ask(db, &mut revisions).await?;
            }
        } else if age > SOFT {
            self.ask_soon(db);
        }
        Ok(())
    }

    fn age(&self) -> Duration {
        match self.0.asked.load(Ordering::SeqCst) {
            0 => Duration::MAX,
            asked => self.0.began.elapsed().saturating_sub(Duration::from_millis(asked)),
        }
    }

    /// Asks on the side, once at a time.
    fn ask_soon(&self, db: &Db) {
        if self.0.revisions.try_lock().is_err() {
            return;
        }
        let (memory, db) = (self.clone(), db.clone());
        tokio::spawn(async move {
            let Ok(mut revisions) = memory.0.revisions.try_lock() else { return };
            if memory.age() > SOFT
                && let Err(error) = memory.ask(&db, &mut revisions).await
            {
                tracing::warn!(%error, "What was remembered could not be confirmed.");
            }
        });
    }

    /// Asks which revisions have moved, and forgets what they are of.
    async fn ask(&self, db: &Db, revisions: &mut Revisions) -> Result<(), DbError> {
        let stale = self.age() > STALE;
        let asked = self.0.began.elapsed();
        let answer = sql::revisions(&mut *db.platform().await?, (!stale).then_some(revisions.horizon)).await?;
        // From when it was asked, not from when it was answered: the answer may have been long on its way, and by a clock
        // that is behind what has just ended would still be good.
        let elapsed = i64::try_from(asked.as_micros()).unwrap_or(i64::MAX);
        self.0.database_time.store(answer.now.timestamp_micros().saturating_sub(elapsed), Ordering::Relaxed);
        if stale {
            self.forget_all();
        }
        for (organization, changed) in &answer.moved {
            if revisions.handled.insert(*organization, *changed) != Some(*changed) {
                self.forget((*organization).into());
            }
        }
        revisions.horizon = answer.horizon;
        revisions.handled.retain(|_, changed| *changed >= answer.horizon);
        self.0.forgettings.fetch_add(1, Ordering::SeqCst);
        let asked = u64::try_from(asked.as_millis()).unwrap_or(u64::MAX).max(1);
        self.0.asked.store(asked, Ordering::SeqCst);
        Ok(())
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Memory").finish_non_exhaustive()
    }
}
