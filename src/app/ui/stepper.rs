//! Where one is in a sequence of steps.

use leptos::prelude::*;

/// One step of a sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepItem {
    /// Its name.
    pub label: String,
    /// Where it is; a step that cannot be visited yet has nothing here.
    pub href: Option<String>,
}

/// A sequence of steps: those before the current one are done. On a phone the steps are bars over the current one's name.
#[component]
pub fn Stepper(
    /// What the steps lead to.
    #[prop(into)]
    label: String,
    /// The steps.
    #[prop(into)]
    steps: Vec<StepItem>,
    /// The current one, counted from 0.
    current: usize,
) -> impl IntoView {
    let now = steps.get(current).map(|step| format!("Step {} of {}: {}", current + 1, steps.len(), step.label));
    let items =
        steps.into_iter().enumerate().map(|(place, item)| view! { <StepView item place current/> }).collect_view();
    view! {
        <nav class="stepper" aria-label=label>
            <ol class="stepper-list" role="list">{items}</ol>
            {now.map(|now| view! { <p class="stepper-now" aria-hidden="true">{now}</p> })}
        </nav>
    }
}

#[component]
fn StepView(item: StepItem, place: usize, current: usize) -> impl IntoView {
    let (state, spoken) = match place.cmp(&current) {
        std::cmp::Ordering::Less => ("complete", Some(" (done)")),
        std::cmp::Ordering::Equal => ("current", None),
        std::cmp::Ordering::Greater => ("ahead", None),
    };
    let inside = view! {
        <span class="step-number" aria-hidden="true">{place + 1}</span>
        <span class="truncate">
            {item.label}
            {spoken.map(|word| view! { <span class="vh">{word}</span> })}
        </span>
    };
    let link = match item.href.filter(|_| place != current) {
        Some(href) => view! { <a class="step-link" href=href>{inside}</a> }.into_any(),
        None => view! {
            <span class="step-link" aria-current=(place == current).then_some("step")>{inside}</span>
        }
        .into_any(),
    };
    view! { <li class="step" data-state=state>{link}</li> }
}
