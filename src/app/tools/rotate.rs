//! Giving a tool another secret.

use leptos::prelude::*;

use super::{
    api::{RotateTool, ToolSheet},
    words,
};
use crate::app::{
    form::Form,
    question::Subject,
    signing::{Example, SigningSecret},
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
        <SigningSecret
            subject=Subject { field: "tool", id: tool.id, once: Some(format!("{once}-rotate")) }
            name=tool.name
            lead="Every job is signed by Standard Webhooks. Check the signature, and nobody else can send the tool jobs."
            example=Example::receiver(example)
            refusal=words::refusal()
            form
        >
            <p>
                "A new secret is made and shown once. For a day each job is signed with both, so give it to the tool \
                 within that time. One that was replaced before ends now."
            </p>
        </SigningSecret>
    }
}
