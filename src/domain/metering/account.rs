//! What one process holds of one organization's day: decided in memory, and written by whoever settles.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tenantry_kernel::{KeyId, TenantId, UserId, period::Period};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use super::{
    allowance_rules::DayLimit,
    sql_allowance::{Spent, Use},
};

/// How long what was spent may stay unwritten, and how long an idle server keeps what it holds.
pub(super) const SETTLE_EVERY: Duration = Duration::from_secs(1);

/// How long the database is left alone after it was away.
pub(super) const SETTLE_AGAIN: Duration = Duration::from_secs(2);

/// How long a refusal stands before the database is asked again: others may have given something back.
const REFUSE_FOR: Duration = Duration::from_millis(250);

/// Who spends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spender {
    /// A program with a key, which has its tenant.
    Key(KeyId),
    /// A person with an access token, in the tenant that it carries.
    Person {
        /// The person.
        user: UserId,
        /// The tenant.
        tenant: TenantId,
    },
}

impl From<KeyId> for Spender {
    fn from(key: KeyId) -> Self {
        Self::Key(key)
    }
}

/// Where a day stands against its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFacts {
    /// The most that is let through.
    pub limit: u64,
    /// Units that are left.
    pub remaining: u64,
    /// Is the limit the organization's own?
    pub own: bool,
    /// The day.
    pub day: Period,
}

#[derive(Default)]
pub(super) struct Account {
    state: Mutex<State>,
    /// At most one settlement of an organization is under way.
    settling: Arc<Turn<()>>,
}

#[derive(Default)]
pub(super) struct State {
    day: Option<Period>,
    limit: Option<DayLimit>,
    /// Spent and not written; below zero where a unit was given back after it was written.
    spent: i64,
    /// Leased and not spent.
    left: u64,
    /// What nobody held when the database was last asked.
    beyond: u64,
    refused_until: Option<Instant>,
    /// Who has spent since the last settlement.
    pub used: HashMap<Spender, Use>,
    last_taken: Option<Instant>,
    pub is_tended: bool,
}

impl Account {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn to settle.
    pub async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.settling).lock_owned().await
    }

    /// A unit from memory.
    pub fn try_take(&self, now: DateTime<Utc>, limit: &DayLimit, spender: Spender) -> Attempt {
        let mut state = self.lock();
        state.used.entry(spender).or_default().at = now;
        let Some(day) = state.day.filter(|day| day.contains(now) && state.limit.as_ref() == Some(limit)) else {
            return Attempt::Unknown;
        };
        let most = limit.most();
        if most.is_some() && state.left == 0 {
            let stands = state.refused_until.is_some_and(|until| Instant::now() < until);
            return if stands { Attempt::Refused(state.used_up(limit)) } else { Attempt::Unknown };
        }
        state.left = state.left.saturating_sub(1);
        state.spent += 1;
        state.used.entry(spender).or_default().units += 1;
        state.last_taken = Some(Instant::now());
        Attempt::Taken(
            day,
            most.map(|most| DayFacts { limit: most, remaining: state.left + state.beyond, own: limit.own, day }),
        )
    }
}

impl State {
    /// A unit of the day comes back that was taken at some moment.
    pub fn give_back(&mut self, day: Period, spender: Spender, taken_at: DateTime<Utc>) {
        if self.day == Some(day) {
            self.spent -= 1;
            let used = self.used.entry(spender).or_insert(Use { at: taken_at, units: 0 });
            used.units -= 1;
            self.left += u64::from(self.most().is_some());
        }
    }

    fn most(&self) -> Option<u64> {
        self.limit.as_ref().and_then(DayLimit::most)
    }

    pub fn used_up(&self, limit: &DayLimit) -> DayFacts {
        let day = self.day.unwrap_or(Period { start: DateTime::UNIX_EPOCH, end: DateTime::UNIX_EPOCH });
        DayFacts { limit: limit.most().unwrap_or_default(), remaining: 0, own: limit.own, day }
    }

    pub fn is_idle(&self) -> bool {
        self.last_taken.is_none_or(|taken| taken.elapsed() >= SETTLE_EVERY)
    }

    pub fn is_empty(&self) -> bool {
        self.spent == 0 && self.left == 0 && self.used.is_empty()
    }

    /// What is to be written, taken out; and what is given back of the lease.
    pub fn take_out(&mut self, lease: Lease<'_>) -> Option<Spent> {
        let kept = match lease {
            Lease::Kept => true,
            Lease::GivenBack => false,
            Lease::Wanted(limit) => self.limit.as_ref() == Some(limit),
        };
        let back = if kept { 0 } else { std::mem::take(&mut self.left) };
        let units = std::mem::take(&mut self.spent);
        let back = i64::try_from(back).unwrap_or(i64::MAX);
        let unleased = if self.most().is_some() { units + back } else { 0 };
        let used: Vec<_> = self.used.drain().collect();
        let nothing = units == 0 && unleased == 0 && used.is_empty();
        let day = self.day.filter(|_| units != 0 || unleased != 0);
        let limit = self.limit.as_ref().and_then(|limit| limit.limit);
        let overage_after = self.limit.as_ref().and_then(|limit| limit.beyond.overage_after(limit.limit));
        (!nothing).then_some(Spent { day, units, unleased, limit, overage_after, used })
    }

    /// Takes a lease in; what is held of another day or another limit is void.
    pub fn enter(&mut self, limit: &DayLimit, leased: Leased) {
        if self.day != Some(leased.day) {
            (self.left, self.spent) = (0, 0);
            self.used.values_mut().for_each(|used| used.units = 0);
        }
        if self.limit.as_ref() != Some(limit) {
            self.left = 0;
        }
        (self.day, self.limit, self.beyond) = (Some(leased.day), Some(limit.clone()), leased.beyond);
        self.left += leased.units;
        self.refused_until = (limit.most().is_some() && self.left == 0).then(|| Instant::now() + REFUSE_FOR);
    }

    /// Puts back what was certainly not written.
    pub fn put_back(&mut self, spent: Option<Spent>) {
        let Some(spent) = spent else { return };
        let still = spent.day.is_some() && spent.day == self.day;
        if still {
            self.spent += spent.units;
            self.left += u64::try_from(spent.unleased - spent.units).unwrap_or_default();
        }
        for (spender, used) in spent.used {
            let own = self.used.entry(spender).or_default();
            own.at = own.at.max(used.at);
            own.units += if still { used.units } else { 0 };
        }
    }
}

/// What memory says.
pub(super) enum Attempt {
    Taken(Period, Option<DayFacts>),
    Refused(DayFacts),
    /// The database has to be asked.
    Unknown,
}

/// What a settlement does with what is held.
#[derive(Clone, Copy)]
pub(super) enum Lease<'a> {
    Kept,
    GivenBack,
    /// More is wanted, of this limit; what was held of another day or another limit is given back.
    Wanted(&'a DayLimit),
}

/// Units that were leased just now.
pub(super) struct Leased {
    pub day: Period,
    pub units: u64,
    /// What nobody holds after that.
    pub beyond: u64,
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::quota::{Beyond, Mode};
    use uuid::Uuid;

    use super::*;

    fn day() -> Period {
        Period { start: DateTime::UNIX_EPOCH, end: DateTime::UNIX_EPOCH + chrono::TimeDelta::days(1) }
    }

    fn limit(limit: u64, mode: Mode, cap: Option<u64>) -> DayLimit {
        DayLimit { limit: Some(limit), beyond: Beyond { mode, cap }, own: false, time_zone: "UTC".into() }
    }

    fn account(limit: &DayLimit, units: u64) -> Account {
        let account = Account::default();
        account.lock().enter(limit, Leased { day: day(), units, beyond: 0 });
        account
    }

    /// Units that pass of so many that are asked for.
    fn passed(account: &Account, limit: &DayLimit, asked: usize) -> usize {
        let take = |_| account.try_take(DateTime::UNIX_EPOCH, limit, KeyId::from(Uuid::nil()).into());
        (0..asked).map(take).filter(|attempt| matches!(attempt, Attempt::Taken(..))).count()
    }

    #[test]
    fn no_more_is_spent_than_was_leased_unless_nothing_refuses_it() {
        let (hard, soft) = (limit(2, Mode::Hard, None), limit(2, Mode::Soft, None));
        assert_eq!(passed(&account(&hard, 2), &hard, 5), 2);
        let capped = limit(2, Mode::SoftCapped, Some(4));
        assert_eq!(passed(&account(&capped, 4), &capped, 5), 4);
        assert_eq!(passed(&account(&soft, 0), &soft, 5), 5);
    }

    #[test]
    fn what_is_written_says_where_overage_begins() {
        let soft = limit(2, Mode::Soft, None);
        let held = account(&soft, 0);
        passed(&held, &soft, 3);
        let spent = held.lock().take_out(Lease::Kept).expect("something was spent");
        assert_eq!((spent.units, spent.unleased, spent.limit, spent.overage_after), (3, 0, Some(2), Some(2)));
        // One that failed after it was written comes back as one less.
        held.lock().give_back(day(), KeyId::from(Uuid::nil()).into(), DateTime::UNIX_EPOCH);
        let back = held.lock().take_out(Lease::Kept).expect("something came back");
        assert_eq!((back.units, back.overage_after), (-1, Some(2)));
        let by_key = |spent: &Spent| spent.used.iter().map(|(_, used)| used.units).sum::<i64>();
        assert_eq!((by_key(&spent), by_key(&back)), (3, -1), "by key it is as much");
        let hard = limit(2, Mode::Hard, None);
        let leased = account(&hard, 2);
        passed(&leased, &hard, 1);
        let spent = leased.lock().take_out(Lease::GivenBack).expect("something was spent");
        assert_eq!((spent.units, spent.unleased, spent.overage_after), (1, 2, None));
    }

    #[test]
    fn another_limit_or_zone_is_asked_for_anew() {
        let hard = limit(9, Mode::Hard, None);
        let berlin = DayLimit { time_zone: "Europe/Berlin".into(), ..hard.clone() };
        for other in [limit(8, Mode::Hard, None), limit(9, Mode::Soft, None), berlin] {
            let held = account(&hard, 9);
            assert_eq!(passed(&held, &other, 1), 0, "{other:?}");
            let spent = held.lock().take_out(Lease::Wanted(&other)).expect("the lease is given back");
            assert_eq!((spent.units, spent.unleased), (0, 9), "{other:?}");
        }
    }
}
