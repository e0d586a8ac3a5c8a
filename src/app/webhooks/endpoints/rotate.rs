//! Giving an endpoint another secret.

use leptos::prelude::*;

use super::{
    api::{EndpointSheet, RotateEndpoint},
    words,
};
use crate::app::{
    form::Form,
    question::Subject,
    signing::{Example, SigningSecret},
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
        <SigningSecret
            subject=Subject { field: "endpoint", id: endpoint.id, once: Some(format!("{once}-rotate")) }
            name=endpoint.name
            lead="Every message is signed by Standard Webhooks, and has the same id at every attempt."
            example=Example::receiver(example)
            refusal=words::refusal()
            form
        >
            <p>
                "A new secret is made and shown once. For a day each message is signed with both, so give it to the \
                 receiver within that time. One that was replaced before ends now."
            </p>
        </SigningSecret>
    }
}
