//! Giving a tool another secret.

use leptos::prelude::*;

use super::{
    api::{RotateTool, ToolSheet},
    words,
};
use crate::app::{
    form::Form,
    question::{Choices, Question, Subject},
    ui::{Card, CodeBlock, CopyButton, Disclosure},
};

/// The form. It belongs to the page, which shows what it is answered.
pub fn form() -> Form {
    Form::of::<RotateTool>()
}

/// How a receiver knows who sends it jobs, and the question whether the secret is to be another.
#[component]
pub fn Signing(
    /// The tool.
    sheet: ToolSheet,
    /// The form.
    form: Form,
) -> impl IntoView {
    let ToolSheet { tool, example, once, .. } = sheet;
    view! {
        <Card title="Signing secret">
            <p class="soft">
                "Every job is signed by Standard Webhooks. Check the signature, and nobody else can send the tool jobs. \
                 The secret was shown once; a new one takes its place without a gap."
            </p>
            <Disclosure summary="A receiver that checks it">
                <div class="stack">
                    <CodeBlock title="A receiver in Node" code=example.clone()/>
                    <div class="with-script"><CopyButton text=example>"Copy the receiver"</CopyButton></div>
                </div>
            </Disclosure>
            <div class="actions">
                <Question
                    id="rotate"
                    title=format!("Rotate the secret of {}?", tool.name)
                    subject=Subject { field: "tool", id: tool.id, once: Some(format!("{once}-rotate")) }
                    choices=Choices { ask: "Rotate the secret", act: "Rotate it", keep: "Leave it" }
                    refusal=words::refusal()
                    form
                >
                    <p>
                        "A new secret is made and shown once. For a day each job is signed with both, so give it to the tool \
                         within that time. One that was replaced before ends now."
                    </p>
                </Question>
            </div>
        </Card>
    }
}
