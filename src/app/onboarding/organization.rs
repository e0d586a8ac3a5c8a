//! The second step: what the organization is called.

use leptos::prelude::*;
use tenantry_kernel::onboarding::Step;

use super::{
    api::{NameOrganization, WizardView},
    wizard::{Wizard, WizardFoot},
};
use crate::app::{
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Field},
};

/// Organization.
#[component]
pub fn OrganizationPage() -> impl IntoView {
    view! {
        <Wizard
            step=Step::Organization
            title="What is it called?"
            lead="The name that your people see. It may be changed, and several organizations may have the same."
            body
        />
    }
}

fn body(view: WizardView) -> AnyView {
    let form = Form::of::<NameOrganization>();
    let name = form.typed("name").or(view.draft.name).unwrap_or_default();
    let slug = form.typed("slug").or(view.draft.slug).unwrap_or_default();
    view! {
        <FormView form>
            <Field
                name="name"
                label="Name"
                required=true
                maxlength=100_u32
                autocomplete="organization"
                value=name
                error=form.error("name")
            />
            <Field
                name="slug"
                label="Address"
                optional=true
                mono=true
                maxlength=40_u32
                autocomplete="off"
                value=slug
                hint="3 to 40 of a-z, 0-9 and hyphens. It is how programs name the organization. Left empty, it is made from the name."
                error=form.error("slug")
            />
            <WizardFoot back=Step::Welcome>
                <Button variant=ButtonVariant::Primary pending=form.pending()>"Continue"</Button>
            </WizardFoot>
        </FormView>
    }
    .into_any()
}
