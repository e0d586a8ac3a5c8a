//! Where a plan does not grant what is wanted: which one does, and the way there.

use leptos::prelude::*;

/// Says which plan grants what is missing.
#[component]
pub fn UpgradePrompt(
    /// The plan that grants it, where that is known.
    #[prop(into)]
    plan: Signal<Option<String>>,
    /// Where plans are shown.
    #[prop(into)]
    href: String,
    /// May whoever reads it change the plan? Others are told whom to ask.
    #[prop(into)]
    own: Signal<bool>,
) -> impl IntoView {
    let sentence = move || {
        let which = plan.get().map_or_else(|| "A larger plan".to_owned(), |plan| format!("The {plan} plan"));
        if own.get() {
            format!("{which} grants it, and counts at once.")
        } else {
            format!("{which} grants it: ask an admin to change the plan.")
        }
    };
    view! { <p>{sentence} " " <a href=href>"Compare plans"</a></p> }
}
