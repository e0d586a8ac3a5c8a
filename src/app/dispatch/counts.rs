//! How many jobs run, wait, and have failed lately, for the dashboard.

use leptos::prelude::*;
use tenantry_kernel::dispatch::{JobCounts, JobStatus};

use super::{api::CountJobs, recent::address};
use crate::app::{
    context::use_tenant,
    reading::Reading,
    ui::{DefinitionList, Fact, grouped},
};

/// The counts, which are read anew whenever a job changes. Where they cannot be read the list of jobs says why.
#[component]
pub fn Counts() -> impl IntoView {
    let tenant = use_tenant();
    let counts = Reading::<CountJobs>::of(move || tenant.moving());
    counts.shown(|| facts(None), |counts| facts(counts.ok()))
}

/// The counts, each with the way to those that it counts; a dash stands for what is not known yet.
fn facts(counts: Option<JobCounts>) -> AnyView {
    let [running, waiting, failed] = match counts {
        Some(counts) => [counts.running, counts.waiting, counts.failed].map(grouped),
        None => ["–"; 3].map(str::to_owned),
    };
    let facts = [
        ("Jobs running", JobStatus::Running, running, " running jobs"),
        ("Jobs waiting", JobStatus::Queued, waiting, " waiting jobs"),
        ("Failed of 24 hours", JobStatus::Failed, failed, " failed jobs"),
    ];
    let facts = facts.map(|(name, status, count, jobs)| {
        let href = address(status.as_str(), None);
        view! { <Fact name><a href=href data-noscroll="">{count}<span class="vh">{jobs}</span></a></Fact> }
    });
    view! { <DefinitionList>{facts.into_iter().collect_view()}</DefinitionList> }.into_any()
}
