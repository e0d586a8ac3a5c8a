//! When a message that was not taken is sent again.

use std::time::Duration;

use tenantry_kernel::endpoint::MOST_TRIES;

/// The waits after each attempt but the last, in seconds: quick while a receiver restarts, then slower; together more than a
/// day, so that whoever comes to work finds out in time.
const WAITS: [u64; MOST_TRIES as usize - 1] =
    [5, 60, 5 * 60, 30 * 60, 2 * 60 * 60, 5 * 60 * 60, 8 * 60 * 60, 9 * 60 * 60];

/// The longest wait that a receiver may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(12 * 60 * 60);

/// How long to wait after the attempt of that number, the first being 1, a tenth more or less by chance, so that what failed
/// together does not come back together; or as long as the receiver asks, within bounds. `None` after the last.
pub(super) fn next_try(tries: i32, asked: Option<Duration>, chance: u8) -> Option<Duration> {
    let before = usize::try_from(tries).unwrap_or_default().checked_sub(1)?;
    let wait = Duration::from_secs(*WAITS.get(before)?);
    let jittered = wait.mul_f64(0.9 + 0.2 * f64::from(chance) / 255.0);
    Some(asked.map_or(jittered, |asked| asked.max(jittered)).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_over_a_day_and_end() {
        let all =
            |chance| -> Vec<Duration> { (1..MOST_TRIES).filter_map(|try_| next_try(try_, None, chance)).collect() };
        for chance in [0, 128, 255] {
            let waits = all(chance);
            assert_eq!(waits.len() + 1, usize::try_from(MOST_TRIES).expect("small"));
            assert!(waits.windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");
        }
        let day = Duration::from_secs(24 * 60 * 60);
        assert!(all(128).iter().sum::<Duration>() > day, "{:?}", all(128));
        assert_ne!(all(0), all(255), "chance has a part in it");
        assert_eq!(next_try(MOST_TRIES, None, 0), None);
        assert_eq!(next_try(i32::MAX, None, 0), None);
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_wait_but_not_for_any() {
        let asked = |seconds| next_try(1, Some(Duration::from_secs(seconds)), 128);
        assert!(asked(0).is_some_and(|wait| wait >= Duration::from_secs(4)));
        assert_eq!(asked(120), Some(Duration::from_secs(120)));
        assert_eq!(asked(1_000_000), Some(LONGEST_WAIT));
        assert_eq!(next_try(MOST_TRIES, Some(Duration::from_secs(1)), 0), None);
    }
}
