//! The last step: what will be made, and making it.

use leptos::prelude::*;
use tenantry_kernel::onboarding::{Draft, Step};

use super::{
    api::{CompleteOnboarding, INBOUND, KEY, TOOL, WizardView},
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
    let begins = begins_with(&draft);
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
                    <Fact name="Connected first">{begins}</Fact>
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
fn begins_with(draft: &Draft) -> String {
    match draft.integrations.as_deref().and_then(<[String]>::first).map(String::as_str) {
        Some(KEY) => "a program, with an API key".to_owned(),
        Some(TOOL) => format!("a tool at {}", draft.address.as_deref().unwrap_or_default()),
        Some(INBOUND) => "a service, by an inbound webhook".to_owned(),
        _ => "nothing yet".to_owned(),
    }
}
