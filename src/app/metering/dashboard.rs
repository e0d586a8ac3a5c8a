//! The dashboard: what is used of what there is, by which tool, and over the last days. Its numbers come with the context,
//! so they move with every dispatch on any page.

use leptos::prelude::*;
use tenantry_kernel::money::CostEstimate;

use super::{notice::LimitNotice, week::Week};
use crate::app::{
    context::use_tenant,
    layout::PageTitle,
    ui::{
        ButtonVariant, Card, EmptyState, Glyph, LinkButton, Meter, PageHeader, ShareBar, Stat, bytes, estimate, grouped,
    },
    when,
};

/// Dashboard. What is shown of jobs belongs to another slice.
#[component]
pub fn DashboardPage(
    /// How many jobs there are.
    #[prop(into)]
    counts: ViewFn,
    /// The newest jobs.
    #[prop(into)]
    recent: ViewFn,
) -> impl IntoView {
    let tenant = use_tenant();
    let title = Signal::derive(move || tenant.organization().name);
    view! {
        <PageTitle text="Dashboard"/>
        <div class="page" data-width="wide">
            <PageHeader title=title lead="What is used of what the plan grants.">
                <LinkButton href="/dispatch" variant=ButtonVariant::Primary glyph=Glyph::Dispatch>"Dispatch"</LinkButton>
            </PageHeader>
            <LimitNotice/>
            <div class="dashboard">
                <MonthCard/>
                <NowCard counts/>
                <Week/>
                <ToolsCard/>
                {recent.run()}
            </div>
        </div>
    }
}

/// The month's dispatches.
#[component]
fn MonthCard() -> impl IntoView {
    let tenant = use_tenant();
    let used = Signal::derive(move || tenant.of_usage(|usage| usage.dispatches.used));
    let limit = Signal::derive(move || tenant.of_usage(|usage| usage.dispatches.limit));
    let note = Signal::derive(move || {
        let resets = tenant.of_usage(|usage| usage.dispatches.resets_at);
        let left = tenant.of_usage(|usage| usage.dispatches.remaining);
        let overage = tenant.of_usage(|usage| usage.dispatches.overage);
        let left = left.map(|left| format!("{} left. ", grouped(left))).unwrap_or_default();
        let over = if overage > 0 { format!("{} beyond the limit. ", grouped(overage)) } else { String::new() };
        Some(format!("{left}{over}Starts anew on {}.", when::moment(resets)))
    });
    let period = move || {
        let period = tenant.of_usage(|usage| usage.period);
        format!("Since {}", when::date(period.start))
    };
    let stats = move |value: fn(u64, CostEstimate) -> String| {
        Signal::derive(move || {
            let (tokens, cost) = tenant.of_usage(|usage| (usage.tokens_used, usage.cost_estimate));
            value(tokens, cost)
        })
    };
    view! {
        <Card title="This period" class="span-8">
            <p class="card-note">{period}</p>
            <Meter label="Dispatches" used limit note large=true/>
            <div class="grid" data-columns="4">
                <Stat label="Tokens" value=stats(|tokens, _| grouped(tokens))/>
                <Stat label="Cost estimate" value=stats(|_, cost| estimate(cost))/>
            </div>
        </Card>
    }
}

/// What is taken at this moment or today.
#[component]
fn NowCard(counts: ViewFn) -> impl IntoView {
    let tenant = use_tenant();
    let running = Signal::derive(move || tenant.of_usage(|usage| usage.concurrent.used));
    let slots = Signal::derive(move || tenant.of_usage(|usage| usage.concurrent.limit));
    let calls = Signal::derive(move || tenant.of_usage(|usage| usage.api_calls.used));
    let call_limit = Signal::derive(move || tenant.of_usage(|usage| usage.api_calls.limit));
    let call_note = Signal::derive(move || {
        Some(format!("Starts anew on {}.", when::moment(tenant.of_usage(|usage| usage.api_calls.resets_at))))
    });
    let stored = Signal::derive(move || tenant.of_usage(|usage| usage.storage_bytes.used));
    let room = Signal::derive(move || tenant.of_usage(|usage| usage.storage_bytes.limit));
    view! {
        <Card title="Now and today" class="span-4">
            <Meter label="Running now" used=running limit=slots at_work=true/>
            {counts.run()}
            <Meter label="API calls today" used=calls limit=call_limit note=call_note/>
            <Meter label="File storage" used=stored limit=room format=bytes/>
        </Card>
    }
}

/// Dispatches by tool.
#[component]
fn ToolsCard() -> impl IntoView {
    let tenant = use_tenant();
    let tools = Memo::new(move |_| tenant.of_usage(|usage| usage.by_tool.clone()));
    let total = Signal::derive(move || tools.with(|tools| tools.iter().map(|tool| tool.dispatches).sum::<u64>()));
    view! {
        <Card title="By tool" note="Dispatches of this period" class="span-4">
            {move || {
                let tools = tools.get();
                if tools.is_empty() {
                    return view! { <EmptyState glyph=Glyph::Tool title="No tool was used yet"/> }.into_any();
                }
                let rows = tools
                    .into_iter()
                    .map(|tool| view! { <li><ShareBar label=tool.tool value=tool.dispatches total/></li> })
                    .collect_view();
                view! { <ul class="tools-used" role="list">{rows}</ul> }.into_any()
            }}
        </Card>
    }
}
