//! When the keeper may stop the database: pure, so that it can be tested without waiting.

use std::time::Duration;

/// How often the keeper looks.
pub(super) const TICK: Duration = Duration::from_millis(100);
/// For how long nobody must have been there, when somebody has vanished without a word: they may
/// be on their way back, after a crash.
const QUIET: Duration = Duration::from_secs(10);
const QUIET_TICKS: u32 = (QUIET.as_millis() / TICK.as_millis()) as u32;

/// Counts the looks at which nobody was there.
#[derive(Debug, Default)]
pub(super) struct Idle {
    quiet: u32,
}

impl Idle {
    /// Takes note of one look: whether anyone holds the cluster, and whether somebody has left in
    /// order since the last one. Says whether it is time to stop.
    pub(super) fn look(&mut self, held: bool, left_in_order: bool) -> bool {
        if held {
            self.quiet = 0;
            return false;
        }
        self.quiet += 1;
        left_in_order || self.quiet > QUIET_TICKS
    }
}
