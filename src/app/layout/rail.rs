//! The navigation.

use leptos::prelude::*;

use super::places::{FIRST, Place, navigation};
use crate::app::{
    context::use_tenant,
    ui::{Badge, Mark, Meter, NavLink, NavSheet, Tone},
};

/// The navigation: a sidebar, or a bar at the bottom of a narrow window.
#[component]
pub fn Rail() -> impl IntoView {
    let (first, later) = (navigation().take(FIRST).collect(), navigation().skip(FIRST).collect());
    view! {
        <nav class="rail" aria-label="Main">
            <a class="rail-brand" href="/dashboard">
                <Mark/>
                <span>"Tenantry"</span>
            </a>
            <ul class="rail-list" role="list">
                {links(first)}
            </ul>
            <NavSheet>
                <ul class="rail-list" role="list">{links(later)}</ul>
            </NavSheet>
            <div class="rail-foot">
                <PlanLeft/>
            </div>
        </nav>
    }
}

fn links(places: Vec<Place>) -> Vec<impl IntoView + use<>> {
    places
        .into_iter()
        .map(|place| view! { <NavLink href=place.href glyph=place.glyph>{place.name}</NavLink> })
        .collect()
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
