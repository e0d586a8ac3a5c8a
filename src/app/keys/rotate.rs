//! Replacing a key: the question how long the old one stays good.

use leptos::prelude::*;

use super::{
    api::{KeyRow, RotateKey},
    words,
};
use crate::app::{
    context::TenantField,
    form::{Form, FormView},
    ui::{Button, ButtonSize, ButtonVariant, Dialog, DialogCloser, DialogOpener, RadioCards},
};

/// The form. It belongs to the page, since a row goes with its list.
pub fn form() -> Form {
    Form::of::<RotateKey>()
}

/// The button of a row, and the question that it opens.
#[component]
pub fn Rotate(
    /// The row.
    row: KeyRow,
    /// The form.
    form: Form,
    /// The key under which it happens once.
    once: String,
    /// Why the reader may not.
    #[prop(into)]
    refusal: Signal<Option<String>>,
) -> impl IntoView {
    let KeyRow { id, name, expired, .. } = row;
    let dialog = format!("rotate-{id}");
    let refusal = Signal::derive(move || {
        refusal.get().or_else(|| expired.then(|| "It has expired already. Create a new key instead.".to_owned()))
    });
    view! {
        <DialogOpener id=dialog.clone() size=ButtonSize::Small refusal>"Rotate"</DialogOpener>
        <Dialog id=dialog.clone() title=format!("Rotate {name}?")>
            <p>
                "A new key takes its place, with the same scopes and as long a life as this one was given. "
                "Give it to whatever uses the old one within the time that you choose."
            </p>
            <FormView form told_elsewhere=true>
                <TenantField/>
                <input type="hidden" name="key" value=id.clone()/>
                <input type="hidden" name="once" value=format!("{once}-{id}")/>
                <RadioCards
                    name="grace_period_hours"
                    legend="The old key works for"
                    choices=words::graces()
                    selected="24"
                />
                <div class="actions">
                    <Button variant=ButtonVariant::Primary pending=form.pending()>"Rotate the key"</Button>
                    <DialogCloser id=dialog variant=ButtonVariant::Ghost>"Leave it"</DialogCloser>
                </div>
            </FormView>
        </Dialog>
    }
}
