//! Revoking a key, behind the question that names what will stop.

use leptos::prelude::*;

use super::api::{KeyRow, RevokeKey};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonSize, ButtonVariant, Dialog, DialogCloser, DialogOpener},
};

/// The form. It belongs to the page, since a row goes with its list.
pub fn form() -> Form {
    Form::of::<RevokeKey>()
}

/// The button of a row, and the question that it opens.
#[component]
pub fn Revoke(
    /// The row.
    row: KeyRow,
    /// The form.
    form: Form,
    /// Why the reader may not.
    #[prop(into)]
    refusal: Signal<Option<String>>,
) -> impl IntoView {
    let KeyRow { id, name, stops, .. } = row;
    let dialog = format!("revoke-{id}");
    view! {
        <DialogOpener id=dialog.clone() size=ButtonSize::Small refusal>"Revoke"</DialogOpener>
        <Dialog id=dialog.clone() title=format!("Revoke {name}?")>
            <p>{stops}</p>
            <p>"It cannot be taken back. To replace a key without a gap, rotate it."</p>
            <FormView form told_elsewhere=true>
                <TenantField/>
                <input type="hidden" name="key" value=id/>
                <div class="actions">
                    <Button variant=ButtonVariant::Danger pending=form.pending()>"Revoke the key"</Button>
                    <DialogCloser id=dialog variant=ButtonVariant::Ghost>"Keep it"</DialogCloser>
                </div>
            </FormView>
        </Dialog>
    }
}
