//! What the dashboard shows of jobs, drawn by the server: the browser places it, and needs no code to make it.

use leptos::prelude::*;
use tenantry_kernel::dispatch::{JobCounts, JobHead, JobStatus};

use super::{recent::address, status::StatusBadge};
use crate::app::{
    ui::{Cell, Column, DefinitionList, Fact, RowHead, Table, grouped},
    when,
};

/// The counts, each with the way to those that it counts.
pub fn counts(counts: JobCounts) -> String {
    let facts = [
        ("Running", JobStatus::Running, counts.running, " running jobs"),
        ("Waiting", JobStatus::Queued, counts.waiting, " waiting jobs"),
        ("Failed, 24 h", JobStatus::Failed, counts.failed, " failed jobs"),
    ];
    let facts = facts.map(|(name, status, count, jobs)| {
        let href = address(status.as_str(), None);
        view! { <Fact name><a href=href data-noscroll="">{grouped(count)}<span class="vh">{jobs}</span></a></Fact> }
    });
    markup(|| view! { <DefinitionList>{facts.into_iter().collect_view()}</DefinitionList> })
}

/// The table of jobs.
pub fn jobs(jobs: Vec<JobHead>) -> String {
    let columns = vec![
        Column::text("Job"),
        Column::text("Tool"),
        Column::text("Status"),
        Column::text("Accepted"),
        Column::figures("Took"),
    ];
    let rows = move || jobs.into_iter().map(|job| view! { <Row job/> }).collect_view();
    markup(|| view! { <Table caption="Recent jobs" columns brief=true>{rows()}</Table> })
}

#[component]
fn Row(job: JobHead) -> impl IntoView {
    let took = job.duration_ms.map_or_else(|| "–".to_owned(), when::duration);
    view! {
        <tr>
            <RowHead><a href=format!("/jobs/{}", job.id)>{job.action}</a></RowHead>
            <Cell label="Tool"><span class="break">{job.tool}</span></Cell>
            <Cell label="Status"><StatusBadge status=job.status/></Cell>
            <Cell label="Accepted">
                <time datetime=when::machine(job.created_at)>{when::moment(job.created_at)}</time>
            </Cell>
            <Cell label="Took" end=true>{took}</Cell>
        </tr>
    }
}

/// Writes a view as it stands in a page.
fn markup<V: IntoView>(view: impl FnOnce() -> V) -> String {
    Owner::new().with(|| view().into_view().to_html())
}
