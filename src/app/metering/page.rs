//! Usage over time: one meter, drawn, in parts and in figures. The server draws; this places what it drew.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    api::{ASKED, ListUsageChoices, ReadUsage, UsageSheet},
    filter::Filter,
};
use crate::app::{
    call,
    context::use_tenant,
    layout::PageTitle,
    problem_view::ProblemPage,
    reading::{Reading, Stage},
    ui::{
        Alert, ButtonSize, ButtonVariant, Card, Disclosure, EmptyState, Glyph, LinkButton, PageHeader, Skeleton, Tone,
    },
};

/// Usage.
#[component]
pub fn UsagePage() -> impl IntoView {
    let tenant = use_tenant();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let said = query.with(|query| ASKED.map(|name| (name, query.get(name).unwrap_or_default())));
        let said: Vec<(&str, &str)> = said.iter().map(|(name, text)| (*name, text.as_str())).collect();
        call::fields(&said)
    });
    // What can be chosen is read with the page; what was used moves while one looks.
    let choices = Reading::<ListUsageChoices>::of(move || (format!("{}&{}", tenant.fields(), asked.get()), 0));
    let sheet = Reading::<ReadUsage>::of(move || {
        let (fields, beat) = tenant.moving();
        (format!("{fields}&{}", asked.get()), beat)
    });
    let (form, drawn, figures) = (Stage::of_page(), Stage::of_page(), Stage::of_page());
    view! {
        <PageTitle text="Usage"/>
        <div class="page" data-width="wide">
            <PageHeader title="Usage" lead="What was used, when, and by whom or what: every sum is exactly what was recorded."/>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    let answer = choices.get().await;
                    form.show(move || match answer {
                        Ok(choices) => view! { <Filter choices asked=query.get_untracked()/> }.into_any(),
                        // Why is said once, below.
                        Err(_) => ().into_any(),
                    })
                })}
            </Transition>
            <Transition fallback=|| view! { <Skeleton block=true/> }>
                {move || Suspend::new(async move {
                    let answer = sheet.get().await;
                    drawn.show(move || match answer {
                        Ok(sheet) => view! { <Drawn sheet/> }.into_any(),
                        Err(error) => view! { <ProblemPage problem=error.into_problem()/> }.into_any(),
                    })
                })}
            </Transition>
            // Outside of what is drawn anew, so that it stays as unfolded as the reader has left it.
            <Disclosure summary="The same in figures">
                <Transition>
                    {move || Suspend::new(async move {
                        let answer = sheet.get().await;
                        figures.show(move || {
                            let table = answer.map(|sheet| sheet.table).unwrap_or_default();
                            view! { <div inner_html=table></div> }.into_any()
                        })
                    })}
                </Transition>
            </Disclosure>
        </div>
    }
}

/// What the server has drawn, or why there is nothing.
#[component]
fn Drawn(sheet: UsageSheet) -> impl IntoView {
    if !sheet.faults.is_empty() {
        let faults = sheet.faults.into_iter().map(|fault| view! { <p>{fault}</p> }).collect_view();
        return view! { <Alert tone=Tone::Warning title="This cannot be shown">{faults}</Alert> }.into_any();
    }
    let UsageSheet { title, span, chart, parts, total, limit, alone, whole, file, .. } = sheet;
    let note = format!("{span}. {total}.");
    let alone = alone.map(|alone| {
        view! {
            <p class="row" data-gap="2">
                <span>"Of " <strong>{alone}</strong> " alone."</span>
                <a href=whole data-noscroll="">"Show all"</a>
            </p>
        }
    });
    let unused = chart.is_empty();
    let class = if parts.is_empty() { "span-12" } else { "span-8" };
    let keep = ViewFn::from(move || {
        view! { <LinkButton href=file.clone() external=true size=ButtonSize::Small>"Download CSV"</LinkButton> }
    });
    view! {
        <div class="dashboard">
            <Card title note class actions=keep>
                {limit.map(|limit| view! { <p>{limit}</p> })}
                {alone}
                {if unused {
                    view! { <Nothing/> }.into_any()
                } else {
                    view! { <figure class="chart" data-scaled="" inner_html=chart></figure> }.into_any()
                }}
            </Card>
            {(!parts.is_empty())
                .then(|| view! { <Card title="Parts" note="Choose one to see it alone" class="span-4"><div inner_html=parts></div></Card> })}
        </div>
    }
    .into_any()
}

/// Nothing was used: what would be shown, and what to do first.
#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState
            glyph=Glyph::Gauge
            title="Nothing was used in this time"
            text="Dispatch a tool, or let a program send usage events with a key of the scope usage: what is recorded stands here at once. Or choose other days above."
        >
            <LinkButton href="/dispatch" variant=ButtonVariant::Primary glyph=Glyph::Dispatch>"Dispatch"</LinkButton>
            <LinkButton href="/keys" glyph=Glyph::Key>"API keys"</LinkButton>
        </EmptyState>
    }
}
