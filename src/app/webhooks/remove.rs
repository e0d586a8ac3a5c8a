//! Deleting an inbound webhook, behind the question that says what will be turned away.

use leptos::prelude::*;

use super::api::{HookRow, RemoveInbound};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonVariant, Card, Dialog, DialogCloser, DialogOpener},
};

/// The dialog's id.
const DIALOG: &str = "delete";

/// The form. It belongs to the page, which leads away when it is answered.
pub fn form() -> Form {
    Form::of::<RemoveInbound>()
}

/// The button, and the question that it opens.
#[component]
pub fn Remove(
    /// The webhook.
    hook: HookRow,
    /// The form.
    form: Form,
) -> impl IntoView {
    let HookRow { id, name, .. } = hook;
    view! {
        <Card title="Delete it" note="Its receipts go with it. Jobs that came of it stay.">
            <div class="actions">
                <DialogOpener id=DIALOG>"Delete the webhook"</DialogOpener>
            </div>
            <Dialog id=DIALOG title=format!("Delete {name}?")>
                <p>"Whatever is sent to its address finds nothing from this moment."</p>
                <p>"It cannot be taken back: a webhook that is made anew has another address and another secret."</p>
                <FormView form told_elsewhere=true>
                    <TenantField/>
                    <input type="hidden" name="webhook" value=id/>
                    <div class="actions">
                        <Button variant=ButtonVariant::Danger pending=form.pending()>"Delete the webhook"</Button>
                        <DialogCloser id=DIALOG variant=ButtonVariant::Ghost>"Keep it"</DialogCloser>
                    </div>
                </FormView>
            </Dialog>
        </Card>
    }
}
