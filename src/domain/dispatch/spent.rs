//! What is used up, remembered for a moment: a tenant that goes on asking is refused from memory, so that its neighbours
//! have the database. Nothing is ever admitted from here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tenantry_kernel::{OrganizationId, TenantId};

use super::{
    error::{DispatchError, MonthlyQuota},
    rules::ToolRef,
};

/// How long a refusal is remembered before the database is asked again.
const LIFE: Duration = Duration::from_millis(250);

/// How many refusals are remembered at once; the others ask the database.
const MOST: usize = 4096;

/// Where a dispatch was refused: the same tool may be named by name or id, and `None` is the question without a tool.
type Place = (OrganizationId, TenantId, Option<ToolRef>);

/// The moment before something was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    /// Changes of plans that were known before.
    changes: u64,
    at: Instant,
}

/// Refusals of the last moment.
#[derive(Clone, Default)]
pub(super) struct Spent(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    changes: u64,
    refusals: HashMap<Place, Refusal>,
}

struct Refusal {
    why: Why,
    read_at: Instant,
    until: Instant,
}

enum Why {
    Quota(MonthlyQuota),
    Expired(String),
}

impl Refusal {
    fn holds(&self, now: Instant) -> bool {
        (self.read_at..self.until).contains(&now)
    }

    fn error(&self) -> DispatchError {
        match &self.why {
            Why::Quota(quota) => DispatchError::QuotaExceeded(quota.clone()),
            Why::Expired(plan) => DispatchError::PlanExpired { plan: plan.clone() },
        }
    }
}

impl Spent {
    /// The moment before the database is asked.
    pub fn before(&self, now: Instant) -> Read {
        Read { changes: self.memory().changes, at: now }
    }

    /// Refuses as a moment ago, where that is known.
    pub fn check(
        &self,
        organization: OrganizationId,
        tenant: TenantId,
        tool: Option<&ToolRef>,
        now: Instant,
    ) -> Result<(), DispatchError> {
        let place = (organization, tenant, tool.cloned());
        match self.memory().refusals.get(&place) {
            Some(refusal) if refusal.holds(now) => Err(refusal.error()),
            _ => Ok(()),
        }
    }

    /// Remembers that something is used up until the period ends that was `period_left` from over when it was read. What
    /// was read before a plan changed is not remembered, nor a refusal that another request need not meet.
    pub fn note(
        &self,
        place: (OrganizationId, TenantId, Option<&ToolRef>),
        refused: &DispatchError,
        read: Read,
        period_left: TimeDelta,
    ) {
        let why = match refused {
            DispatchError::QuotaExceeded(quota) => Why::Quota(quota.clone()),
            DispatchError::PlanExpired { plan } => Why::Expired(plan.clone()),
            _ => return,
        };
        let mut memory = self.memory();
        if memory.changes != read.changes {
            return;
        }
        if memory.refusals.len() >= MOST {
            memory.refusals.retain(|_, refusal| refusal.holds(read.at));
        }
        if memory.refusals.len() < MOST {
            let (organization, tenant, tool) = place;
            let refusal =
                Refusal { why, read_at: read.at, until: read.at + period_left.to_std().unwrap_or_default().min(LIFE) };
            memory.refusals.insert((organization, tenant, tool.cloned()), refusal);
        }
    }

    /// Forgets an organization, since its plan has changed.
    pub fn forget(&self, organization: OrganizationId) {
        let mut memory = self.memory();
        memory.changes += 1;
        memory.refusals.retain(|(whose, ..), _| *whose != organization);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    const DAY: TimeDelta = TimeDelta::days(1);

    fn quota() -> DispatchError {
        let resets_at = DateTime::UNIX_EPOCH + DAY;
        DispatchError::QuotaExceeded(MonthlyQuota {
            plan: "Free".into(),
            limit: Some(500),
            used: 500,
            own: false,
            resets_at,
        })
    }

    fn at(milliseconds: u64) -> Instant {
        static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
        *BEGINNING + Duration::from_millis(milliseconds)
    }

    fn asked(spent: &Spent, organization: u128, milliseconds: u64) -> bool {
        let (organization, tenant) = (Uuid::from_u128(organization).into(), Uuid::nil().into());
        spent.check(organization, tenant, None, at(milliseconds)).is_err()
    }

    fn noted(spent: &Spent, organization: u128, read: Read, left: TimeDelta) {
        let (organization, tenant) = (Uuid::from_u128(organization).into(), Uuid::nil().into());
        spent.note((organization, tenant, None), &quota(), read, left);
    }

    #[test]
    fn a_refusal_is_remembered_for_a_quarter_of_a_second() {
        let spent = Spent::default();
        noted(&spent, 1, spent.before(at(1000)), DAY);
        let asked: Vec<bool> = [999, 1000, 1249, 1250].map(|moment| asked(&spent, 1, moment)).into();
        assert_eq!(asked, [false, true, true, false]);
        assert!(!super::tests::asked(&spent, 2, 1000), "another organization's is not known");
    }

    #[test]
    fn it_does_not_outlive_the_period() {
        let spent = Spent::default();
        noted(&spent, 1, spent.before(at(1000)), TimeDelta::milliseconds(100));
        assert!(asked(&spent, 1, 1099));
        assert!(!asked(&spent, 1, 1100));
    }

    #[test]
    fn a_change_of_plan_forgets_it_also_where_it_was_read_before() {
        let spent = Spent::default();
        let (organization, read) = (Uuid::from_u128(1).into(), spent.before(at(1000)));
        noted(&spent, 1, read, DAY);
        noted(&spent, 2, read, DAY);
        spent.forget(organization);
        noted(&spent, 1, read, DAY);
        assert!(!asked(&spent, 1, 1000));
        assert!(asked(&spent, 2, 1000), "others are not touched");
    }

    #[test]
    fn only_what_is_used_up_is_remembered() {
        let spent = Spent::default();
        let (organization, tenant) = (Uuid::from_u128(1).into(), Uuid::nil().into());
        for error in [DispatchError::NotFound, DispatchError::QueueFull] {
            spent.note((organization, tenant, None), &error, spent.before(at(1000)), DAY);
        }
        assert!(!asked(&spent, 1, 1000));
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let spent = Spent::default();
        for organization in 0..MOST as u128 + 10 {
            noted(&spent, organization, spent.before(at(1000)), DAY);
        }
        assert_eq!(spent.memory().refusals.len(), MOST);
        noted(&spent, 1, spent.before(at(2000)), DAY);
        assert_eq!(spent.memory().refusals.len(), 1, "what has ended makes room");
    }
}
