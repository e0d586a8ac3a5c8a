//! The attempts that are under way in this process, so that one whose job has ended elsewhere stops at once.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tenantry_kernel::JobId;
use tokio_util::sync::CancellationToken;

/// By job and fence: a job whose lease was lost may be under way twice.
type UnderWay = BTreeMap<(JobId, i64), CancellationToken>;

/// All of them.
#[derive(Clone, Default)]
pub(super) struct Runs(Arc<Mutex<UnderWay>>);

/// An attempt that is under way until this is dropped.
pub(super) struct Run {
    runs: Runs,
    key: (JobId, i64),
    stopped: CancellationToken,
}

impl Runs {
    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an attempt.
    pub fn begin(&self, job: JobId, fence: i64) -> Run {
        let (key, stopped) = ((job, fence), CancellationToken::new());
        self.lock().insert(key, stopped.clone());
        Run { runs: self.clone(), key, stopped }
    }

    /// Stops whatever is under way for a job: its end is written already.
    pub fn stop(&self, job: JobId) {
        self.lock().range((job, i64::MIN)..=(job, i64::MAX)).for_each(|(_, run)| run.cancel());
    }
}

impl Run {
    /// Waits until the job has ended elsewhere.
    pub async fn stopped(&self) {
        self.stopped.cancelled().await;
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.runs.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_job_stops_in_all_its_attempts_and_no_other_does() {
        let runs = Runs::default();
        let (one, two): (JobId, JobId) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        let (first, second, other) = (runs.begin(one, 1), runs.begin(one, 2), runs.begin(two, 1));
        runs.stop(one);
        assert!(first.stopped.is_cancelled() && second.stopped.is_cancelled() && !other.stopped.is_cancelled());
        drop((first, second, other));
        assert!(runs.lock().is_empty());
        runs.stop(one);
    }
}
