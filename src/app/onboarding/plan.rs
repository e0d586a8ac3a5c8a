//! The third step: which plan.

use leptos::prelude::*;
use tenantry_kernel::{
    onboarding::Step,
    plan::{FREE, Plan},
};

use super::{
    api::{ChoosePlan, WizardView},
    wizard::{Wizard, WizardFoot},
};
use crate::app::{
    form::{Form, FormView},
    plan_words,
    ui::{Button, ButtonVariant, Choice, RadioCards},
};

/// Plan.
#[component]
pub fn PlanPage() -> impl IntoView {
    view! {
        <Wizard
            step=Step::Plan
            title="Choose a plan"
            lead="What you choose counts at once. You may change it at any time, in both directions."
            wide=true
            body
        />
    }
}

fn body(view: WizardView) -> AnyView {
    let form = Form::of::<ChoosePlan>();
    let chosen = form.typed("plan").or(view.draft.plan).unwrap_or_else(|| FREE.to_owned());
    let choices: Vec<_> = view.plans.iter().map(|plan| choice(plan, view.open)).collect();
    view! {
        <FormView form>
            <RadioCards
                name="plan"
                legend="Plan"
                legend_hidden=true
                choices
                selected=chosen
                error=form.error("plan")
            />
            <WizardFoot back=Step::Organization>
                <Button variant=ButtonVariant::Primary pending=form.pending()>"Continue"</Button>
            </WizardFoot>
        </FormView>
    }
    .into_any()
}

fn choice(plan: &Plan, open: bool) -> Choice {
    let mut points: Vec<_> =
        plan_words::grants(plan).into_iter().take(3).map(|(name, amount)| format!("{name}: {amount}")).collect();
    points.push(format!("Features: {}", plan_words::features(plan)));
    Choice {
        value: plan.id.clone(),
        title: plan.name.clone(),
        figure: Some(plan_words::price(plan)),
        unit: Some("a month".to_owned()),
        points,
        refusal: (!open && !plan.is_free())
            .then(|| "On this installation the platform operator gives this plan.".to_owned()),
        ..Choice::default()
    }
}
