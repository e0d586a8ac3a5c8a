//! The newest jobs, for the dashboard.

use leptos::prelude::*;
use tenantry_kernel::dispatch::JobHead;

use super::{api::ListRecent, status::StatusBadge};
use crate::app::{
    context::use_tenant,
    problem_view::ProblemAlert,
    reading::Reading,
    ui::{
        Button, ButtonSize, ButtonVariant, Card, Cell, Column, EmptyState, Glyph, LinkButton, RowHead, Skeleton, Table,
    },
    when,
};

/// The newest jobs, which are read anew whenever one changes.
#[component]
pub fn RecentJobs() -> impl IntoView {
    let tenant = use_tenant();
    let jobs = Reading::<ListRecent>::of(move || tenant.moving());
    view! {
        <Card
            title="Recent jobs"
            flush=true
            class="span-12"
            actions=move || view! {
                <Button
                    r#type="button"
                    variant=ButtonVariant::Ghost
                    size=ButtonSize::Small
                    attr:class="button with-script"
                    on:click=move |_| tenant.beat()
                >
                    "Refresh"
                </Button>
            }
        >
            <Transition fallback=|| view! { <Skeleton lines=4/> }>
                {move || Suspend::new(async move {
                    match jobs.get().await {
                        Ok(jobs) if jobs.is_empty() => view! { <NoJobs/> }.into_any(),
                        Ok(jobs) => view! { <Jobs jobs/> }.into_any(),
                        Err(error) => view! { <ProblemAlert problem=error.into_problem()/> }.into_any(),
                    }
                })}
            </Transition>
        </Card>
    }
}

#[component]
fn NoJobs() -> impl IntoView {
    view! {
        <EmptyState
            glyph=Glyph::Jobs
            title="No jobs yet"
            text="Dispatch the built-in tool echo: it answers with what you send, and its use shows above at once."
        >
            <LinkButton href="/dispatch" variant=ButtonVariant::Primary>"Dispatch something"</LinkButton>
        </EmptyState>
    }
}

#[component]
fn Jobs(jobs: Vec<JobHead>) -> impl IntoView {
    let columns = vec![
        Column::text("Job"),
        Column::text("Tool"),
        Column::text("Status"),
        Column::text("Accepted"),
        Column::figures("Took"),
    ];
    let rows = jobs
        .into_iter()
        .map(|job| {
            let took = job.duration_ms.map_or_else(|| "–".to_owned(), when::duration);
            view! {
                <tr>
                    <RowHead><a href=format!("/jobs/{}", job.id)>{job.action}</a></RowHead>
                    <Cell label="Tool">{job.tool}</Cell>
                    <Cell label="Status"><StatusBadge status=job.status/></Cell>
                    <Cell label="Accepted">
                        <time datetime=when::machine(job.created_at)>{when::moment(job.created_at)}</time>
                    </Cell>
                    <Cell label="Took" end=true>{took}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption="Recent jobs" columns brief=true>{rows}</Table> }
}
