//! The fields of an inbound webhook, for the form that makes one and the one that changes it.

use leptos::prelude::*;

use super::api::HookRow;
use crate::app::{
    form::Form,
    ui::{Field, Select, SelectOption, TextArea},
};

/// What it is called and what its messages set off. Further fields stand in the same row.
#[component]
pub fn Purpose(
    /// The form.
    form: Form,
    /// What a message may set off.
    tools: Vec<String>,
    /// The webhook as it is; `None` where it is being made.
    #[prop(optional_no_strip)]
    hook: Option<HookRow>,
    /// Further fields.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (name, tool) = hook.map(|hook| (hook.name, hook.tool)).unwrap_or_default();
    let mut options = vec![SelectOption::new("", "None: it is kept and shown")];
    let strange = tool.clone().filter(|tool| !tools.contains(tool));
    options.extend(tools.into_iter().map(|tool| SelectOption::new(tool.clone(), tool)));
    options.extend(strange.map(|tool| SelectOption::new(tool.clone(), format!("{tool} (deleted)"))));
    view! {
        <div class="form-row">
            <Field
                name="name"
                label="Name"
                required=true
                maxlength=100_u32
                autocomplete="off"
                placeholder="Payments"
                value=form.typed("name").unwrap_or(name)
                hint="The service that sends."
                error=form.error("name")
            />
            {children.map(|children| children())}
            <Select
                name="tool"
                label="Sets off"
                options
                selected=form.typed("tool").or(tool).unwrap_or_default()
                hint="Each message becomes a job of this tool, once however often it comes."
                error=form.error("tool")
            />
        </div>
    }
}

/// Who may send.
#[component]
pub fn Allowlist(
    /// The form.
    form: Form,
    /// The networks as they are, one a line.
    #[prop(optional, into)]
    networks: String,
) -> impl IntoView {
    view! {
        <TextArea
            name="allowlist"
            label="Only from these networks"
            mono=true
            rows=3_u32
            value=form.typed("allowlist").unwrap_or(networks)
            hint="One a line: 203.0.113.0/24, 2001:db8::/32, or a single address. Left empty, from everywhere."
            error=form.error("allowlist")
        />
    }
}
