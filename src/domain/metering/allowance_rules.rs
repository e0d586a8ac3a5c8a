//! What holds for a day, and how much of its allowance a server takes at once.

use std::sync::Arc;

use tenantry_kernel::quota::Beyond;

/// What holds for an organization's day. Where any of it changes, what is held of the day is given back and asked for anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayLimit {
    /// The limit; `None` is unlimited.
    pub limit: Option<u64>,
    /// What happens beyond it.
    pub beyond: Beyond,
    /// Is it the organization's own, so that no other plan would change it?
    pub own: bool,
    /// Whose midnight begins the day.
    pub time_zone: Arc<str>,
}

impl DayLimit {
    /// The most that is let through.
    pub(super) fn most(&self) -> Option<u64> {
        self.beyond.most(self.limit)
    }
}

/// Below this many units they are taken one by one, so that the last ones go to whoever asks.
const LAST: u64 = 20;

/// Most units that a server holds unspent.
const MOST: u64 = 64;

/// Units to lease out of `room`, which is what nobody holds: at most 5 % of the limit or 64, one by one below 20.
#[must_use]
pub(super) fn chunk(limit: u64, room: u64) -> u64 {
    let fair = (limit / 20).clamp(1, MOST);
    if room < LAST { room.min(1) } else { room.min(fair) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_small_beside_the_limit_and_never_more_than_there_is() {
        assert_eq!(chunk(100, 100), 5);
        assert_eq!(chunk(1_000, 1_000), 50);
        assert_eq!(chunk(1_000_000, 1_000_000), 64);
        assert_eq!(chunk(1_000_000, 30), 30);
        assert_eq!((chunk(100, 20), chunk(100, 19), chunk(100, 1), chunk(100, 0)), (5, 1, 1, 0));
        assert_eq!((chunk(5, 5), chunk(0, 0)), (1, 0));
    }

    #[test]
    fn what_is_leased_adds_up_to_the_limit() {
        for limit in 0..300 {
            let mut room = limit;
            while room > 0 {
                let units = chunk(limit, room);
                assert!((1..=room).contains(&units), "{limit} {room}");
                room -= units;
            }
        }
    }
}
