//! A map that never grows past its bound, whoever fills it.
//!
//! What it holds is forgotten by itself in time: such an entry equals one that is not there, so sweeping it loses nothing.
//! When all that a shard may hold is remembered, newcomers share a fixed row of values by their hash: never unlimited, never
//! unbounded. The hash is keyed, so nobody can choose whom they share with.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, Hash, RandomState},
    sync::{OnceLock, PoisonError, RwLock, RwLockWriteGuard},
    time::{Duration, Instant},
};

/// Enough that takers on all processors of a machine seldom meet.
const SHARDS: usize = 64;

/// Values that newcomers share while there is no room.
const SHARED: usize = 1_024;

/// The time from one sweep of a shard to the next, in nanoseconds: a flood must not make every newcomer sweep.
const SWEEP_PAUSE: u64 = Duration::from_millis(100).as_nanos() as u64;

/// A value that time turns back into a new one.
pub(super) trait Forgettable: Default {
    /// Is it as good as new at this moment, in nanoseconds?
    fn is_forgotten(&self, now: u64) -> bool;
}

/// The map. Moments are nanoseconds since its [`Start`].
#[derive(Debug)]
pub(super) struct Table<K, V> {
    shards: Box<[RwLock<Shard<K, V>>]>,
    shared: Box<[V]>,
    most_in_shard: usize,
    hasher: RandomState,
}

#[derive(Debug)]
struct Shard<K, V> {
    entries: HashMap<K, V>,
    next_sweep: u64,
}

impl<K: Hash + Eq + Clone, V: Forgettable> Table<K, V> {
    /// A map of so many entries at most.
    pub fn new(most_entries: usize) -> Self {
        let shards = SHARDS.min(most_entries).max(1);
        let empty = |_| RwLock::new(Shard { entries: HashMap::new(), next_sweep: 0 });
        Self {
            shards: (0..shards).map(empty).collect(),
            shared: (0..SHARED).map(|_| V::default()).collect(),
            most_in_shard: most_entries / shards,
            hasher: RandomState::new(),
        }
    }

    /// Does something with the value of a key, a new one or a shared one where there is none yet. A known key costs two
    /// hashes and a shared lock, and allocates nothing.
    pub fn at<R>(&self, key: &K, now: u64, act: impl FnOnce(&V) -> R) -> R {
        let (shard, shared) = self.places(key);
        if let Some(known) = shard.read().unwrap_or_else(PoisonError::into_inner).entries.get(key) {
            return act(known);
        }
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        if shard.entries.contains_key(key) || self.has_room(&mut shard, now) {
            return act(shard.entries.entry(key.clone()).or_default());
        }
        drop(shard);
        act(shared)
    }

    /// Looks at the value of a key without making one; `None` where a new one would be made.
    pub fn look<R>(&self, key: &K, now: u64, act: impl FnOnce(&V) -> R) -> Option<R> {
        let (shard, shared) = self.places(key);
        if let Some(known) = shard.read().unwrap_or_else(PoisonError::into_inner).entries.get(key) {
            return Some(act(known));
        }
        let room = self.has_room(&mut shard.write().unwrap_or_else(PoisonError::into_inner), now);
        (!room).then(|| act(shared))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner).entries.len()).sum()
    }

    /// The key's shard, and the value that it shares where that is full.
    fn places(&self, key: &K) -> (&RwLock<Shard<K, V>>, &V) {
        let hash = self.hasher.hash_one(key) as usize;
        (&self.shards[hash % self.shards.len()], &self.shared[hash / SHARDS % SHARED])
    }

    fn has_room(&self, shard: &mut RwLockWriteGuard<'_, Shard<K, V>>, now: u64) -> bool {
        if shard.entries.len() >= self.most_in_shard && now >= shard.next_sweep {
            shard.next_sweep = now.saturating_add(SWEEP_PAUSE);
            shard.entries.retain(|_, value| !value.is_forgotten(now));
        }
        shard.entries.len() < self.most_in_shard
    }
}

/// From when moments are counted: the first that somebody named.
#[derive(Debug, Default)]
pub(super) struct Start(OnceLock<Instant>);

impl Start {
    /// Nanoseconds from the start to a moment; 0 for one before it.
    pub fn nanos_to(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(*self.0.get_or_init(|| now));
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Remembered until a moment.
    #[derive(Default)]
    struct Until(AtomicU64);

    impl Forgettable for Until {
        fn is_forgotten(&self, now: u64) -> bool {
            self.0.load(Ordering::Relaxed) <= now
        }
    }

    fn remember(table: &Table<u64, Until>, key: u64, now: u64, until: u64) {
        table.at(&key, now, |value| value.0.store(until, Ordering::Relaxed));
    }

    fn seen(table: &Table<u64, Until>, key: u64, now: u64) -> u64 {
        table.look(&key, now, |value| value.0.load(Ordering::Relaxed)).unwrap_or_default()
    }

    #[test]
    fn a_key_finds_what_was_left_for_it() {
        let table = Table::new(100_000);
        (0..1_000).for_each(|key| remember(&table, key, 0, key + 7));
        assert!((0..1_000).all(|key| seen(&table, key, 0) == key + 7));
        assert_eq!((seen(&table, 1_000, 0), table.len()), (0, 1_000));
    }

    #[test]
    fn it_never_holds_more_than_its_bound() {
        for bound in [0, 1, 2, 63, 64, 65, 1_000] {
            let table = Table::new(bound);
            (0..10_000).for_each(|key| remember(&table, key, 0, u64::MAX));
            assert!(table.len() <= bound, "{} of {bound}", table.len());
            assert!(bound == 0 || table.len() * 2 >= bound, "{} of {bound}", table.len());
        }
    }

    #[test]
    fn what_is_remembered_is_not_swept_for_newcomers_and_what_is_forgotten_is() {
        let (table, second) = (Table::new(64), 1_000_000_000);
        let held = |keys: std::ops::Range<u64>| {
            keys.filter(|key| table.shards.iter().any(|shard| shard.read().expect("whole").entries.contains_key(key)))
                .collect::<Vec<_>>()
        };
        (0..1_000).for_each(|key| remember(&table, key, 0, second));
        let first = held(0..1_000);
        assert_eq!(first.len(), 64);
        (1_000..2_000).for_each(|key| remember(&table, key, second - 1, second));
        assert_eq!((held(0..1_000), held(1_000..2_000)), (first, vec![]));
        (2_000..3_000).for_each(|key| remember(&table, key, second + SWEEP_PAUSE, u64::MAX));
        assert_eq!((held(0..2_000), held(2_000..3_000).len()), (vec![], 64));
    }

    #[test]
    fn who_finds_no_room_shares_a_value() {
        let table = Table::new(0);
        remember(&table, 1, 0, 42);
        assert_eq!(seen(&table, 1, 0), 42, "the next time it is the same one");
        let others = (2..100_000).filter(|key| seen(&table, *key, 0) == 42).count();
        assert!((20..500).contains(&others), "{others} of 100,000 share it with {SHARED} values");
    }

    #[test]
    fn moments_are_counted_from_the_first() {
        let (start, first) = (Start::default(), Instant::now());
        assert_eq!(start.nanos_to(first), 0);
        assert_eq!(start.nanos_to(first + Duration::from_micros(3)), 3_000);
        assert_eq!(Start::default().nanos_to(first), 0);
    }
}
