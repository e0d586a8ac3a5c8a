//! The last step: what will be made, and making it.

use leptos::prelude::*;
use tenantry_kernel::onboarding::Step;

use super::{
    api::{API, CompleteOnboarding, ECHO, WizardView},
    wizard::{Wizard, WizardFoot},
};
use crate::app::{
    form::{Form, FormView},
    plan_words,
    ui::{Button, ButtonVariant, Card, DefinitionList, Fact},
};

/// Complete.
#[component]
pub fn CompletePage() -> impl IntoView {
    view! {
        <Wizard
            step=Step::Complete
            title="Ready to be made"
            lead="One step makes the organization and its first workspace. You will be its owner."
            body
        />
    }
}

fn body(view: WizardView) -> AnyView {
    let form = Form::of::<CompleteOnboarding>();
    let WizardView { draft, plans, once, .. } = view;
    let plan = plans.iter().find(|plan| Some(&plan.id) == draft.plan.as_ref());
    let plan = plan.map(|plan| format!("{}, {} a month", plan.name, plan_words::price(plan))).unwrap_or_default();
    let begins = begins_with(draft.integrations.as_deref().unwrap_or_default());
    view! {
        <FormView form>
            <input type="hidden" name="once" value=once/>
            <Card>
                <DefinitionList>
                    <Fact name="Organization">{draft.name.unwrap_or_default()}</Fact>
                    <Fact name="Address">
                        {match draft.slug {
                            Some(slug) => view! { <span class="mono">{slug}</span> }.into_any(),
                            None => view! { <span class="soft">"made from the name"</span> }.into_any(),
                        }}
                    </Fact>
                    <Fact name="Plan">{plan}</Fact>
                    <Fact name="To begin with">{begins}</Fact>
                </DefinitionList>
            </Card>
            <WizardFoot back=Step::Integrations>
                <Button variant=ButtonVariant::Primary pending=form.pending()>"Create organization"</Button>
            </WizardFoot>
        </FormView>
    }
    .into_any()
}

/// What was chosen at the fourth step, in words.
fn begins_with(chosen: &[String]) -> String {
    let words: Vec<_> = chosen
        .iter()
        .filter_map(|id| match id.as_str() {
            ECHO => Some("the built-in tool echo"),
            API => Some("a call from your own program"),
            _ => None,
        })
        .collect();
    if words.is_empty() { "the dashboard".to_owned() } else { words.join(" and ") }
}
