//! How many jobs run, wait, and have failed lately, for the dashboard.

use leptos::prelude::*;
use tenantry_kernel::dispatch::{JobCounts, JobStatus};

use super::{api::CountJobs, recent::address};
use crate::app::{
    context::use_tenant,
    reading::{Reading, Stage},
    ui::{DefinitionList, Fact, grouped},
};

/// The counts, which are read anew whenever a job changes. Where they cannot be read the list of jobs says why.
#[component]
pub fn Counts() -> impl IntoView {
    let tenant = use_tenant();
    let counts = Reading::<CountJobs>::of(move || tenant.moving());
    let stage = Stage::of_page();
    view! {
        <Transition fallback=|| view! { <Facts counts=None/> }>
            {move || Suspend::new(async move {
                let counts = counts.get().await.ok();
                stage.show(move || view! { <Facts counts/> }.into_any())
            })}
        </Transition>
    }
}

/// The counts, each with the way to those that it counts; a dash stands for what is not known yet.
#[component]
fn Facts(#[prop(optional_no_strip)] counts: Option<JobCounts>) -> impl IntoView {
    let count = move |status: JobStatus, jobs: &'static str, read: fn(JobCounts) -> u64| {
        let number = counts.map_or_else(|| "–".to_owned(), |counts| grouped(read(counts)));
        view! {
            <a href=address(Some(status), None) data-noscroll="">{number} <span class="vh">" " {jobs}</span></a>
        }
    };
    view! {
        <DefinitionList>
            <Fact name="Jobs running">{count(JobStatus::Running, "running jobs", |counts| counts.running)}</Fact>
            <Fact name="Jobs waiting">{count(JobStatus::Queued, "waiting jobs", |counts| counts.waiting)}</Fact>
            <Fact name="Failed of 24 hours">{count(JobStatus::Failed, "failed jobs", |counts| counts.failed)}</Fact>
        </DefinitionList>
    }
}
