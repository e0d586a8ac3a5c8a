//! Replacing a key: the question how long the old one stays good.

use leptos::prelude::*;

use super::{
    api::{KeyRow, RotateKey},
    words,
};
use crate::app::{
    form::Form,
    question::{Choices, Question, Subject},
    ui::{ButtonSize, RadioCards},
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
    let refusal = Signal::derive(move || {
        refusal.get().or_else(|| expired.then(|| "It has expired already. Create a new key instead.".to_owned()))
    });
    view! {
        <Question
            id=format!("rotate-{id}")
            title=format!("Rotate {name}?")
            subject=Subject { field: "key", once: Some(format!("{once}-{id}")), id }
            choices=Choices { ask: "Rotate", act: "Rotate the key", keep: "Leave it" }
            size=ButtonSize::Small
            refusal
            form
        >
            <p>
                "A new key takes its place, with the same scopes and as long a life as this one was given. "
                "Give it to whatever uses the old one within the time that you choose."
            </p>
            <RadioCards
                name="grace_period_hours"
                legend="The old key works for"
                choices=words::graces()
                selected="24"
            />
        </Question>
    }
}
