//! What "is this allowed?" was answered a moment ago, so that asking costs no round trip.
//!
//! An answer promises nothing, so it may be a quarter of a second old where something changed in another process. What
//! changed in this one is never overlooked: each organization has a count of changes, and an answer holds for the count
//! that stood before it was read.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tenantry_kernel::{OrganizationId, TenantId, dispatch::CheckView};

/// How long an answer holds.
const LIFE: Duration = Duration::from_millis(250);

/// Answers that are remembered at once; where there are more, all are forgotten and asked for again.
const MOST: usize = 16_384;

/// Counts of changes. Organizations that share one forget more than they must.
const COUNTS: usize = 4_096;

/// Answers of the last moment.
#[derive(Clone)]
pub(super) struct Answers(Arc<Inner>);

struct Inner {
    changes: Vec<AtomicU64>,
    /// By tenant, and the tool as it was named.
    known: RwLock<HashMap<TenantId, HashMap<String, Known>>>,
}

struct Known {
    answer: CheckView,
    changes: u64,
    until: Instant,
}

impl Default for Answers {
    fn default() -> Self {
        let changes = std::iter::repeat_with(AtomicU64::default).take(COUNTS).collect();
        Self(Arc::new(Inner { changes, known: RwLock::default() }))
    }
}

impl Answers {
    /// The answer of a moment ago, where it still holds.
    pub fn known(&self, organization: OrganizationId, tenant: TenantId, tool: &str, now: Instant) -> Option<CheckView> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(&tenant)?.get(tool)?;
        (now < known.until && known.changes == self.changes(organization)).then(|| known.answer.clone())
    }

    /// How often something changed about an organization; to be read before what an answer is made of.
    pub fn changes(&self, organization: OrganizationId) -> u64 {
        self.count(organization).load(Ordering::SeqCst)
    }

    /// Remembers an answer that was made of what stood after so many changes.
    pub fn remember(&self, tenant: TenantId, tool: &str, answer: &CheckView, changes: u64, now: Instant) {
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&tenant) {
            known.clear();
        }
        let tools = known.entry(tenant).or_default();
        // One tool goes by its name and by its id; a tenant that asks for more than it could have is not remembered.
        if tools.len() >= MOST {
            tools.clear();
        }
        tools.insert(tool.to_owned(), Known { answer: answer.clone(), changes, until: now + LIFE });
    }

    /// Something about the organization has changed in this process: a dispatch, the end of a job, its plan, a tool.
    pub fn changed(&self, organization: OrganizationId) {
        self.count(organization).fetch_add(1, Ordering::SeqCst);
    }

    fn count(&self, organization: OrganizationId) -> &AtomicU64 {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(organization);
        &self.0.changes[usize::try_from(hash % COUNTS as u64).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn answer(used: u64) -> CheckView {
        CheckView {
            allowed: true,
            code: None,
            reason: None,
            limit: Some(500),
            used,
            remaining: Some(500 - used),
            resets_at: Some(DateTime::UNIX_EPOCH),
            overage: false,
        }
    }

    #[test]
    fn an_answer_holds_for_a_moment_and_until_something_changes_here() {
        let answers = Answers::default();
        let (ours, tenant, now) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into(), Instant::now());
        let known = |after: Duration| answers.known(ours, tenant, "echo", now + after).map(|answer| answer.used);
        answers.remember(tenant, "echo", &answer(1), answers.changes(ours), now);
        assert_eq!((known(Duration::ZERO), known(LIFE)), (Some(1), None));
        assert!(answers.known(ours, tenant, "other", now).is_none());
        assert!(answers.known(ours, Uuid::from_u128(3).into(), "echo", now).is_none());
        answers.changed(ours);
        assert_eq!(known(Duration::ZERO), None);
    }

    #[test]
    fn what_was_read_before_a_change_is_never_an_answer_after_it() {
        let answers = Answers::default();
        let (ours, tenant, now) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into(), Instant::now());
        let before = answers.changes(ours);
        answers.changed(ours);
        answers.remember(tenant, "echo", &answer(1), before, now);
        assert!(answers.known(ours, tenant, "echo", now).is_none());
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let answers = Answers::default();
        let (ours, now) = (Uuid::from_u128(1).into(), Instant::now());
        for tenant in 0..MOST as u128 + 10 {
            answers.remember(Uuid::from_u128(tenant).into(), "echo", &answer(1), answers.changes(ours), now);
        }
        assert_eq!(answers.0.known.read().expect("whole").len(), 10);
    }
}
