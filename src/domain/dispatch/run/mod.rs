//! Running a tool: what it is given, and what its answer means for the job.

mod answer;
mod retry;
mod webhook;

use std::time::Duration;

use tenantry_kernel::{dispatch::JobStatus, money::CostEstimate};

pub(super) use answer::MOST_SPENT;
use answer::judge;
pub(super) use retry::{MOST_ATTEMPTS, next_try};

use super::{
    builtin,
    sql_work::{Claimed, Input, Kind},
};
use crate::{
    Services,
    access::{TenantScope, permit::JobWork},
};

/// What a run used, as the tool says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    pub tokens: i64,
    pub api_calls: i64,
    pub cost: CostEstimate,
}

impl Spent {
    /// Is there anything to count?
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub status: JobStatus,
    /// JSON text.
    pub result: Option<String>,
    pub error: Option<String>,
    pub spent: Spent,
    /// What the tool answered, where it did.
    pub http_status: Option<u16>,
    /// It failed by us, before its tool was asked.
    pub unbegun: bool,
}

impl Ended {
    /// It worked; the result is JSON text.
    pub fn succeeded(result: Option<String>) -> Self {
        Self { result, ..Self::over(JobStatus::Succeeded) }
    }

    /// It did not, and another try would not change that.
    pub fn failed(error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..Self::over(JobStatus::Failed) }
    }

    /// It did not even begin, and that is our fault.
    pub fn unbegun(error: impl Into<String>) -> Self {
        Self { unbegun: true, ..Self::failed(error) }
    }

    /// The same, with what the tool answered.
    pub fn answered(self, http_status: Option<u16>) -> Self {
        Self { http_status, ..self }
    }

    fn over(status: JobStatus) -> Self {
        Self { status, result: None, error: None, spent: Spent::default(), http_status: None, unbegun: false }
    }
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The job has ended.
    Ended(Ended),
    /// The tool has the job and answers later.
    Later,
    /// The tool cannot now: another attempt may find that it can.
    NotNow(NotNow),
}

/// Why another attempt may help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotNow {
    /// A sentence of ours.
    pub error: String,
    /// What the tool answered, where it did.
    pub http_status: Option<u16>,
    /// How long the tool asks to be left alone.
    pub after: Option<Duration>,
}

/// Runs the tool of a claimed job, within its time.
pub(super) async fn run(services: &Services, scope: &TenantScope<JobWork>, claimed: &Claimed, input: Input) -> Outcome {
    let seconds = input.timeout;
    let within = Duration::from_secs(seconds.into());
    let running = async {
        match input.kind {
            Kind::Builtin => match builtin::run(services, &claimed.tool, input.payload).await {
                Ok(result) => Outcome::Ended(Ended::succeeded(Some(result))),
                Err(error) => Outcome::Ended(Ended::failed(error)),
            },
            Kind::Webhook(target) => webhook::call(services, scope, claimed, &target, &input.payload, within).await,
            Kind::Gone => Outcome::Ended(Ended::failed("The tool was deleted before it was the job's turn.")),
        }
    };
    let took_too_long = || Outcome::Ended(Ended::failed(format!("The tool took longer than {seconds} s.")));
    tokio::time::timeout(within, running).await.unwrap_or_else(|_| took_too_long())
}
