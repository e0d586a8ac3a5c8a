//! Deleting an endpoint, behind the question that says what goes with it.

use leptos::prelude::*;

use super::{
    api::{EndpointRow, RemoveEndpoint},
    words,
};
use crate::app::{
    form::Form,
    question::{Choices, Question, Subject},
    ui::Card,
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
        <Card title="Delete it" note="To keep what was sent, disable it instead.">
            <div class="actions">
                <Question
                    id="delete"
                    title=format!("Delete {name}?")
                    subject=Subject { field: "endpoint", id, once: None }
                    choices=Choices { ask: "Delete the endpoint", act: "Delete the endpoint", keep: "Keep it" }
                    destroys=true
                    refusal=words::refusal()
                    form
                >
                    <p>"What waits for it is not sent any more, and what became of its messages cannot be looked at any more."</p>
                    <p>"It cannot be taken back: an endpoint that is made anew has another secret."</p>
                </Question>
            </div>
        </Card>
    }
}
