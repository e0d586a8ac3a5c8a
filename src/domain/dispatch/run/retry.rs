//! When a tool that cannot now is tried again.

use std::time::Duration;

/// How often a job is taken up before it fails, whether its tool or its worker was lost.
pub(in crate::dispatch) const MOST_ATTEMPTS: i32 = 5;

/// The wait after the first attempt; each further one is four times as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait that a tool may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How long to wait after the attempt of that number, the first being 1: 1, 4, 16, 64 s, half of it by chance, so that what
/// failed together does not come back together; or as long as the tool asks, within bounds. `None` after the last.
pub(in crate::dispatch) fn next_try(attempt: i32, asked: Option<Duration>, chance: u32) -> Option<Duration> {
    let before = u32::try_from(attempt).unwrap_or_default().saturating_sub(1);
    if attempt >= MOST_ATTEMPTS {
        return None;
    }
    let wait = FIRST_WAIT * 4u32.saturating_pow(before);
    let half = wait / 2;
    let jittered = half + half.mul_f64(f64::from(chance) / f64::from(u32::MAX));
    Some(asked.map_or(jittered, |asked| asked.max(jittered)).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let wait = |attempt, chance| next_try(attempt, None, chance);
        let (none, all) = (0, u32::MAX);
        for (attempt, seconds) in [(1, 1.0), (2, 4.0), (3, 16.0), (4, 64.0)] {
            assert_eq!(wait(attempt, none), Some(Duration::from_secs_f64(seconds / 2.0)));
            assert_eq!(wait(attempt, all), Some(Duration::from_secs_f64(seconds)));
        }
        assert_eq!(wait(MOST_ATTEMPTS, none), None);
        assert_eq!(wait(i32::MAX, none), None);
    }

    #[test]
    fn a_tool_may_ask_for_a_longer_wait_but_not_for_any() {
        let asked = |seconds| next_try(1, Some(Duration::from_secs(seconds)), u32::MAX);
        assert_eq!(asked(0), Some(Duration::from_secs(1)));
        assert_eq!(asked(120), Some(Duration::from_secs(120)));
        assert_eq!(asked(86_400), Some(LONGEST_WAIT));
        assert_eq!(next_try(MOST_ATTEMPTS, Some(Duration::from_secs(1)), 0), None);
    }
}
