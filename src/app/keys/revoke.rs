//! Revoking a key, behind the question that names what will stop.

use leptos::prelude::*;

use super::api::{KeyRow, RevokeKey};
use crate::app::{
    form::Form,
    question::{Choices, Question, Subject},
    ui::ButtonSize,
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
    view! {
        <Question
            id=format!("revoke-{id}")
            title=format!("Revoke {name}?")
            subject=Subject { field: "key", id, once: None }
            choices=Choices { ask: "Revoke", act: "Revoke the key", keep: "Keep it" }
            destroys=true
            size=ButtonSize::Small
            refusal
            form
        >
            <p>{stops}</p>
            <p>"It cannot be taken back. To replace a key without a gap, rotate it."</p>
        </Question>
    }
}
