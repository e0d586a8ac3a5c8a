//! Changing an endpoint.

use leptos::prelude::*;

use super::{
    api::{ChangeEndpoint, EndpointRow},
    fields::EndpointFields,
    words,
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, Card},
};

/// The form. It belongs to the page, which reads the endpoint anew when it is answered.
pub fn form() -> Form {
    Form::of::<ChangeEndpoint>()
}

/// The form's fields.
#[component]
pub fn Edit(
    /// The endpoint as it is.
    endpoint: EndpointRow,
    /// The form.
    form: Form,
) -> impl IntoView {
    view! {
        <Card title="Change it" note="What waits is sent to the address that holds when its turn comes.">
            <FormView form>
                <TenantField/>
                <input type="hidden" name="endpoint" value=endpoint.id.clone()/>
                <EndpointFields form endpoint=Some(endpoint)/>
                <div class="actions">
                    <Button pending=form.pending() refusal=words::refusal()>"Save"</Button>
                </div>
            </FormView>
        </Card>
    }
}
