//! The navigation. It names the pages that there are.

use leptos::prelude::*;

use crate::app::{
    context::use_tenant,
    ui::{Badge, Glyph, Mark, Meter, NavLink, Tone},
};

/// The navigation: a sidebar, or a bar at the bottom of a narrow window.
#[component]
pub fn Rail() -> impl IntoView {
    view! {
        <nav class="rail" aria-label="Main">
            <a class="rail-brand" href="/dashboard">
                <Mark/>
                <span>"Tenantry"</span>
            </a>
            <ul class="rail-list" role="list">
                <NavLink href="/dashboard" glyph=Glyph::Dashboard>"Dashboard"</NavLink>
                <NavLink href="/dispatch" glyph=Glyph::Dispatch>"Dispatch"</NavLink>
                <NavLink href="/usage" glyph=Glyph::Gauge>"Usage"</NavLink>
                <NavLink href="/tools" glyph=Glyph::Tool>"Tools"</NavLink>
                <NavLink href="/keys" glyph=Glyph::Key>"API keys"</NavLink>
                <NavLink href="/webhooks" glyph=Glyph::Webhook>"Webhooks"</NavLink>
                <NavLink href="/plans" glyph=Glyph::Layers>"Plans"</NavLink>
            </ul>
            <div class="rail-foot">
                <PlanLeft/>
            </div>
        </nav>
    }
}

/// What is left of the plan, seen from every page.
#[component]
fn PlanLeft() -> impl IntoView {
    let tenant = use_tenant();
    let used = Signal::derive(move || tenant.of_usage(|usage| usage.dispatches.used));
    let limit = Signal::derive(move || tenant.of_usage(|usage| usage.dispatches.limit));
    view! {
        <div class="rail-plan">
            <div class="split">
                <span class="soft">"Plan"</span>
                {move || {
                    let plan = tenant.plan();
                    view! { <Badge tone=Tone::of_plan(&plan.id)>{plan.name}</Badge> }
                }}
            </div>
            <Meter label="Dispatches" used limit/>
        </div>
    }
}
