//! The fields of an endpoint, for the form that makes one and the one that changes it.

use leptos::prelude::*;
use tenantry_kernel::{endpoint::EventType, tool::LONGEST_URL};

use super::{api::EndpointRow, words};
use crate::app::{
    form::Form,
    ui::{Checkbox, Field},
};

/// Where an endpoint is, what it is for, and what it is told of.
#[component]
pub fn EndpointFields(
    /// The form.
    form: Form,
    /// The endpoint as it is; `None` where it is being made.
    #[prop(optional_no_strip)]
    endpoint: Option<EndpointRow>,
) -> impl IntoView {
    let (url, description, events) =
        endpoint.map_or_else(Default::default, |endpoint| (endpoint.url, endpoint.description, Some(endpoint.events)));
    view! {
        <div class="form-row">
            <Field
                name="url"
                label="Address"
                r#type="url"
                required=true
                maxlength=u32::try_from(LONGEST_URL).unwrap_or(u32::MAX)
                autocomplete="off"
                inputmode="url"
                placeholder="https://example.com/webhooks"
                value=form.typed("url").unwrap_or(url)
                hint="Messages are sent there, signed. It must be reachable from the internet."
                error=form.error("url")
            />
            <Field
                name="description"
                label="What it is for"
                maxlength=100_u32
                autocomplete="off"
                placeholder="Billing"
                value=form.typed("description").unwrap_or(description)
                hint="For people; it may stay empty."
                error=form.error("description")
            />
        </div>
        <Events form events/>
    }
}

/// Those of jobs are ticked at first.
#[component]
fn Events(form: Form, events: Option<Vec<String>>) -> impl IntoView {
    let ticked = move |event: EventType| match &events {
        Some(events) => events.iter().any(|word| word == event.as_str()),
        None => matches!(event, EventType::JobSucceeded | EventType::JobFailed),
    };
    let boxes = EventType::ALL
        .iter()
        .enumerate()
        .map(|(at, event)| {
            let word = event.as_str();
            // What is wrong with the choice as a whole is told at its first box.
            let error = Signal::derive(move || form.error("events").get().filter(|_| at == 0));
            view! {
                <Checkbox
                    name="events[]"
                    id=format!("field-event-{}", word.replace('.', "-"))
                    value=word
                    label=word
                    hint=words::of_event(*event)
                    checked=form.chose("events[]", word).unwrap_or_else(|| ticked(*event))
                    error
                />
            }
        })
        .collect_view();
    view! {
        <fieldset>
            <legend class="choices-legend">"What it is told of"</legend>
            <div class="grid" data-columns="3">{boxes}</div>
        </fieldset>
    }
}
