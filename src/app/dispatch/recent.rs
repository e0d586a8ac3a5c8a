//! The newest jobs, for the dashboard: of every status or of one, and more of them when asked for. Status and number stand in
//! the address, so links are all that it takes.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use tenantry_kernel::dispatch::JobStatus;

use super::{
    api::{JobRow, ListRecent, MORE_ROWS, MOST_ROWS, Recent},
    status::StatusBadge,
};
use crate::app::{
    call,
    context::use_tenant,
    problem_view::ProblemAlert,
    reading::{Reading, Stage},
    ui::{
        Button, ButtonSize, ButtonVariant, Card, Cell, Column, EmptyState, Glyph, LinkButton, RowHead, Rows, Skeleton,
        Table,
    },
};

/// The page that shows them.
const PAGE: &str = "/dashboard";

/// What one looks for among jobs: all, those that still need something, those that went wrong.
const FILTERS: [(Option<JobStatus>, &str); 4] = [
    (None, "All"),
    (Some(JobStatus::Running), "Running"),
    (Some(JobStatus::Queued), "Waiting"),
    (Some(JobStatus::Failed), "Failed"),
];

/// The address of the list of a status, with so many rows.
pub fn address(status: Option<JobStatus>, rows: Option<u32>) -> String {
    let rows = rows.map(|rows| rows.to_string());
    let fields = [("status", status.map(JobStatus::as_str)), ("rows", rows.as_deref())];
    let fields: Vec<_> = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    if fields.is_empty() { PAGE.to_owned() } else { format!("{PAGE}?{}", call::fields(&fields)) }
}

/// The newest jobs, which are read anew whenever one changes.
#[component]
pub fn RecentJobs() -> impl IntoView {
    let tenant = use_tenant();
    let query = use_query_map();
    let said = move |name: &'static str| Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default()));
    let (status, wanted) = (said("status"), said("rows"));
    let chosen = Memo::new(move |_| status.with(|word| JobStatus::from_word(word)));
    let jobs = Reading::<ListRecent>::of(move || {
        let (tenant, beat) = tenant.moving();
        let asked = status.with(|status| wanted.with(|rows| call::fields(&[("status", status), ("rows", rows)])));
        (format!("{tenant}&{asked}"), beat)
    });
    let (rows, stage) = (Rows::of_page(), Stage::of_page());
    view! {
        <Card title="Recent jobs" flush=true class="span-12" actions=move || view! { <Choices chosen/> }>
            <Transition fallback=|| view! { <Skeleton lines=4/> }>
                {move || Suspend::new(async move {
                    let answer = jobs.get().await;
                    stage.show(move || match answer {
                        Ok(Recent { jobs, .. }) if jobs.is_empty() => view! { <NoJobs chosen/> }.into_any(),
                        Ok(recent) => view! { <Jobs recent chosen rows/> }.into_any(),
                        Err(error) => view! { <ProblemAlert problem=error.into_problem()/> }.into_any(),
                    })
                })}
            </Transition>
        </Card>
    }
}

/// Which jobs are shown, and reading them anew.
#[component]
fn Choices(chosen: Memo<Option<JobStatus>>) -> impl IntoView {
    let tenant = use_tenant();
    let links = FILTERS.map(|(status, name)| {
        let current = move || (chosen.get() == status).then_some("true");
        view! {
            <a
                class="button"
                data-variant="ghost"
                data-size="small"
                href=address(status, None)
                data-noscroll=""
                aria-current=current
            >
                {name}
            </a>
        }
    });
    view! {
        <div class="row" data-gap="2">
            <nav class="row" data-gap="1" aria-label="Jobs by status">{links.into_iter().collect_view()}</nav>
            <Button
                r#type="button"
                variant=ButtonVariant::Ghost
                size=ButtonSize::Small
                attr:class="button with-script"
                on:click=move |_| tenant.beat()
            >
                "Refresh"
            </Button>
        </div>
    }
}

#[component]
fn NoJobs(chosen: Memo<Option<JobStatus>>) -> impl IntoView {
    let none = match chosen.get_untracked() {
        None => {
            return view! {
                <EmptyState
                    glyph=Glyph::Jobs
                    title="No jobs yet"
                    text="Dispatch the built-in tool echo: it answers with what you send, and its use shows above at once."
                >
                    <LinkButton href="/dispatch" variant=ButtonVariant::Primary>"Dispatch something"</LinkButton>
                </EmptyState>
            }
            .into_any();
        }
        Some(JobStatus::Queued) => "No job waits",
        Some(JobStatus::Running) => "No job runs",
        Some(JobStatus::Failed) => "No job has failed",
        Some(JobStatus::Succeeded) => "No job has succeeded",
        Some(JobStatus::Canceled) => "No job was canceled",
    };
    view! {
        <EmptyState glyph=Glyph::Jobs title=none text="Those of every other status are under All."/>
    }
    .into_any()
}

#[component]
fn Jobs(recent: Recent, chosen: Memo<Option<JobStatus>>, rows: Rows) -> impl IntoView {
    let Recent { jobs, more } = recent;
    let shown = u32::try_from(jobs.len()).unwrap_or(MOST_ROWS);
    let columns = vec![
        Column::text("Job"),
        Column::text("Tool"),
        Column::text("Status"),
        Column::text("Accepted"),
        Column::figures("Took"),
    ];
    let rows = rows.draw(jobs, |job| view! { <Row job/> }.into_any());
    view! {
        <Table caption="Recent jobs" columns brief=true>{rows}</Table>
        {more.then(|| view! { <More shown status=chosen.get_untracked()/> })}
    }
}

#[component]
fn Row(job: JobRow) -> impl IntoView {
    let JobRow { id, tool, action, status, accepted: (machine, moment), took } = job;
    view! {
        <tr>
            <RowHead><a href=format!("/jobs/{id}")>{action}</a></RowHead>
            <Cell label="Tool"><span class="break">{tool}</span></Cell>
            <Cell label="Status"><StatusBadge status/></Cell>
            <Cell label="Accepted"><time datetime=machine>{moment}</time></Cell>
            <Cell label="Took" end=true>{took.unwrap_or_else(|| "–".to_owned())}</Cell>
        </tr>
    }
}

/// The way to the older ones. It is a link, so it works without a script; the page stays where it is scrolled to.
#[component]
fn More(shown: u32, #[prop(optional_no_strip)] status: Option<JobStatus>) -> impl IntoView {
    let next = shown.saturating_add(MORE_ROWS);
    let way = if next > MOST_ROWS {
        view! { <span class="quiet">{format!("The newest {MOST_ROWS}. The API lists all of them.")}</span> }.into_any()
    } else {
        let href = address(status, Some(next));
        view! {
            <a class="button" data-variant="secondary" data-size="small" href=href data-noscroll="">"Show more"</a>
        }
        .into_any()
    };
    view! { <p class="table-more">{way}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_not_usual() {
        assert_eq!(address(None, None), "/dashboard");
        assert_eq!(address(Some(JobStatus::Failed), None), "/dashboard?status=failed");
        assert_eq!(address(Some(JobStatus::Queued), Some(33)), "/dashboard?status=queued&rows=33");
    }
}
