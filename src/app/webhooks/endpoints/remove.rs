//! Deleting an endpoint, behind the question that says what goes with it.

use leptos::prelude::*;

use super::{
    api::{EndpointRow, RemoveEndpoint},
    words,
};
use crate::app::{
    form::Form,
    question::{Deletion, Subject},
};

/// The form. It belongs to the page, which leads away when it is answered.
pub fn form() -> Form {
    Form::of::<RemoveEndpoint>()
}

/// The button, and the question that it opens.
#[component]
pub fn Remove(
    /// The endpoint.
    endpoint: EndpointRow,
    /// The form.
    form: Form,
) -> impl IntoView {
    let EndpointRow { id, name, .. } = endpoint;
    view! {
        <Deletion
            subject=Subject { field: "endpoint", id, once: None }
            name=name
            act="Delete the endpoint"
            note="To keep what was sent, disable it instead."
            refusal=words::refusal()
            form
        >
            <p>"What waits for it is not sent any more, and what became of its messages cannot be looked at any more."</p>
            <p>"It cannot be taken back: an endpoint that is made anew has another secret."</p>
        </Deletion>
    }
}
