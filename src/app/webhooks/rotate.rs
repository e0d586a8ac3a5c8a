//! Giving an inbound webhook another secret.

use leptos::prelude::*;

use super::{
    api::{HookRow, RotateInbound},
    words,
};
use crate::app::{
    form::Form,
    question::Subject,
    signing::{Example, SigningSecret},
    ui::RadioCards,
};

/// The form. It belongs to the page, which shows what it is answered.
pub fn form() -> Form {
    Form::of::<RotateInbound>()
}

/// How a sender signs, and the question whether the secret is to be another.
#[component]
pub fn Signing(
    /// The webhook.
    hook: HookRow,
    /// A command that sends a message.
    example: String,
    /// The key under which it happens once.
    once: String,
    /// The form.
    form: Form,
) -> impl IntoView {
    view! {
        <SigningSecret
            subject=Subject { field: "webhook", id: hook.id, once: Some(format!("{once}-rotate")) }
            name=hook.name
            lead=format!("Messages are signed by {}, at most five minutes before they come.", hook.scheme)
            example=Example::command(example)
            form
        >
            <p>"A new secret is made and shown once. Give it to the service within the time that you choose."</p>
            <RadioCards
                name="grace_period_hours"
                legend="The old secret is good for"
                choices=words::graces()
                selected="24"
            />
        </SigningSecret>
    }
}
