//! An attempt at a claimed job: its tool runs under a lease, and what came of it is written once.

use std::time::Duration;

use tokio::time::{Instant, interval_at, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    ends::End,
    run::{self, Ended, MOST_ATTEMPTS, NotNow, Outcome, next_try},
    sql, sql_ends,
    sql_work::{Claimed, Input},
};
use crate::{
    Services,
    access::{TenantScope, permit::JobWork},
    db::{DbError, TenantTx},
};

/// How often a lease is renewed: three times in its life.
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// How soon a renewal that failed is tried again.
const RENEW_AGAIN: Duration = Duration::from_secs(2);

/// How long a database that is away is waited for: what is written later than that is another attempt's.
const PATIENCE: Duration = Duration::from_secs(50);

/// Longest pause between two tries to write.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// A claimed job, in its tenant.
#[derive(Clone)]
pub(super) struct Attempt {
    pub services: Services,
    pub scope: TenantScope<JobWork>,
    pub claimed: Claimed,
}

impl Attempt {
    /// Runs it and writes what came of it. When `leave` is canceled, another worker gets the job; what cannot be written is
    /// left to the lease's end.
    #[tracing::instrument(skip_all, fields(job.id = %self.claimed.job, tenant.id = %self.scope.tenant()))]
    pub async fn go(self, input: Input, leave: &CancellationToken) {
        let timeout = input.timeout;
        let known = self.services.floor.runs.begin(self.claimed.job, self.claimed.fence);
        let outcome = tokio::select! {
            outcome = self.renewing(run::run(&self.services, &self.scope, &self.claimed, input)) => outcome,
            () = known.stopped() => None,
            () = leave.cancelled() => return self.persist(&Came::HandedOver).await,
        };
        let came = match outcome {
            None => return tracing::info!("A job has ended, or is another worker's, while it ran here."),
            Some(Outcome::Ended(ended)) => Came::Ended(ended),
            Some(Outcome::Later) => Came::Later { timeout },
            Some(Outcome::NotNow(not_now)) => self.put_off(not_now),
        };
        self.persist(&came).await;
    }

    /// Renews the lease while the future runs; `None` when the lease was lost and the run was dropped.
    async fn renewing<T>(&self, run: impl Future<Output = T>) -> Option<T> {
        let mut run = std::pin::pin!(run);
        let mut renewed = Instant::now();
        let mut renewal = interval_at(renewed + RENEW_EVERY, RENEW_EVERY);
        loop {
            tokio::select! {
                outcome = &mut run => return Some(outcome),
                _ = renewal.tick() => match self.renew().await {
                    Ok(true) => renewed = Instant::now(),
                    Ok(false) => return None,
                    Err(_) if renewed.elapsed() > PATIENCE => return None,
                    Err(error) => {
                        tracing::warn!(%error, "A lease could not be renewed.");
                        renewal.reset_after(RENEW_AGAIN);
                    }
                },
            }
        }
    }

    async fn renew(&self) -> Result<bool, DbError> {
        let mut tx = TenantTx::open(&self.services.db, &self.scope).await?;
        let mine = sql_ends::renew(&mut tx, &self.claimed).await?;
        tx.commit().await?;
        Ok(mine)
    }

    /// Waits for the next attempt; after the last one, it has failed.
    fn put_off(&self, not_now: NotNow) -> Came {
        let chance = u32::from_be_bytes(self.services.entropy.bytes());
        match next_try(self.claimed.attempts, not_now.after, chance) {
            Some(wait) => Came::NotNow { not_now, wait },
            None => {
                let ended = Ended::failed(format!("{} It was tried {MOST_ATTEMPTS} times.", not_now.error));
                Came::Ended(ended.answered(not_now.http_status))
            }
        }
    }

    /// Writes what came of it, and waits for the database where that is away.
    async fn persist(&self, came: &Came) {
        let (began, mut pause, what) = (Instant::now(), Duration::from_millis(250), came.word());
        loop {
            match self.write(came).await {
                Ok(true) => {
                    let Claimed { tool, action, .. } = &self.claimed;
                    return tracing::info!(
                        job.outcome = what,
                        job.tool = tool,
                        job.action = action,
                        "An attempt is over."
                    );
                }
                Ok(false) => {
                    return tracing::info!("A job had ended, or was another worker's, before that was written.");
                }
                Err(error) if began.elapsed() + pause > PATIENCE => {
                    return tracing::warn!(%error, job.outcome = what, "An outcome could not be written; the lease will end.");
                }
                Err(error) => tracing::debug!(%error, job.outcome = what, "An outcome could not be written yet."),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Writes it once; `false` where the job is another's by now.
    async fn write(&self, came: &Came) -> Result<bool, DbError> {
        let Self { services, scope, claimed } = self;
        if let Came::Ended(ended) = came {
            let (job, fence, tool) = (claimed.job, claimed.fence, claimed.tool.clone());
            let end = End { scope: *scope, job, fence, tool, ended: ended.clone() };
            return services.floor.ends.join(services, end).await;
        }
        let mut tx = TenantTx::open(&services.db, scope).await?;
        sql::lock_gate(&mut tx).await?;
        let written = match came {
            Came::Ended(_) => false,
            Came::Later { timeout } => sql_ends::leave_to_tool(&mut tx, claimed, *timeout).await?,
            Came::NotNow { not_now, wait } => sql_ends::put_off(&mut tx, claimed, not_now, wait.as_secs_f64()).await?,
            Came::HandedOver => sql_ends::hand_over(&mut tx, claimed).await?,
        };
        tx.commit().await?;
        services.floor.announce(scope.organization());
        Ok(written)
    }
}

/// What came of an attempt, to be written.
enum Came {
    Ended(Ended),
    Later { timeout: u32 },
    NotNow { not_now: NotNow, wait: Duration },
    HandedOver,
}

impl Came {
    /// What the job was, in the log.
    const fn word(&self) -> &'static str {
        match self {
            Self::Ended(ended) => ended.status.as_str(),
            Self::Later { .. } => "left to its tool",
            Self::NotNow { .. } => "put off",
            Self::HandedOver => "handed over",
        }
    }
}
