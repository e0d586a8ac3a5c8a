//! The plans side by side, for who does not have one yet.

use leptos::prelude::*;
use tenantry_kernel::plan::Plan;

use super::api::ListPlans;
use crate::app::{
    plan_words,
    problem_view::ProblemAlert,
    reading::Reading,
    ui::{ButtonVariant, LinkButton, Skeleton},
};

/// The plans on offer with the way in.
#[component]
pub fn Ledger() -> impl IntoView {
    let plans = Reading::<ListPlans>::once();
    view! {
        <Suspense fallback=|| view! { <Skeleton block=true/> }>
            {move || Suspend::new(async move {
                match plans.get().await {
                    Ok(plans) => {
                        let columns = plans.into_iter().map(|plan| view! { <LedgerPlan plan/> }).collect_view();
                        view! { <div class="ledger">{columns}</div> }.into_any()
                    }
                    Err(error) => view! { <ProblemAlert problem=error.into_problem()/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn LedgerPlan(plan: Plan) -> impl IntoView {
    let grants = plan_words::grants(&plan)
        .into_iter()
        .map(|(name, amount)| view! { <li><span>{name}</span><span>{amount}</span></li> })
        .collect_view();
    let variant = if plan.is_free() { ButtonVariant::Primary } else { ButtonVariant::Secondary };
    view! {
        <section class="ledger-plan" aria-label=plan.name.clone()>
            <h3>{plan.name.clone()}</h3>
            <p>
                <span class="ledger-price">{plan_words::price(&plan)}</span>
                <span class="quiet">" a month"</span>
            </p>
            <ul class="ledger-points" role="list">
                {grants}
                <li><span>"Features"</span><span>{plan_words::features(&plan)}</span></li>
            </ul>
            <LinkButton href="/sign-up" variant wide=true>{format!("Start with {}", plan.name)}</LinkButton>
        </section>
    }
}
