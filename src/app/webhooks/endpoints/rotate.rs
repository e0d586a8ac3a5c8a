//! Giving an endpoint another secret.

use leptos::prelude::*;

use super::{
    api::{EndpointSheet, RotateEndpoint},
    words,
};
use crate::app::{
    form::Form,
    question::{Choices, Question, Subject},
    ui::{Card, CodeBlock, CopyButton, Disclosure},
};

/// The form. It belongs to the page, which shows what it is answered.
pub fn form() -> Form {
    Form::of::<RotateEndpoint>()
}

/// How a receiver knows who sends it messages, and the question whether the secret is to be another.
#[component]
pub fn Signing(
    /// The endpoint.
    sheet: EndpointSheet,
    /// The form.
    form: Form,
) -> impl IntoView {
    let EndpointSheet { endpoint, example, once, .. } = sheet;
    view! {
        <Card title="Signing secret">
            <p class="soft">
                "Every message is signed by Standard Webhooks, and has the same id at every attempt. The secret was shown \
                 once; a new one takes its place without a gap."
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
                    title=format!("Rotate the secret of {}?", endpoint.name)
                    subject=Subject { field: "endpoint", id: endpoint.id, once: Some(format!("{once}-rotate")) }
                    choices=Choices { ask: "Rotate the secret", act: "Rotate it", keep: "Leave it" }
                    refusal=words::refusal()
                    form
                >
                    <p>
                        "A new secret is made and shown once. For a day each message is signed with both, so give it to the \
                         receiver within that time. One that was replaced before ends now."
                    </p>
                </Question>
            </div>
        </Card>
    }
}
