//! Time as a promise means it: without that for which a busy machine kept the test itself waiting.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    task::AbortHandle,
    time::{Instant, sleep_until},
};

/// How often it looks how late it is.
const TICK: Duration = Duration::from_millis(20);

/// A sleep may come so much later than it was meant to on a machine that has nothing else to do.
const GRAIN: Duration = Duration::from_millis(5);

/// What was late so far, and when the next tick is due.
struct Lateness {
    sum: Duration,
    due: Instant,
}

impl Lateness {
    /// By how much the tick that is due is late already.
    fn now(&self) -> Duration {
        let late = self.due.elapsed();
        if late > GRAIN { late } else { Duration::ZERO }
    }
}

/// Measures in the runtime of its test: by how much its own sleeps come too late, the runtime was kept from everything else
/// too, and that does not count.
pub struct Stopwatch {
    began: Instant,
    lateness: Arc<Mutex<Lateness>>,
    ticker: AbortHandle,
}

impl Stopwatch {
    /// Begins to measure.
    #[must_use]
    pub fn start() -> Self {
        let began = Instant::now();
        let lateness = Arc::new(Mutex::new(Lateness { sum: Duration::ZERO, due: began + TICK }));
        let ticker = tokio::spawn(tick(Arc::clone(&lateness))).abort_handle();
        Self { began, lateness, ticker }
    }

    /// What has passed, without what was late.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let lateness = lock(&self.lateness);
        self.began.elapsed().saturating_sub(lateness.sum + lateness.now())
    }
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        self.ticker.abort();
    }
}

fn lock(lateness: &Mutex<Lateness>) -> MutexGuard<'_, Lateness> {
    lateness.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn tick(lateness: Arc<Mutex<Lateness>>) {
    loop {
        let due = lock(&lateness).due;
        sleep_until(due).await;
        let mut lateness = lock(&lateness);
        let late = lateness.now();
        lateness.sum += late;
        lateness.due = Instant::now() + TICK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_runtime_waited_for_counts_and_what_kept_it_does_not() {
        let watch = Stopwatch::start();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let waited = watch.elapsed();
        assert!(waited > Duration::from_millis(50), "a sleep is time that passes: {waited:?}");
        std::thread::sleep(Duration::from_secs(1));
        let kept = watch.elapsed();
        assert!(kept < waited + Duration::from_millis(500), "a runtime that stands still is not: {kept:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(watch.elapsed() < kept + Duration::from_millis(500), "nor is it afterwards");
    }
}
