//! Giving an inbound webhook another secret.

use leptos::prelude::*;

use super::{
    api::{HookRow, RotateInbound},
    words,
};
use crate::app::{
    form::Form,
    question::{Choices, Question, Subject},
    ui::{Card, CodeBlock, CopyButton, Disclosure, RadioCards},
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
        <Card title="Signing secret">
            <p class="soft">
                {format!("Messages are signed by {}, at most five minutes before they come. ", hook.scheme)}
                "The secret was shown once; a new one takes its place without a gap."
            </p>
            <Disclosure summary="A message from a shell">
                <div class="stack">
                    <CodeBlock title="Shell" code=example.clone() wrap=true/>
                    <div class="with-script"><CopyButton text=example>"Copy the command"</CopyButton></div>
                </div>
            </Disclosure>
            <div class="actions">
                <Question
                    id="rotate"
                    title=format!("Rotate the secret of {}?", hook.name)
                    subject=Subject { field: "webhook", id: hook.id, once: Some(format!("{once}-rotate")) }
                    choices=Choices { ask: "Rotate the secret", act: "Rotate it", keep: "Leave it" }
                    form
                >
                    <p>"A new secret is made and shown once. Give it to the service within the time that you choose."</p>
                    <RadioCards
                        name="grace_period_hours"
                        legend="The old secret is good for"
                        choices=words::graces()
                        selected="24"
                    />
                </Question>
            </div>
        </Card>
    }
}
