//! A secret that signs: how the other side makes use of it, and the question whether it is to be another. Tools, endpoints and
//! inbound webhooks have one each.

use leptos::prelude::*;

use super::{
    form::Form,
    question::{Choices, Question, Subject},
    shown_once::Words,
    ui::{Card, CodeBlock, CopyButton, Disclosure},
};

/// The words around a signing secret that was just made.
pub const fn shown(example: &'static str, copy_example: &'static str) -> Words {
    Words {
        place: "The signing secret",
        made: "has a new signing secret: copy it now",
        gone: "has its secret already",
        text: "Signing secret",
        copy: "Copy the secret",
        example,
        copy_example,
        lost: "Where nobody has the secret, rotate it.",
    }
}

/// Something that works with the secret when it is pasted.
pub struct Example {
    /// What opens it.
    pub summary: &'static str,
    /// What it is written in.
    pub title: &'static str,
    /// The button that copies it.
    pub copy: &'static str,
    /// The text.
    pub code: String,
    /// Are its lines broken where the room ends?
    pub wrap: bool,
}

impl Example {
    /// A program that checks what it receives.
    pub const fn receiver(code: String) -> Self {
        let (summary, title, copy) = ("A receiver that checks it", "A receiver in Node", "Copy the receiver");
        Self { summary, title, copy, code, wrap: false }
    }

    /// A command that sends a message.
    pub const fn command(code: String) -> Self {
        Self { summary: "A message from a shell", title: "Shell", copy: "Copy the command", code, wrap: true }
    }
}

/// What a signature proves, an example, and the question whether the secret is to be another.
#[component]
pub fn SigningSecret(
    /// What it signs for: the field of the form, and its id.
    subject: Subject,
    /// What that is called.
    name: String,
    /// How it signs, in a sentence.
    #[prop(into)]
    lead: String,
    /// What makes use of it.
    example: Example,
    /// Why the reader may not rotate it.
    #[prop(optional, into)]
    refusal: Signal<Option<String>>,
    /// The form that rotates it.
    form: Form,
    /// What the rotation means, and what else is to be chosen.
    children: Children,
) -> impl IntoView {
    let Example { summary, title, copy, code, wrap } = example;
    view! {
        <Card title="Signing secret">
            <p class="soft">{lead} " The secret was shown once; a new one takes its place without a gap."</p>
            <Disclosure summary>
                <div class="stack">
                    <CodeBlock title code=code.clone() wrap/>
                    <div class="with-script"><CopyButton text=code>{copy}</CopyButton></div>
                </div>
            </Disclosure>
            <div class="actions">
                <Question
                    id="rotate"
                    title=format!("Rotate the secret of {name}?")
                    subject
                    choices=Choices { ask: "Rotate the secret", act: "Rotate it", keep: "Leave it" }
                    refusal
                    form
                >
                    {children()}
                </Question>
            </div>
        </Card>
    }
}
