//! Deleting a tool, behind the question that says what will fail.

use leptos::prelude::*;

use super::{
    api::{RemoveTool, ToolRow},
    words,
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Card, Dialog, DialogCloser, DialogOpener},
};

/// The dialog's id.
const DIALOG: &str = "delete";

/// The form. It belongs to the page, which leads away when it is answered.
pub fn form() -> Form {
    Form::of::<RemoveTool>()
}

/// The button, and the question that it opens.
#[component]
pub fn Remove(
    /// The tool.
    tool: ToolRow,
    /// The form.
    form: Form,
) -> impl IntoView {
    let ToolRow { id, name, .. } = tool;
    view! {
        <Card title="Delete it" note="Its jobs stay to be looked at. The name may be given anew.">
            <div class="actions">
                <DialogOpener id=DIALOG refusal=words::refusal()>"Delete the tool"</DialogOpener>
            </div>
            <Dialog id=DIALOG title=format!("Delete {name}?")>
                <p>{format!("Dispatches that name {name} are refused from this moment, and jobs that wait for it fail.")}</p>
                <p>"It cannot be taken back: a tool that is made anew has another secret."</p>
                <FormView form told_elsewhere=true>
                    <TenantField/>
                    <input type="hidden" name="tool" value=id/>
                    <div class="actions">
                        <Button variant=ButtonVariant::Danger pending=form.pending()>"Delete the tool"</Button>
                        <DialogCloser id=DIALOG variant=ButtonVariant::Ghost>"Keep it"</DialogCloser>
                    </div>
                </FormView>
            </Dialog>
        </Card>
    }
}
