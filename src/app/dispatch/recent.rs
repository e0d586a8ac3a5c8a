//! The newest jobs, for the dashboard: of every status or of one, and more of them when asked for. Status and number stand in
//! the address, so links are all that it takes. The server draws the rows; this places what it drew.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::api::{ListRecent, MORE_ROWS, MOST_ROWS, Recent};
use crate::app::{
    call,
    context::use_tenant,
    problem_view::ProblemAlert,
    reading::Reading,
    ui::{Button, ButtonSize, ButtonVariant, Card, EmptyState, Glyph, LinkButton, Skeleton},
};

/// The page that shows them.
const PAGE: &str = "/dashboard";

/// What one looks for among jobs: all, those that still need something, those that went wrong. With the words of the contract,
/// and what is said where there is none.
const FILTERS: [(&str, &str, &str); 4] = [
    ("", "All", "No jobs yet"),
    ("running", "Running", "No job runs"),
    ("queued", "Waiting", "No job waits"),
    ("failed", "Failed", "No job has failed"),
];

/// The address of the list of a status, with so many rows.
pub fn address(status: &str, rows: Option<u32>) -> String {
    let rows = rows.map(|rows| rows.to_string()).unwrap_or_default();
    let mut fields = vec![("status", status), ("rows", rows.as_str())];
    fields.retain(|(_, value)| !value.is_empty());
    if fields.is_empty() { PAGE.to_owned() } else { format!("{PAGE}?{}", call::fields(&fields)) }
}

/// The newest jobs, which are read anew whenever one changes.
#[component]
pub fn RecentJobs() -> impl IntoView {
    let tenant = use_tenant();
    let query = use_query_map();
    let said = move |name: &'static str| Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default()));
    let (status, wanted) = (said("status"), said("rows"));
    let jobs = Reading::<ListRecent>::of(move || {
        let (tenant, beat) = tenant.moving();
        let asked = status.with(|status| wanted.with(|rows| call::fields(&[("status", status), ("rows", rows)])));
        (format!("{tenant}&{asked}"), beat)
    });
    let list = jobs.shown(
        || view! { <Skeleton lines=4/> },
        move |answer| match answer {
            Ok(Recent { shown: 0, .. }) => view! { <NoJobs status=status.get_untracked()/> }.into_any(),
            Ok(recent) => view! { <Jobs recent status=status.get_untracked()/> }.into_any(),
            Err(error) => view! { <ProblemAlert problem=error.into_problem()/> }.into_any(),
        },
    );
    view! {
        <Card title="Recent jobs" flush=true class="span-12" actions=move || view! { <Choices status/> }>
            {list}
        </Card>
    }
}

/// Which jobs are shown, and reading them anew.
#[component]
fn Choices(status: Memo<String>) -> impl IntoView {
    let tenant = use_tenant();
    let links = FILTERS.map(|(word, name, _)| {
        let current = move || status.with(|status| status == word).then_some("true");
        view! {
            <a
                class="button"
                data-variant="ghost"
                data-size="small"
                href=address(word, None)
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
fn NoJobs(status: String) -> impl IntoView {
    let filter = FILTERS.iter().find(|(word, ..)| *word == status);
    let title = filter.map_or("There is none", |(.., none)| none);
    if status.is_empty() {
        let text = "Dispatch the built-in tool echo: it answers with what you send, and its use shows above at once.";
        return view! {
            <EmptyState glyph=Glyph::Jobs title text>
                <LinkButton href="/dispatch" variant=ButtonVariant::Primary>"Dispatch something"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    view! { <EmptyState glyph=Glyph::Jobs title text="Those of every other status are under All."/> }.into_any()
}

/// What the server has drawn, and the way to the others.
#[component]
fn Jobs(recent: Recent, status: String) -> impl IntoView {
    let Recent { table, shown, more } = recent;
    view! {
        <div inner_html=table></div>
        {more.then(|| view! { <More shown status/> })}
    }
}

/// The way to the older ones. It is a link, so it works without a script; the page stays where it is scrolled to.
#[component]
fn More(shown: u32, status: String) -> impl IntoView {
    let next = shown.saturating_add(MORE_ROWS);
    let link = (next <= MOST_ROWS).then(|| {
        let href = address(&status, Some(next));
        view! { <a class="button" data-variant="secondary" data-size="small" href=href data-noscroll="">"Show more"</a> }
    });
    let end = link.is_none().then(|| format!("The newest {shown}. The API lists all of them."));
    view! { <p class="table-more">{link} {end}</p> }
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::dispatch::JobStatus;

    use super::*;

    #[test]
    fn an_address_says_what_is_not_usual() {
        assert_eq!(address("", None), "/dashboard");
        assert_eq!(address("failed", None), "/dashboard?status=failed");
        assert_eq!(address("queued", Some(33)), "/dashboard?status=queued&rows=33");
    }

    #[test]
    fn what_is_looked_for_has_the_words_of_the_contract() {
        assert!(FILTERS[1..].iter().all(|(word, ..)| JobStatus::from_word(word).is_some()));
    }
}
