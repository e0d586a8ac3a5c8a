//! Deleting an inbound webhook, behind the question that says what will be turned away.

use leptos::prelude::*;

use super::api::{HookRow, RemoveInbound};
use crate::app::{
    form::Form,
    question::{Deletion, Subject},
};

/// The form. It belongs to the page, which leads away when it is answered.
pub fn form() -> Form {
    Form::of::<RemoveInbound>()
}

/// The button, and the question that it opens.
#[component]
pub fn Remove(
    /// The webhook.
    hook: HookRow,
    /// The form.
    form: Form,
) -> impl IntoView {
    let HookRow { id, name, .. } = hook;
    view! {
        <Deletion
            subject=Subject { field: "webhook", id, once: None }
            name=name
            act="Delete the webhook"
            note="Its receipts go with it. Jobs that came of it stay."
            form
        >
            <p>"Whatever is sent to its address finds nothing from this moment."</p>
            <p>"It cannot be taken back: a webhook that is made anew has another address and another secret."</p>
        </Deletion>
    }
}
