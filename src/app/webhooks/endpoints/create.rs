//! Making an endpoint.

use leptos::prelude::*;

use super::{api::CreateEndpoint, fields::EndpointFields, words};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Card, Glyph},
};

/// The id of the form's place on the page.
pub const PLACE: &str = "new-endpoint";

/// The id of the form.
pub const FORM: &str = "new-endpoint-form";

/// The form. It belongs to the page, which shows what it is answered.
pub fn form() -> Form {
    Form::of::<CreateEndpoint>()
}

/// The form's fields.
#[component]
pub fn NewEndpoint(
    /// The form.
    form: Form,
) -> impl IntoView {
    let note = "It is told what happens from now on. A message is sent until it is taken, or a day is over.";
    view! {
        <Card title="Add an endpoint" note attr:id=PLACE attr:tabindex="-1">
            <FormView form attr:id=FORM>
                <TenantField/>
                <EndpointFields form endpoint=None/>
                <div class="actions">
                    <Button
                        variant=ButtonVariant::Primary
                        glyph=Glyph::Plus
                        pending=form.pending()
                        refusal=words::refusal()
                    >
                        "Add endpoint"
                    </Button>
                </div>
            </FormView>
        </Card>
    }
}
