//! Trying an endpoint: a message like any other, that says it is a trial.

use leptos::prelude::*;

use super::{
    api::{EndpointRow, TestEndpoint},
    words,
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonVariant},
};

/// The form. It belongs to the page, which reads the deliveries anew when it is answered.
pub fn form() -> Form {
    Form::of::<TestEndpoint>()
}

/// The button.
#[component]
pub fn Trial(
    /// The endpoint.
    endpoint: EndpointRow,
    /// The key under which it happens once.
    once: String,
    /// The form.
    form: Form,
) -> impl IntoView {
    let EndpointRow { id, enabled, .. } = endpoint;
    view! {
        <FormView form told_elsewhere=true>
            <TenantField/>
            <input type="hidden" name="endpoint" value=id/>
            <input type="hidden" name="once" value=format!("{once}-test")/>
            <Button variant=ButtonVariant::Primary pending=form.pending() refusal=words::refusal_of(enabled)>"Send a test"</Button>
        </FormView>
    }
}
