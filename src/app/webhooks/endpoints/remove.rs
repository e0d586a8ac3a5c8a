//! Deleting an endpoint, behind the question that says what goes with it.

use leptos::prelude::*;

use super::{
    api::{EndpointRow, RemoveEndpoint},
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
    Form::of::<RemoveEndpoint>()
}

/// The button, and the question that it opens.
#[component]
pub fn Remove(
    /// The endpoint.
    endpoint: EndpointRow,
    /// The form.
    form: Form,
) -> impl IntoView {
    let EndpointRow { id, name, .. } = endpoint;
    view! {
        <Card title="Delete it" note="To keep what was sent, disable it instead.">
            <div class="actions">
                <DialogOpener id=DIALOG refusal=words::refusal()>"Delete the endpoint"</DialogOpener>
            </div>
            <Dialog id=DIALOG title=format!("Delete {name}?")>
                <p>"What waits for it is not sent any more, and what became of its messages cannot be looked at any more."</p>
                <p>"It cannot be taken back: an endpoint that is made anew has another secret."</p>
                <FormView form told_elsewhere=true>
                    <TenantField/>
                    <input type="hidden" name="endpoint" value=id/>
                    <div class="actions">
                        <Button variant=ButtonVariant::Danger pending=form.pending()>"Delete the endpoint"</Button>
                        <DialogCloser id=DIALOG variant=ButtonVariant::Ghost>"Keep it"</DialogCloser>
                    </div>
                </FormView>
            </Dialog>
        </Card>
    }
}
