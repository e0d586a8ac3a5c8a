//! Changing a tool. What is built in keeps its name and has no address.

use leptos::prelude::*;

use super::{
    api::{ChangeTool, FeatureChoice, ToolRow},
    fields::{Place, Terms},
    words,
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, Card},
};

/// The form. It belongs to the page, which reads the tool anew when it is answered.
pub fn form() -> Form {
    Form::of::<ChangeTool>()
}

/// The form's fields.
#[component]
pub fn Edit(
    /// The tool as it is.
    tool: ToolRow,
    /// The features that plans know.
    features: Vec<FeatureChoice>,
    /// The form.
    form: Form,
) -> impl IntoView {
    let elsewhere = tool.url.is_some();
    let note = if elsewhere {
        "Jobs that wait are sent by what holds when their turn comes."
    } else {
        "A part of Tenantry: its name stays."
    };
    view! {
        <Card title="Change it" note>
            <FormView form>
                <TenantField/>
                <input type="hidden" name="tool" value=tool.id.clone()/>
                {elsewhere.then(|| view! {
                    <input type="hidden" name="elsewhere" value="true"/>
                    <Place form tool=Some(tool.clone())/>
                })}
                <Terms form features tool=Some(tool)/>
                <div class="actions">
                    <Button pending=form.pending() refusal=words::refusal()>"Save"</Button>
                </div>
            </FormView>
        </Card>
    }
}
