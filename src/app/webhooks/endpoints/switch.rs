//! Switching an endpoint on and off.

use leptos::prelude::*;

use super::{
    api::{EndpointRow, SwitchEndpoint},
    words,
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonVariant},
};

/// The form. It belongs to the page, which reads the endpoint anew when it is answered.
pub fn form() -> Form {
    Form::of::<SwitchEndpoint>()
}

/// The button.
#[component]
pub fn Switch(
    /// The endpoint.
    endpoint: EndpointRow,
    /// The form.
    form: Form,
) -> impl IntoView {
    let EndpointRow { id, enabled, .. } = endpoint;
    let variant = if enabled { ButtonVariant::Secondary } else { ButtonVariant::Primary };
    view! {
        <FormView form told_elsewhere=true>
            <TenantField/>
            <input type="hidden" name="endpoint" value=id/>
            <input type="hidden" name="enabled" value=if enabled { "false" } else { "true" }/>
            <Button variant pending=form.pending() refusal=words::refusal()>
                {if enabled { "Disable" } else { "Enable" }}
            </Button>
        </FormView>
    }
}
