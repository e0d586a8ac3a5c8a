//! The headers of limits: `RateLimit-Policy` says what holds, `RateLimit` what is left of it (IETF draft
//! `draft-ietf-httpapi-ratelimit-headers`: lists of structured fields, `q` the quota, `w` its window in seconds, `r` what
//! remains, `t` the seconds until it is whole again).

use std::{fmt::Write as _, time::Duration};

use axum::http::{HeaderName, HeaderValue};
use tenantry_domain::rate::Taken;
use tenantry_kernel::Burst;

/// What holds.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// What is left.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Where a caller stands against the limits on calls; a limit that there is none of is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateFacts {
    /// The calls of the day.
    pub api_day: Option<Day>,
    /// The calls at once.
    pub burst: Option<BurstFacts>,
}

/// Where a caller stands against the calls of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The limit.
    pub limit: u64,
    /// What is left.
    pub remaining: u64,
    /// How long this day is, in seconds: some last 23 or 25 hours.
    pub window_seconds: u32,
    /// Seconds until the next one begins.
    pub resets_in_seconds: u32,
}

/// Where a caller stands against the calls at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurstFacts {
    /// How many a full bucket holds.
    pub bucket: u32,
    /// How many come back in a second.
    pub refill: u32,
    /// What is left.
    pub remaining: u64,
    /// When the bucket is full again.
    pub full_in: Duration,
}

impl BurstFacts {
    /// What the limiter said of a bucket.
    #[must_use]
    pub const fn new(burst: Burst, taken: &Taken) -> Self {
        Self { bucket: burst.bucket, refill: burst.refill, remaining: taken.remaining, full_in: taken.full_in }
    }

    const fn burst(&self) -> Burst {
        Burst { refill: self.refill, bucket: self.bucket }
    }
}

impl RateFacts {
    /// The two headers; none where no limit holds.
    #[must_use]
    pub fn headers(&self) -> Option<[(HeaderName, HeaderValue); 2]> {
        if self.api_day.is_none() && self.burst.is_none() {
            return None;
        }
        let (mut policies, mut states) = (String::with_capacity(64), String::with_capacity(64));
        // Writing to a string cannot fail.
        let _ = self.write(&mut policies, &mut states);
        // Names, digits and punctuation are visible ASCII.
        let header = |text: String| HeaderValue::try_from(text).ok();
        Some([(RATE_LIMIT_POLICY, header(policies)?), (RATE_LIMIT, header(states)?)])
    }

    fn write(&self, policies: &mut String, states: &mut String) -> std::fmt::Result {
        if let Some(Day { limit, remaining, window_seconds, resets_in_seconds }) = self.api_day {
            write!(policies, r#""api-day";q={limit};w={window_seconds}"#)?;
            write!(states, r#""api-day";r={remaining};t={resets_in_seconds}"#)?;
        }
        let Some(burst) = self.burst else { return Ok(()) };
        let comma = if policies.is_empty() { "" } else { ", " };
        write!(policies, r#"{comma}"burst";q={}"#, burst.bucket)?;
        // A bucket that never fills has no window, which the draft allows.
        if let Some(seconds) = burst.burst().fill_seconds() {
            write!(policies, ";w={seconds}")?;
        }
        let seconds = burst.full_in.as_secs() + u64::from(burst.full_in.subsec_nanos() > 0);
        write!(states, r#"{comma}"burst";r={};t={seconds}"#, burst.remaining)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Day = Day { limit: 1_000, remaining: 412, window_seconds: 86_400, resets_in_seconds: 30_211 };

    fn burst(remaining: u64, full_in: Duration) -> BurstFacts {
        BurstFacts { bucket: 1_000, refill: 20, remaining, full_in }
    }

    fn written(facts: RateFacts) -> Option<[String; 2]> {
        Some(facts.headers()?.map(|(_, value)| value.to_str().expect("visible").to_owned()))
    }

    #[test]
    fn a_key_sees_both_limits_as_the_contract_has_them() {
        let facts = RateFacts { api_day: Some(DAY), burst: Some(burst(999, Duration::from_millis(50))) };
        let [policy, state] = written(facts).expect("limits hold");
        assert_eq!(policy, r#""api-day";q=1000;w=86400, "burst";q=1000;w=50"#);
        assert_eq!(state, r#""api-day";r=412;t=30211, "burst";r=999;t=1"#);
    }

    #[test]
    fn a_session_sees_the_burst_alone() {
        let facts = RateFacts { api_day: None, burst: Some(burst(0, Duration::from_secs(50))) };
        assert_eq!(written(facts).expect("a limit holds"), [r#""burst";q=1000;w=50"#, r#""burst";r=0;t=50"#]);
    }

    #[test]
    fn a_full_bucket_is_full_in_no_time() {
        let facts = RateFacts { api_day: None, burst: Some(burst(1_000, Duration::ZERO)) };
        assert_eq!(written(facts).expect("a limit holds")[1], r#""burst";r=1000;t=0"#);
    }

    #[test]
    fn where_nothing_is_limited_there_are_no_headers() {
        assert_eq!(RateFacts::default().headers(), None);
        let facts = RateFacts { api_day: Some(Day { window_seconds: 82_800, ..DAY }), burst: None };
        assert_eq!(written(facts).expect("a limit holds")[0], r#""api-day";q=1000;w=82800"#);
    }

    #[test]
    fn the_limiters_answer_becomes_facts() {
        let taken = Taken { allowed: true, remaining: 7, full_in: Duration::from_secs(3), retry_after: Duration::ZERO };
        let facts = BurstFacts::new(Burst { refill: 3, bucket: 16 }, &taken);
        let [policy, state] = written(RateFacts { api_day: None, burst: Some(facts) }).expect("a limit holds");
        assert_eq!((policy.as_str(), state.as_str()), (r#""burst";q=16;w=6"#, r#""burst";r=7;t=3"#));
    }
}
