//! What would become of a dispatch right now, said before anybody tries. Slots come and go with every job, so this has its
//! place and keeps its room, whatever it says.

use leptos::prelude::*;

use crate::app::{
    context::{Refusal, TenantDispatch, Upgrade, use_tenant},
    ui::{Alert, Room, Tone, grouped},
};

const REFUSED: &str = "Nothing can be dispatched right now.";
const TAKEN: &str = "Every slot is taken right now.";

/// What would become of a dispatch right now.
#[component]
pub fn Outlook(
    /// The dispatch.
    dispatch: TenantDispatch,
) -> impl IntoView {
    // The numbers behind it move more often than what is said.
    let refusal = Memo::new(move |_| dispatch.refusal());
    let tenant = use_tenant();
    let most = Signal::derive(move || {
        // The month's refusal is the longest, with the plan that would help; who has no limit is never told so.
        let month = tenant.of_usage(|usage| usage.dispatches.limit);
        let why = dispatch.all_used(month.unwrap_or_default());
        format!("{REFUSED} {why}\nThe larger plan grants it, and counts at once. Compare plans")
    });
    view! {
        <Room most>
            {move || match refusal.get() {
                None => view! { <Open/> }.into_any(),
                Some(refusal) if refusal.passes => view! { <Taken why=refusal.why/> }.into_any(),
                Some(refusal) => view! { <Refused refusal/> }.into_any(),
            }}
        </Room>
    }
}

/// It would run at once.
#[component]
fn Open() -> impl IntoView {
    let tenant = use_tenant();
    let slots = move || {
        let (used, limit) = tenant.of_usage(|usage| (usage.concurrent.used, usage.concurrent.limit));
        match limit {
            Some(limit) => format!("{} of {} slots are taken.", grouped(used), grouped(limit)),
            None => "There are slots for as many as come.".to_owned(),
        }
    };
    let month = move || match tenant.of_usage(|usage| usage.dispatches.remaining) {
        Some(1) => " 1 dispatch of this period is left.".to_owned(),
        Some(left) => format!(" {} dispatches of this period are left.", grouped(left)),
        None => String::new(),
    };
    view! {
        <Alert tone=Tone::Neutral>
            <strong>"It would run at once."</strong> " " {slots} {month}
        </Alert>
    }
}

/// It would have to wait.
#[component]
fn Taken(why: String) -> impl IntoView {
    view! {
        <Alert tone=Tone::Info>
            <strong>{TAKEN}</strong> " " {why} " " <a href="/plans">"Compare plans"</a>
        </Alert>
    }
}

/// It would be refused.
#[component]
fn Refused(refusal: Refusal) -> impl IntoView {
    let Refusal { why, need, .. } = refusal;
    view! {
        <Alert tone=Tone::Warning>
            <p><strong>{REFUSED}</strong> " " {why}</p>
            {need.map(|need| view! { <Upgrade need/> })}
        </Alert>
    }
}
