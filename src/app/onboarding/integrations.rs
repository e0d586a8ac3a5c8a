//! The fourth step: what to begin with. It may be skipped, and nothing depends on it.

use leptos::prelude::*;
use tenantry_kernel::onboarding::Step;

use super::{
    api::{API, ChooseIntegrations, ECHO, WizardView},
    wizard::{Wizard, WizardFoot},
};
use crate::app::{
    context::{use_session, use_start},
    curl,
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Card, Checkbox, CodeBlock},
};

/// Integrations.
#[component]
pub fn IntegrationsPage() -> impl IntoView {
    view! {
        <Wizard
            step=Step::Integrations
            title="What will you begin with?"
            lead="Both work as soon as the organization exists. You may skip this."
            body
        />
    }
}

fn body(view: WizardView) -> AnyView {
    let form = Form::of::<ChooseIntegrations>();
    let chosen = view.draft.integrations;
    let ticked = move |id: &str| chosen.as_ref().is_some_and(|chosen| chosen.iter().any(|known| known == id));
    let (echo, api) = (ticked(ECHO), ticked(API));
    view! {
        <FormView form>
            <Card>
                <Checkbox
                    name=ECHO
                    label="The built-in tool"
                    hint="It is called echo and answers with what you send: a whole dispatch, from the limit to the result, with nothing to set up."
                    checked=echo
                />
            </Card>
            <Card>
                <Checkbox
                    name=API
                    label="A call from your own program"
                    hint="The API takes the same session as this page. This signs in and dispatches once the organization exists; a program gets a key of its own under API keys."
                    checked=api
                />
                <CodeBlock title="Shell" code=example() wrap=true/>
            </Card>
            <WizardFoot back=Step::Plan>
                // First, so that Enter means it.
                <Button variant=ButtonVariant::Primary pending=form.pending()>"Continue"</Button>
                <Button name="skip" value="true" variant=ButtonVariant::Ghost disabled=form.pending()>"Skip"</Button>
            </WizardFoot>
        </FormView>
    }
    .into_any()
}

/// The calls with what is known of the reader.
fn example() -> String {
    let url = use_start().with_value(|start| start.public_url.clone());
    let email = use_session().map(|session| session.user.email).unwrap_or_default();
    curl::example(&url, &email)
}
