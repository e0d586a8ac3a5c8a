//! Deleting a tool, behind the question that says what will fail.

use leptos::prelude::*;

use super::{
    api::{RemoveTool, ToolRow},
    words,
};
use crate::app::{
    form::Form,
    question::{Deletion, Subject},
};

/// The form. It belongs to the page, which leads away when it is answered.
pub fn form() -> Form {
    Form::of::<RemoveTool>()
}

/// The button, and the question that it opens.
#[component]
pub fn Remove(
    /// The tool.
    tool: ToolRow,
    /// The form.
    form: Form,
) -> impl IntoView {
    let ToolRow { id, name, .. } = tool;
    view! {
        <Deletion
            subject=Subject { field: "tool", id, once: None }
            name=name.clone()
            act="Delete the tool"
            note="Its jobs stay to be looked at. The name may be given anew."
            refusal=words::refusal()
            form
        >
            <p>{format!("Dispatches that name {name} are refused from this moment, and jobs that wait for it fail.")}</p>
            <p>"It cannot be taken back: a tool that is made anew has another secret."</p>
        </Deletion>
    }
}
