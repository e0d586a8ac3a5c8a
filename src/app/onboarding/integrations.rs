//! The fourth step: what is connected first. It may be skipped, and nothing depends on it.

use leptos::prelude::*;
use tenantry_kernel::{onboarding::Step, tool::LONGEST_URL};

use super::{
    api::{ChooseIntegrations, INBOUND, KEY, TOOL, WizardView},
    wizard::{Wizard, WizardFoot},
};
use crate::app::{
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Choice, Field, RadioCards},
};

/// Integrations.
#[component]
pub fn IntegrationsPage() -> impl IntoView {
    view! {
        <Wizard
            step=Step::Integrations
            title="What do you connect first?"
            lead="It is made with the organization, and its secret is shown once, right after. You may skip this."
            wide=true
            body
        />
    }
}

fn body(view: WizardView) -> AnyView {
    let form = Form::of::<ChooseIntegrations>();
    let chosen = form.typed("connect").or_else(|| view.draft.integrations?.into_iter().next()).unwrap_or_default();
    let address = form.typed("address").or(view.draft.address).unwrap_or_default();
    view! {
        <FormView form>
            <RadioCards
                name="connect"
                legend="What do you connect first?"
                legend_hidden=true
                choices=choices()
                selected=chosen
                error=form.error("connect")
            />
            <Field
                name="address"
                label="Address of the service that does the work"
                r#type="url"
                optional=true
                maxlength=u32::try_from(LONGEST_URL).unwrap_or(u32::MAX)
                autocomplete="off"
                inputmode="url"
                placeholder="https://example.com/jobs"
                value=address
                hint="Needed for the second choice alone. It must be reachable from the internet."
                error=form.error("address")
            />
            <WizardFoot back=Step::Plan>
                // First, so that Enter means it.
                <Button variant=ButtonVariant::Primary pending=form.pending()>"Continue"</Button>
                <Button name="skip" value="true" variant=ButtonVariant::Ghost>"Skip"</Button>
            </WizardFoot>
        </FormView>
    }
    .into_any()
}

fn choices() -> Vec<Choice> {
    let choice = |value: &str, title: &str, body: &str| Choice {
        value: value.to_owned(),
        title: title.to_owned(),
        body: Some(body.to_owned()),
        ..Choice::default()
    };
    vec![
        choice(KEY, "A program of yours", "It gets an API key, which may dispatch tools and see what became of it."),
        choice(TOOL, "A service that does the work", "It becomes a tool: its jobs are sent to its address, signed."),
        choice(
            INBOUND,
            "A service that tells what happened",
            "It gets an inbound webhook: what it signs becomes a job of the built-in tool echo.",
        ),
    ]
}
