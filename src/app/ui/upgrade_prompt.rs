//! Where a plan does not grant what is wanted: which one does, and the way there.

use leptos::prelude::*;

/// Says which plan grants what is missing.
#[component]
pub fn UpgradePrompt(
    /// The plan that grants it; `None` where no plan on offer does.
    plan: Option<String>,
    /// Where plans are shown.
    #[prop(into)]
    href: String,
    /// May whoever reads it change the plan? Others are told whom to ask.
    own: bool,
) -> impl IntoView {
    let sentence = match (plan, own) {
        (Some(plan), true) => format!("The {plan} plan grants it, and counts at once."),
        (Some(plan), false) => format!("The {plan} plan grants it: ask an admin to change the plan."),
        (None, _) => "No plan on offer grants more.".to_owned(),
    };
    view! { <p>{sentence} " " <a href=href>"Compare plans"</a></p> }
}
