//! The limiter: a bucket a key, in bounded memory.

use std::{hash::Hash, time::Instant};

use tenantry_kernel::Burst;

use super::{
    gcra::{Bucket, Taken},
    table::{Start, Table},
};

/// Token buckets by key. They live in one process: each server of an installation counts for itself. A call for a known key
/// takes some 70 ns, 200 where two processors press one key, reading the clock included.
#[derive(Debug)]
pub struct Limiter<K> {
    buckets: Table<K, Bucket>,
    start: Start,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// A limiter that remembers so many buckets at most. Full ones need not be remembered; while all of them are in use,
    /// further keys share others.
    #[must_use]
    pub fn new(most_entries: usize) -> Self {
        Self { buckets: Table::new(most_entries), start: Start::default() }
    }

    /// Takes one from the key's bucket, if there is one.
    pub fn take(&self, key: &K, burst: Burst, now: Instant) -> Taken {
        let now = self.start.nanos_to(now);
        self.buckets.at(key, now, |bucket| bucket.take(burst, now))
    }

    /// What is in the key's bucket, without taking; `remaining` counts all that is there.
    pub fn peek(&self, key: &K, burst: Burst, now: Instant) -> Taken {
        let now = self.start.nanos_to(now);
        let known = self.buckets.look(key, now, |bucket| bucket.peek(burst, now));
        known.unwrap_or_else(|| Bucket::default().peek(burst, now))
    }

    /// How many buckets are remembered; never more than the bound.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.buckets.len()
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use governor::{Quota, RateLimiter, clock::FakeRelativeClock};

    use super::*;

    /// Numbers that look like chance and are the same in every run (SplitMix64).
    struct Arrivals(u64);

    impl Arrivals {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % bound
        }
    }

    /// Enough to empty the largest bucket.
    const ARRIVALS: u64 = 150_000;

    /// Asks both as many times, with pauses up to a bit more than what one takes, or now and then long ones.
    fn agree(burst: Burst, seed: u64) {
        let (clock, mut now, limiter) = (FakeRelativeClock::default(), Instant::now(), Limiter::new(10));
        let positive = |number| NonZeroU32::new(number).expect("positive");
        let quota = Quota::per_second(positive(burst.refill)).allow_burst(positive(burst.bucket));
        let oracle = RateLimiter::direct_with_clock(quota, clock.clone());
        let (mut arrivals, mut allowed) = (Arrivals(seed), 0);
        let each = 1_000_000_000 / u64::from(burst.refill);
        for number in 0..ARRIVALS {
            let longest =
                if arrivals.below(500) == 0 { each * u64::from(burst.bucket).min(300) } else { each + each / 4 };
            let pause = Duration::from_nanos(if arrivals.below(3) == 0 { 0 } else { arrivals.below(longest + 1) });
            (now, _) = (now + pause, clock.advance(pause));
            let taken = limiter.take(&"key", burst, now);
            assert_eq!(taken.allowed, oracle.check().is_ok(), "{burst:?}, seed {seed}, arrival {number}");
            allowed += u64::from(taken.allowed);
        }
        let share = allowed * 100 / ARRIVALS;
        assert!((20..95).contains(&share), "{burst:?}: {share} % passed, so little was compared");
    }

    #[test]
    fn it_decides_as_another_implementation_does() {
        let bursts = [(20, 1_000), (200, 2_000), (20_000, 40_000), (50, 500), (1, 600), (1, 1), (3, 7), (999, 1)];
        for (number, (refill, bucket)) in (1..).zip(bursts) {
            agree(Burst { refill, bucket }, number);
        }
    }

    #[test]
    fn keys_have_buckets_of_their_own() {
        let (limiter, burst, now) = (Limiter::new(100), Burst { refill: 1, bucket: 1 }, Instant::now());
        assert!(limiter.take(&"a", burst, now).allowed && !limiter.take(&"a", burst, now).allowed);
        assert!(limiter.take(&"b", burst, now).allowed);
    }

    #[test]
    fn looking_at_a_stranger_remembers_nobody() {
        let (limiter, burst, now) = (Limiter::new(100), Burst { refill: 20, bucket: 1_000 }, Instant::now());
        assert_eq!(limiter.peek(&"a", burst, now).remaining, 1_000);
        assert_eq!(limiter.entries(), 0);
        limiter.take(&"a", burst, now);
        assert_eq!((limiter.peek(&"a", burst, now).remaining, limiter.entries()), (999, 1));
    }

    #[test]
    fn ten_million_keys_need_no_more_memory_than_the_bound_and_none_of_them_is_free() {
        let (limiter, burst, now) = (Limiter::new(1_000), Burst { refill: 1, bucket: 10 }, Instant::now());
        let allowed = (0..10_000_000_u64).filter(|key| limiter.take(key, burst, now).allowed).count();
        assert!(limiter.entries() <= 1_000, "{}", limiter.entries());
        // Who has a bucket of their own, and ten for each of the buckets that all others share.
        assert!(allowed <= 1_000 + 10 * 1_024, "{allowed}");
        let later = now + Duration::from_secs(11);
        assert!(limiter.take(&u64::MAX, burst, later).allowed, "when the flood is over there is room again");
    }

    #[test]
    fn a_customer_who_is_known_is_untouched_by_a_flood() {
        let (limiter, burst, now) = (Limiter::new(100), Burst { refill: 20, bucket: 1_000 }, Instant::now());
        limiter.take(&0_u64, burst, now);
        let strangers = (1..100_000).filter(|stranger| limiter.take(stranger, burst, now).allowed).count();
        assert!(strangers > 1_000, "{strangers}");
        assert_eq!(limiter.take(&0, burst, now).remaining, 998);
    }
}
