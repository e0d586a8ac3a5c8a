//! Failed sign-ins of an account: ten in a quarter of an hour are anybody's, after that each next try has to wait twice as
//! long.
//!
//! A try counts before its password is looked at and is taken back when it was none, so that a thousand tries at once are
//! not all the first. Accounts that do not exist are counted like those that do. In memory, in bounded space: each server of
//! an installation counts for itself, and a restart forgets.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};
use tenantry_kernel::text::Email;

use super::table::{Forgettable, Start, Table};

/// Failures that have no consequence.
pub const FREE_FAILURES: u32 = 10;

/// How long failures are remembered after the first one, or after the last wait.
const MEMORY: Duration = Duration::from_secs(15 * 60);

/// The wait after the last free failure; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// The longest wait: who knows the password gets in within a quarter of an hour, whoever else tries.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// What an account is counted by: a part of a hash of its address, so that no address is kept, and none can be told from
/// another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountKey([u8; 16]);

impl From<&Email> for AccountKey {
    fn from(email: &Email) -> Self {
        let hash = Sha256::digest(email.to_string().as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        Self(key)
    }
}

/// The failures of every account.
#[derive(Debug)]
pub struct SignIns {
    accounts: Table<AccountKey, Failures>,
    start: Start,
}

impl SignIns {
    /// A count for so many accounts at most; beyond them, accounts share others.
    #[must_use]
    pub fn new(most_entries: usize) -> Self {
        Self { accounts: Table::new(most_entries), start: Start::default() }
    }

    /// Begins a try, which counts as failed until it is not.
    ///
    /// # Errors
    /// How long the account has to wait.
    pub fn begin(&self, account: &AccountKey, now: Instant) -> Result<(), Duration> {
        let now = self.start.nanos_to(now);
        self.accounts.at(account, now, |failures| failures.lock().begin(now))
    }

    /// The try was right: everything is forgiven.
    pub fn succeeded(&self, account: &AccountKey, now: Instant) {
        self.change(account, now, |count| *count = Count::default());
    }

    /// The try was none: the password was not looked at.
    pub fn take_back(&self, account: &AccountKey, now: Instant) {
        self.change(account, now, Count::take_back);
    }

    fn change(&self, account: &AccountKey, now: Instant, change: impl FnOnce(&mut Count)) {
        let now = self.start.nanos_to(now);
        // What is not known any more was forgotten meanwhile.
        let _changed = self.accounts.look(account, now, |failures| change(&mut failures.lock()));
    }
}

#[derive(Debug, Default)]
struct Failures(Mutex<Count>);

impl Failures {
    fn lock(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Forgettable for Failures {
    fn is_forgotten(&self, now: u64) -> bool {
        self.lock().forgotten_at <= now
    }
}

/// Failures, and the moments, in nanoseconds, until which the account waits and at which all is forgotten.
#[derive(Debug, Default)]
struct Count {
    failures: u32,
    waits_until: u64,
    forgotten_at: u64,
}

impl Count {
    fn begin(&mut self, now: u64) -> Result<(), Duration> {
        if now >= self.forgotten_at {
            *self = Self { forgotten_at: now.saturating_add(nanos(MEMORY)), ..Self::default() };
        }
        if now < self.waits_until {
            return Err(Duration::from_nanos(self.waits_until - now));
        }
        self.failures = self.failures.saturating_add(1);
        if let Some(wait) = wait_after(self.failures) {
            self.waits_until = now.saturating_add(nanos(wait));
            self.forgotten_at = self.waits_until.saturating_add(nanos(MEMORY));
        }
        Ok(())
    }

    /// The wait that the try began ends with it; one from before had passed, or there would have been no try.
    fn take_back(&mut self) {
        self.failures = self.failures.saturating_sub(1);
        self.waits_until = 0;
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// How long the account waits after so many failures.
fn wait_after(failures: u32) -> Option<Duration> {
    let doublings = failures.checked_sub(FREE_FAILURES)?;
    Some(FIRST_WAIT.saturating_mul(1 << doublings.min(16)).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(email: &str) -> AccountKey {
        AccountKey::from(&Email::parse("email", email).expect("an address"))
    }

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let waits = |failures| wait_after(failures).map(|wait| wait.as_secs());
        assert_eq!(
            [1, 9, 10, 11, 12, 13, 14].map(waits),
            [None, None, Some(30), Some(60), Some(120), Some(240), Some(480)]
        );
        assert_eq!([15, 16, 1_000, u32::MAX].map(waits), [Some(900); 4]);
    }

    #[test]
    fn after_ten_failures_each_next_try_waits() {
        let (sign_ins, ada, mut now) = (SignIns::new(100), key("ada@example.com"), Instant::now());
        for _ in 0..10 {
            assert_eq!(sign_ins.begin(&ada, now), Ok(()));
        }
        for wait in [30, 60, 120] {
            let wait = Duration::from_secs(wait);
            assert_eq!(sign_ins.begin(&ada, now), Err(wait));
            assert_eq!(sign_ins.begin(&ada, now), Err(wait), "asking again makes it no longer");
            assert_eq!(sign_ins.begin(&ada, now + wait - Duration::from_nanos(1)), Err(Duration::from_nanos(1)));
            now += wait;
            assert_eq!(sign_ins.begin(&ada, now), Ok(()));
        }
        assert_eq!(sign_ins.begin(&key("bob@example.com"), now), Ok(()));
    }

    #[test]
    fn a_success_forgives_everything() {
        let (sign_ins, ada, now) = (SignIns::new(100), key("ada@example.com"), Instant::now());
        for _ in 0..3 {
            (0..10).for_each(|_| assert_eq!(sign_ins.begin(&ada, now), Ok(())));
            assert!(sign_ins.begin(&ada, now).is_err());
            sign_ins.succeeded(&ada, now);
        }
    }

    #[test]
    fn a_try_that_was_none_does_not_count() {
        let (sign_ins, ada, now) = (SignIns::new(100), key("ada@example.com"), Instant::now());
        for _ in 0..100 {
            assert_eq!(sign_ins.begin(&ada, now), Ok(()));
            sign_ins.take_back(&ada, now);
        }
        (0..9).for_each(|_| assert_eq!(sign_ins.begin(&ada, now), Ok(())));
        assert_eq!(sign_ins.begin(&ada, now), Ok(()));
        sign_ins.take_back(&ada, now);
        assert_eq!(sign_ins.begin(&ada, now), Ok(()), "the tenth was taken back, and its wait with it");
        assert!(sign_ins.begin(&ada, now).is_err());
    }

    #[test]
    fn failures_are_forgotten_after_a_quarter_of_an_hour() {
        let (sign_ins, ada, start) = (SignIns::new(100), key("ada@example.com"), Instant::now());
        (0..9).for_each(|_| assert_eq!(sign_ins.begin(&ada, start), Ok(())));
        let later = start + MEMORY;
        (0..10).for_each(|_| assert_eq!(sign_ins.begin(&ada, later), Ok(())));
        assert_eq!(sign_ins.begin(&ada, later), Err(FIRST_WAIT));
        let much_later = later + FIRST_WAIT + MEMORY;
        (0..10).for_each(|_| assert_eq!(sign_ins.begin(&ada, much_later), Ok(())));
    }

    #[test]
    fn tries_at_once_are_counted_one_by_one() {
        let (sign_ins, ada, now) = (SignIns::new(100), key("ada@example.com"), Instant::now());
        let begun = std::thread::scope(|scope| {
            let tries = || (0..100).filter(|_| sign_ins.begin(&ada, now).is_ok()).count();
            let all: Vec<_> = (0..8).map(|_| scope.spawn(tries)).collect();
            all.into_iter().map(|tries| tries.join().expect("it ran")).sum::<usize>()
        });
        assert_eq!(begun, 10);
    }

    #[test]
    fn a_spelling_of_an_address_is_the_same_account() {
        assert_eq!(key(" Ada@Example.COM "), key("ada@example.com"));
        assert_ne!(key("ada@example.com"), key("adb@example.com"));
    }

    #[test]
    fn a_flood_of_addresses_stays_within_its_bound() {
        let (sign_ins, now) = (SignIns::new(1_000), Instant::now());
        let begun = (0..200_000).filter(|n| sign_ins.begin(&key(&format!("{n}@example.com")), now).is_ok()).count();
        assert!(sign_ins.accounts.len() <= 1_000);
        assert!(begun <= 1_000 + 10 * 1_024, "{begun}");
    }
}
