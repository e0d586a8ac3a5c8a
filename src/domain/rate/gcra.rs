//! The arithmetic of a token bucket as the generic cell rate algorithm (ITU-T I.371, "virtual scheduling"): all that is kept
//! of a bucket is the moment at which it is full again, in one atomic number.
//!
//! Moments are nanoseconds since a start that the owner of the buckets chooses; a `u64` of them lasts 584 years.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tenantry_kernel::Burst;

use super::table::Forgettable;

const NANOS: u64 = 1_000_000_000;

/// What is said to who may never pass: nothing changes within the day.
const NEVER: Duration = Duration::from_secs(86_400);

/// What a bucket says to one who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// May they pass?
    pub allowed: bool,
    /// How many more may pass at once.
    pub remaining: u64,
    /// When the bucket is full again.
    pub full_in: Duration,
    /// When the next one may pass; zero where one may now.
    pub retry_after: Duration,
}

/// A bucket: the theoretical arrival time. A new one is full, and so is one whose time has passed.
#[derive(Debug, Default)]
pub(super) struct Bucket(AtomicU64);

impl Forgettable for Bucket {
    fn is_forgotten(&self, now: u64) -> bool {
        self.0.load(Ordering::Relaxed) <= now
    }
}

impl Bucket {
    /// Takes one, if there is one.
    pub fn take(&self, burst: Burst, now: u64) -> Taken {
        let Some(pace) = Pace::of(burst) else { return FORBIDDEN };
        let mut full_at = self.0.load(Ordering::Relaxed);
        loop {
            let (left, after) = pace.decide(full_at, now);
            if after == full_at {
                return left;
            }
            // Nothing else is published with the number, so its own order is enough.
            match self.0.compare_exchange_weak(full_at, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return left,
                Err(other) => full_at = other,
            }
        }
    }

    /// What a taker would find, without taking: `remaining` counts all that is there.
    pub fn peek(&self, burst: Burst, now: u64) -> Taken {
        let Some(pace) = Pace::of(burst) else { return FORBIDDEN };
        pace.answer(pace.debt(self.0.load(Ordering::Relaxed), now))
    }
}

const FORBIDDEN: Taken = Taken { allowed: false, remaining: 0, full_in: NEVER, retry_after: NEVER };

/// A rate in nanoseconds.
#[derive(Clone, Copy)]
struct Pace {
    /// From one to the next. Rounded down, so that who waits a second gets all that a second gives; at least 1, which bounds
    /// any rate by a billion a second.
    each: u64,
    /// From empty to full. The largest bucket at the slowest rate is a quarter of what fits.
    whole: u64,
}

impl Pace {
    fn of(burst: Burst) -> Option<Self> {
        if burst.refill == 0 || burst.bucket == 0 {
            return None;
        }
        let each = (NANOS / u64::from(burst.refill)).max(1);
        Some(Self { each, whole: each * u64::from(burst.bucket) })
    }

    /// How long the bucket still fills. Never longer than an empty one: a rate that was raised counts at once, and a clock
    /// that went back locks nobody out.
    fn debt(self, full_at: u64, now: u64) -> u64 {
        full_at.saturating_sub(now).min(self.whole)
    }

    /// The answer to one who takes, and the moment at which the bucket is then full.
    fn decide(self, full_at: u64, now: u64) -> (Taken, u64) {
        let debt = self.debt(full_at, now);
        let found = self.answer(debt);
        if found.allowed {
            let debt = debt + self.each;
            return (Taken { allowed: true, ..self.answer(debt) }, now.saturating_add(debt));
        }
        (found, now.saturating_add(debt))
    }

    fn answer(self, debt: u64) -> Taken {
        let room = self.whole - debt;
        Taken {
            allowed: room >= self.each,
            remaining: room / self.each,
            full_in: Duration::from_nanos(debt),
            retry_after: Duration::from_nanos(self.each.saturating_sub(room)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Burst = Burst { refill: 20, bucket: 1_000 };
    const FAST: Burst = Burst { refill: 20_000, bucket: 40_000 };

    fn emptied(burst: Burst, now: u64) -> Bucket {
        let bucket = Bucket::default();
        while bucket.take(burst, now).allowed {}
        bucket
    }

    #[test]
    fn a_full_bucket_gives_what_it_holds_and_not_one_more_while_the_clock_stands_still() {
        for burst in [SLOW, FAST, Burst { refill: 1, bucket: 1 }, Burst { refill: 3, bucket: 7 }] {
            for now in [0, 1, NANOS * 86_400 * 365 * 100] {
                let bucket = Bucket::default();
                for left in (0..u64::from(burst.bucket)).rev() {
                    let taken = bucket.take(burst, now);
                    assert!(taken.allowed && taken.remaining == left, "{burst:?}: {taken:?}");
                }
                let refused = bucket.take(burst, now);
                assert!(!refused.allowed, "{burst:?}");
                assert_eq!((refused.remaining, bucket.take(burst, now)), (0, refused));
            }
        }
    }

    #[test]
    fn who_waits_as_told_passes_and_not_a_nanosecond_earlier() {
        for burst in [SLOW, FAST, Burst { refill: 1, bucket: 1 }, Burst { refill: 7, bucket: 3 }] {
            let bucket = emptied(burst, 5);
            let wait = u64::try_from(bucket.peek(burst, 5).retry_after.as_nanos()).expect("short");
            assert_eq!(wait, NANOS / u64::from(burst.refill));
            assert!(!bucket.take(burst, 5 + wait - 1).allowed, "{burst:?}");
            assert!(bucket.take(burst, 5 + wait).allowed, "{burst:?}");
            assert!(!bucket.take(burst, 5 + wait).allowed, "{burst:?}");
        }
    }

    #[test]
    fn it_is_full_when_it_says_so() {
        let bucket = emptied(SLOW, 0);
        let full_in = bucket.peek(SLOW, 0).full_in;
        assert_eq!(full_in, Duration::from_secs(50));
        assert!(!bucket.is_forgotten(50 * NANOS - 1) && bucket.is_forgotten(50 * NANOS));
        assert_eq!(bucket.peek(SLOW, 50 * NANOS).remaining, 1_000);
        assert_eq!(bucket.peek(SLOW, 25 * NANOS).remaining, 500);
    }

    #[test]
    fn looking_takes_nothing() {
        let bucket = Bucket::default();
        for _ in 0..10 {
            assert_eq!(bucket.peek(SLOW, 0).remaining, 1_000);
        }
        assert_eq!(bucket.take(SLOW, 0).remaining, 999);
    }

    #[test]
    fn a_larger_rate_counts_at_once_and_a_smaller_one_gives_nothing_twice() {
        let bucket = emptied(SLOW, 0);
        assert!(!bucket.take(FAST, 0).allowed);
        assert!(bucket.take(FAST, 50_000).allowed, "50 µs later the faster rate has one");
        let bucket = emptied(FAST, 0);
        assert_eq!(bucket.peek(SLOW, 0).remaining, 960);
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let year = NANOS * 86_400 * 365;
        let bucket = emptied(SLOW, year);
        assert!(!bucket.take(SLOW, 0).allowed);
        assert!(bucket.take(SLOW, NANOS).allowed);
    }

    #[test]
    fn the_extremes_neither_overflow_nor_let_everybody_through() {
        let largest = Burst { refill: u32::MAX, bucket: u32::MAX };
        let slowest = Burst { refill: 1, bucket: u32::MAX };
        for burst in [largest, slowest] {
            for now in [0, u64::MAX / 2, u64::MAX - 1, u64::MAX] {
                let bucket = Bucket::default();
                assert_eq!(bucket.take(burst, now).remaining, u64::from(u32::MAX) - 1);
            }
        }
        let narrow = Burst { refill: u32::MAX, bucket: 1 };
        let bucket = Bucket::default();
        assert!(bucket.take(narrow, 0).allowed && !bucket.take(narrow, 0).allowed);
    }

    #[test]
    fn nothing_passes_where_a_number_is_zero() {
        for burst in [Burst { refill: 0, bucket: 10 }, Burst { refill: 10, bucket: 0 }] {
            assert_eq!(Bucket::default().take(burst, 0), FORBIDDEN);
            assert_eq!(Bucket::default().peek(burst, 0), FORBIDDEN);
        }
    }

    #[test]
    fn takers_at_once_share_one_bucket_exactly() {
        let bucket = Bucket::default();
        let allowed = std::thread::scope(|scope| {
            let taker = || (0..500).filter(|_| bucket.take(SLOW, 0).allowed).count();
            let takers: Vec<_> = (0..8).map(|_| scope.spawn(taker)).collect();
            takers.into_iter().map(|taker| taker.join().expect("it ran")).sum::<usize>()
        });
        assert_eq!(allowed, 1_000);
    }
}
