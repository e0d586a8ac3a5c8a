//! Rates: who may come how fast, before anything of theirs is counted in the database.
//!
//! What authenticates is never refused for its address. An address pays for what fails to authenticate and for sign-ups, an
//! account for wrong passwords, and a key or member for each call, by their plan. What is here is in memory: a rate that one
//! server of several counts for itself is still a rate, and a look-up elsewhere would cost more than what it protects. What
//! costs a password's hash or makes a mail is counted for all servers together, in the database: see [`crate::accounts`].

mod address;
mod gcra;
mod limiter;
mod table;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tenantry_kernel::{Burst, Code, LimitFacts, Problem};
use uuid::Uuid;

pub(crate) use address::network;
pub use address::{Neighbour, TrustedProxies};
pub use gcra::Taken;
pub use limiter::Limiter;

use crate::Services;

/// What may fail to authenticate from one address.
pub const ADDRESS: Burst = Burst { refill: 50, bucket: 500 };

/// What may sign up from one address.
pub const SIGN_UPS: Burst = Burst { refill: 1, bucket: 600 };

/// What may ask for mails from one address.
pub const MAILS: Burst = Burst { refill: 1, bucket: 100 };

/// Refused forms that may be kept for one address, where no script keeps them.
pub const FORMS: Burst = Burst { refill: 1, bucket: 100 };

/// What may come to one inbound webhook from one address.
pub const HOOKS: Burst = Burst { refill: 100, bucket: 1_000 };

/// Addresses that are remembered at most: some megabytes.
const MOST_ADDRESSES: usize = 65_536;

/// Keys and members that are remembered at most: some ten megabytes each.
const MOST_CALLERS: usize = 262_144;

/// The limiters of a server.
#[derive(Debug)]
pub struct Limits {
    /// What failed to authenticate, by address.
    pub addresses: Limiter<Neighbour>,
    /// Sign-ups, by address.
    pub sign_ups: Limiter<Neighbour>,
    /// Mails that were asked for, by address.
    pub mails: Limiter<Neighbour>,
    /// Refused forms that are kept, by address.
    pub forms: Limiter<Neighbour>,
    /// Messages, by the webhook that they are for and their address: one service sends to many tenants from few addresses.
    pub hooks: Limiter<(Uuid, Neighbour)>,
    /// Calls, by the id of the key or the member and by what the plan allows: whoever gets another plan begins with its
    /// full bucket, instead of paying there for what was taken from the old one.
    pub members: Limiter<(Uuid, Burst)>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            addresses: Limiter::new(MOST_ADDRESSES),
            sign_ups: Limiter::new(MOST_ADDRESSES),
            mails: Limiter::new(MOST_ADDRESSES),
            forms: Limiter::new(MOST_ADDRESSES),
            hooks: Limiter::new(MOST_ADDRESSES),
            members: Limiter::new(MOST_CALLERS),
        }
    }
}

/// Somebody was too fast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct TooFast {
    detail: &'static str,
    policy: &'static str,
    limit: u64,
    wait: Duration,
    resets_at: DateTime<Utc>,
}

impl From<TooFast> for Problem {
    fn from(error: TooFast) -> Self {
        let facts = LimitFacts {
            limit: Some(error.limit),
            used: error.limit,
            remaining: Some(0),
            resets_at: Some(error.resets_at),
            policy: error.policy.to_owned(),
            upgrade_url: None,
        };
        Self::new(Code::RateLimited, error.detail).with_limit(facts).with_retry_after(whole_seconds(error.wait))
    }
}

/// Whole seconds, rounded up, at least one: who comes back then has waited long enough.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX).max(1)
}

/// Counts a credential that opened nothing against the address that sent it.
///
/// # Errors
/// When too many have come from there.
pub fn failed_to_authenticate(services: &Services, from: Neighbour) -> Result<(), TooFast> {
    let taken = services.limits.addresses.take(&from, ADDRESS, services.clock.instant());
    judge(services, taken, ADDRESS, "address", "Too many credentials from your address opened nothing.")
}

/// Has an address anything left of what may fail to authenticate? Asked before something is looked up for it.
///
/// # Errors
/// When too many have come from there.
pub fn may_fail_again(services: &Services, from: Neighbour) -> Result<(), TooFast> {
    let left = services.limits.addresses.peek(&from, ADDRESS, services.clock.instant());
    judge(services, left, ADDRESS, "address", "Too many credentials from your address opened nothing.")
}

/// Counts a message against the address that sends it to a webhook.
///
/// # Errors
/// When too many have come from there.
pub fn arrive(services: &Services, webhook: Uuid, from: Neighbour) -> Result<(), TooFast> {
    let taken = services.limits.hooks.take(&(webhook, from), HOOKS, services.clock.instant());
    judge(services, taken, HOOKS, "address", "Too many messages came from your address in a short time.")
}

/// Counts a sign-up against the address that asks for it, before what it says is read.
///
/// # Errors
/// When too many have come from there.
pub fn sign_up(services: &Services, from: Neighbour) -> Result<(), TooFast> {
    let taken = services.limits.sign_ups.take(&from, SIGN_UPS, services.clock.instant());
    judge(services, taken, SIGN_UPS, "address", "Too many accounts were made from your address in a short time.")
}

/// Counts a mail against the address that asks for it, before what it says is read and before all servers count it together.
///
/// # Errors
/// When too many were asked for from there.
pub fn ask_for_mail(services: &Services, from: Neighbour) -> Result<(), TooFast> {
    let taken = services.limits.mails.take(&from, MAILS, services.clock.instant());
    judge(services, taken, MAILS, "address", "Too many mails were asked for from your address in a short time.")
}

/// Counts a refused form that is to be kept against the address that sent it.
///
/// # Errors
/// When too many have come from there.
pub fn keep_form(services: &Services, from: Neighbour) -> Result<(), TooFast> {
    let taken = services.limits.forms.take(&from, FORMS, services.clock.instant());
    judge(services, taken, FORMS, "address", "Too many forms from your address were refused in a short time.")
}

/// Judges what a key or member has taken of what their plan allows at once.
///
/// # Errors
/// When nothing was left.
pub fn within_burst(services: &Services, taken: Taken, burst: Burst) -> Result<(), TooFast> {
    judge(services, taken, burst, "burst", "Too many requests in a short time.")
}

/// Whoever has to wait so long, by a count that all servers share.
pub(crate) fn too_fast(
    services: &Services,
    policy: &'static str,
    detail: &'static str,
    limit: u64,
    wait: Duration,
) -> TooFast {
    TooFast { detail, policy, limit, wait, resets_at: after(services, wait) }
}

fn judge(
    services: &Services,
    taken: Taken,
    burst: Burst,
    policy: &'static str,
    detail: &'static str,
) -> Result<(), TooFast> {
    if taken.allowed {
        return Ok(());
    }
    Err(TooFast {
        detail,
        policy,
        limit: burst.bucket.into(),
        wait: taken.retry_after,
        resets_at: after(services, taken.full_in),
    })
}

fn after(services: &Services, wait: Duration) -> DateTime<Utc> {
    let now = services.clock.now();
    TimeDelta::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_whole_seconds_that_are_enough() {
        let told = |nanos| whole_seconds(Duration::from_nanos(nanos));
        assert_eq!([0, 1, 999_999_999, 1_000_000_000, 1_000_000_001].map(told), [1, 1, 1, 1, 2]);
        assert_eq!(whole_seconds(Duration::MAX), u32::MAX);
    }

    #[test]
    fn a_refusal_says_which_limit_and_when_to_come_back() {
        let resets_at = "2026-01-01T00:00:10Z".parse().expect("a moment");
        let wait = Duration::from_millis(1_200);
        let problem = Problem::from(TooFast { detail: "Slower.", policy: "address", limit: 500, wait, resets_at });
        assert_eq!((problem.code, problem.retry_after), (Code::RateLimited, Some(2)));
        let facts = problem.limit.expect("facts");
        assert_eq!(
            (facts.policy.as_str(), facts.limit, facts.used, facts.remaining),
            ("address", Some(500), 500, Some(0))
        );
        assert_eq!(facts.resets_at, Some(resets_at));
    }
}
