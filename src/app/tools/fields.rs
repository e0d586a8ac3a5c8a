//! The fields of a tool that lives elsewhere, for the form that makes one and the one that changes it.

use leptos::prelude::*;
use tenantry_kernel::tool::{LONGEST_TIMEOUT_SECONDS, LONGEST_URL, TIMEOUT_SECONDS};

use super::api::{FeatureChoice, ToolRow};
use crate::app::{
    form::Form,
    ui::{Field, Select, SelectOption},
};

/// What a tool is called and where it lives.
#[component]
pub fn Place(
    /// The form.
    form: Form,
    /// The tool as it is; `None` where it is being made.
    #[prop(optional_no_strip)]
    tool: Option<ToolRow>,
) -> impl IntoView {
    let (name, url) = tool.map(|tool| (tool.name, tool.url.unwrap_or_default())).unwrap_or_default();
    view! {
        <div class="form-row">
            <Field
                name="name"
                label="Name"
                required=true
                maxlength=64_u32
                autocomplete="off"
                placeholder="crm-sync"
                value=form.typed("name").unwrap_or(name)
                hint="What a dispatch calls it: up to 64 letters, digits, spaces or signs."
                error=form.error("name")
            />
            <Field
                name="url"
                label="Address"
                r#type="url"
                required=true
                maxlength=u32::try_from(LONGEST_URL).unwrap_or(u32::MAX)
                autocomplete="off"
                inputmode="url"
                placeholder="https://example.com/jobs"
                value=form.typed("url").unwrap_or(url)
                hint="Where its jobs are sent, signed. It must be reachable from the internet."
                error=form.error("url")
            />
        </div>
    }
}

/// What a tool asks of the plan, and how long it may take.
#[component]
pub fn Terms(
    /// The form.
    form: Form,
    /// The features that plans know.
    features: Vec<FeatureChoice>,
    /// The tool as it is; `None` where it is being made.
    #[prop(optional_no_strip)]
    tool: Option<ToolRow>,
) -> impl IntoView {
    let (feature, seconds) = tool.map_or((None, TIMEOUT_SECONDS), |tool| (tool.feature, tool.timeout_seconds));
    let mut options = vec![SelectOption::new("", "None: every plan may use it")];
    let known = |name: &str| features.iter().any(|feature| feature.name == name);
    let strange = feature.clone().filter(|name| !known(name));
    options.extend(features.iter().map(|feature| {
        let FeatureChoice { name, plans } = feature;
        SelectOption::new(name.clone(), format!("{name} ({plans})"))
    }));
    options.extend(strange.map(|name| SelectOption::new(name.clone(), name)));
    view! {
        <div class="form-row">
            <Select
                name="feature"
                label="Needs the feature"
                options
                selected=form.typed("feature").or(feature).unwrap_or_default()
                hint="A plan without it is refused, and told which plan has it."
                error=form.error("feature")
            />
            <Field
                name="timeout_seconds"
                label="Time-out"
                suffix="seconds"
                inputmode="numeric"
                autocomplete="off"
                value=form.typed("timeout_seconds").unwrap_or_else(|| seconds.to_string())
                hint=format!("1 to {LONGEST_TIMEOUT_SECONDS}. A tool that answers later has as long for that.")
                error=form.error("timeout_seconds")
            />
        </div>
    }
}
