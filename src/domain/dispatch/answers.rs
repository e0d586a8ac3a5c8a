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

use tenantry_kernel::{OrganizationId, TenantId, dispatch::CheckView, text::Label};

/// How long an answer holds.
const LIFE: Duration = Duration::from_millis(250);

/// From one sweep of what holds no more to the next: whoever asks nothing more keeps no memory.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Answers that are remembered at once, some hundred bytes each; where there are more, all are forgotten and asked for
/// again.
const MOST: usize = 16_384;

/// Answers of one tenant: nobody crowds out the others. One tool goes by its name and by its id.
const MOST_OF_TENANT: usize = 256;

/// Bytes of the longest name that a tool can have; an id is shorter. A longer text names no tool, or has spaces around it
/// that would only take memory.
const LONGEST: usize = 4 * Label::LONGEST;

/// Counts of changes. Organizations that share one forget more than they must.
const COUNTS: usize = 4_096;

/// Answers of the last moment.
#[derive(Clone)]
pub(super) struct Answers(Arc<Inner>);

struct Inner {
    changes: Vec<AtomicU64>,
    known: RwLock<Memory>,
}

#[derive(Default)]
struct Memory {
    /// By tenant, and the tool as it was named.
    tenants: HashMap<TenantId, HashMap<Box<str>, Known>>,
    /// All of them together.
    count: usize,
    swept_at: Option<Instant>,
}

struct Known {
    answer: CheckView,
    changes: u64,
    until: Instant,
}

impl Memory {
    /// Forgets what holds no more, now and then.
    fn sweep(&mut self, now: Instant) {
        if *self.swept_at.get_or_insert(now) + SWEEP_EVERY > now {
            return;
        }
        self.swept_at = Some(now);
        self.tenants.retain(|_, tools| {
            tools.retain(|_, known| now < known.until);
            !tools.is_empty()
        });
        self.count = self.tenants.values().map(HashMap::len).sum();
    }

    fn insert(&mut self, tenant: TenantId, tool: &str, known: Known) {
        if self.count >= MOST {
            self.tenants.clear();
            self.count = 0;
        }
        let tools = self.tenants.entry(tenant).or_default();
        if tools.len() >= MOST_OF_TENANT && !tools.contains_key(tool) {
            self.count -= tools.len();
            tools.clear();
        }
        self.count += usize::from(tools.insert(tool.into(), known).is_none());
    }
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
        if tool.len() > LONGEST {
            return None;
        }
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.tenants.get(&tenant)?.get(tool)?;
        (now < known.until && known.changes == self.changes(organization)).then(|| known.answer.clone())
    }

    /// How often something changed about an organization; to be read before what an answer is made of.
    pub fn changes(&self, organization: OrganizationId) -> u64 {
        self.count(organization).load(Ordering::SeqCst)
    }

    /// Remembers an answer that was made of what stood after so many changes.
    pub fn remember(&self, tenant: TenantId, tool: &str, answer: &CheckView, changes: u64, now: Instant) {
        if tool.len() > LONGEST {
            return;
        }
        let mut memory = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        memory.sweep(now);
        memory.insert(tenant, tool, Known { answer: answer.clone(), changes, until: now + LIFE });
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

    /// How many are remembered, as they are counted and as they are.
    fn remembered(answers: &Answers) -> (usize, usize) {
        let memory = answers.0.known.read().expect("whole");
        (memory.count, memory.tenants.values().map(HashMap::len).sum())
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let answers = Answers::default();
        let (ours, now) = (Uuid::from_u128(1).into(), Instant::now());
        for tenant in 0..MOST as u128 + 10 {
            answers.remember(Uuid::from_u128(tenant).into(), "echo", &answer(1), answers.changes(ours), now);
        }
        assert_eq!(remembered(&answers), (10, 10));
    }

    #[test]
    fn one_tenant_takes_little_of_it_and_no_long_texts() {
        let answers = Answers::default();
        let (ours, now) = (Uuid::from_u128(1).into(), Instant::now());
        let (greedy, other): (TenantId, TenantId) = (Uuid::from_u128(2).into(), Uuid::from_u128(3).into());
        answers.remember(other, "echo", &answer(1), 0, now);
        for number in 0..10 * MOST_OF_TENANT {
            answers.remember(greedy, &format!("tool {number}"), &answer(1), 0, now);
            let (counted, there) = remembered(&answers);
            assert!(counted == there && there <= MOST_OF_TENANT + 1, "{there}");
        }
        assert!(answers.known(ours, other, "echo", now).is_some(), "others are not touched");
        let before = remembered(&answers);
        for spaces in [LONGEST, 1_000_000] {
            let padded = format!("{}echo", " ".repeat(spaces));
            answers.remember(greedy, &padded, &answer(1), 0, now);
            assert!(answers.known(ours, greedy, &padded, now).is_none());
        }
        assert_eq!(remembered(&answers), before);
        let longest = "𝄞".repeat(Label::LONGEST);
        answers.remember(greedy, &longest, &answer(1), 0, now);
        assert!(answers.known(ours, greedy, &longest, now).is_some(), "every name of a tool is remembered");
    }

    #[test]
    fn what_holds_no_more_is_swept() {
        let answers = Answers::default();
        let now = Instant::now();
        for tenant in 0..100 {
            answers.remember(Uuid::from_u128(tenant).into(), "echo", &answer(1), 0, now);
        }
        answers.remember(Uuid::from_u128(1).into(), "echo", &answer(1), 0, now + SWEEP_EVERY);
        assert_eq!(remembered(&answers), (1, 1));
    }
}
