//! Revoking a key, behind the question that names what will stop.

use leptos::prelude::*;
use tenantry_kernel::{key::KeyView, standing::Standing};

use super::{
    api::{KeyRow, RevokeKey},
    words,
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonSize, ButtonVariant, Dialog, DialogCloser, DialogOpener},
    when,
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
    let stops = stops(&row);
    let KeyView { id, name, .. } = row.key;
    let dialog = format!("revoke-{id}");
    view! {
        <DialogOpener id=dialog.clone() size=ButtonSize::Small refusal>"Revoke"</DialogOpener>
        <Dialog id=dialog.clone() title=format!("Revoke {name}?")>
            <p>{stops}</p>
            <p>"It cannot be taken back. To replace a key without a gap, rotate it."</p>
            <FormView form told_elsewhere=true>
                <TenantField/>
                <input type="hidden" name="key" value=id.to_string()/>
                <div class="actions">
                    <Button variant=ButtonVariant::Danger pending=form.pending()>"Revoke the key"</Button>
                    <DialogCloser id=dialog variant=ButtonVariant::Ghost>"Keep it"</DialogCloser>
                </div>
            </FormView>
        </Dialog>
    }
}

/// What will stop.
fn stops(KeyRow { key, standing }: &KeyRow) -> String {
    if *standing == Standing::Expired {
        return format!("{} has expired and opens nothing. Revoked, it leaves this list.", words::visible(key));
    }
    let used = key
        .last_used_at
        .map_or_else(|| "It was never used.".to_owned(), |at| format!("It was last used on {}.", when::moment(at)));
    format!(
        "Every program that sends {} is refused from this moment: {} stops for it. {used}",
        words::visible(key),
        words::listed(&key.scopes)
    )
}
