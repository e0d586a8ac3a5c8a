//! Making a tool.

use leptos::prelude::*;

use super::{
    api::{CreateTool, FeatureChoice},
    fields::{Place, Terms},
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Card, Glyph},
};

/// The id of the form's place on the page.
pub const PLACE: &str = "new-tool";

/// The id of the form.
pub const FORM: &str = "new-tool-form";

/// The form. It belongs to the page, which shows what it is answered.
pub fn form() -> Form {
    Form::of::<CreateTool>()
}

/// The form's fields.
#[component]
pub fn NewTool(
    /// The form.
    form: Form,
    /// The features that plans know.
    features: Vec<FeatureChoice>,
) -> impl IntoView {
    let note =
        "A job is sent there as a signed POST. Its answer is the job's result; with 202 the tool may answer later.";
    view! {
        <Card title="Add a tool" note attr:id=PLACE attr:tabindex="-1">
            <FormView form attr:id=FORM>
                <TenantField/>
                <Place form tool=None/>
                <Terms form features tool=None/>
                <div class="actions">
                    <Button variant=ButtonVariant::Primary glyph=Glyph::Plus pending=form.pending()>"Add tool"</Button>
                </div>
            </FormView>
        </Card>
    }
}
