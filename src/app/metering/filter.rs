//! The form of the usage page: which meter, over which days, in which steps, told apart by what. It is sent by GET, so an
//! answer has an address that can be kept and sent on, and works without a script.

use leptos::{ev::SubmitEvent, form::form_data_from_event, prelude::*, web_sys::UrlSearchParams};
use leptos_router::{NavigateOptions, hooks::use_navigate, params::ParamsMap};

use super::api::{PAGE, UsageChoices};
use crate::app::{
    context::TenantField,
    ui::{Button, ButtonVariant, Card, Field, Select, SelectOption},
};

const STEPS: [(&str, &str); 4] = [("hour", "Hours"), ("day", "Days"), ("week", "Weeks"), ("month", "Months")];
const GROUPS: [(&str, &str); 5] =
    [("", "Nothing"), ("tool", "Tool"), ("member", "Member"), ("key", "API key"), ("tenant", "Workspace")];
/// Ranges that are one click away, with the steps that suit them.
const RANGES: [(&str, &str, &str); 5] = [
    ("1", "hour", "Today"),
    ("7", "day", "7 days"),
    ("30", "day", "30 days"),
    ("90", "week", "90 days"),
    ("365", "month", "12 months"),
];

/// The form, as the address fills it in.
#[component]
pub fn Filter(
    /// What can be chosen.
    choices: UsageChoices,
    /// What the address asks for.
    asked: ParamsMap,
) -> impl IntoView {
    let UsageChoices { mut meters, days } = choices;
    let said = move |name: &str| asked.get(name).unwrap_or_default();
    let or = |text: String, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text };
    let (meter, step, of) = (or(said("meter"), "dispatches"), or(said("step"), "day"), said("of"));
    // What an address names that nobody has sent yet can be shown, too.
    if !meters.iter().any(|(name, _)| *name == meter) {
        meters.push((meter.clone(), meter.clone()));
    }
    let options = |choices: &[(&str, &str)]| -> Vec<SelectOption> {
        choices.iter().map(|(value, label)| SelectOption::new(*value, *label)).collect()
    };
    let meters: Vec<SelectOption> = meters.into_iter().map(|(value, label)| SelectOption::new(value, label)).collect();
    let navigate = use_navigate();
    let submitted = move |event: SubmitEvent| {
        let Some(query) = query_of(&event) else { return };
        event.prevent_default();
        navigate(&format!("{PAGE}?{query}"), NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let group_by = said("group_by");
    let ranges = ranges(&meter, &group_by, &of, &said("days"), said("from").is_empty() && said("to").is_empty());
    view! {
        <Card>
            <form class="form usage-form" method="get" action=PAGE on:submit=submitted>
                <div class="form-row">
                    <Select name="meter" label="Meter" options=meters selected=meter/>
                    <Select name="step" label="In steps of" options=options(&STEPS) selected=step/>
                    <Select name="group_by" label="Told apart by" options=options(&GROUPS) selected=group_by/>
                    <Field name="from" label="First day" r#type="date" value=days.0/>
                    <Field name="to" label="Last day" r#type="date" value=days.1/>
                </div>
                {(!of.is_empty()).then(|| view! { <input type="hidden" name="of" value=of/> })}
                <TenantField/>
                <div class="actions">
                    <Button variant=ButtonVariant::Primary>"Show"</Button>
                    <nav class="row" data-gap="2" aria-label="Ranges">{ranges}</nav>
                </div>
            </form>
        </Card>
    }
}

/// Links to ranges that end today.
fn ranges(meter: &str, group_by: &str, of: &str, days: &str, relative: bool) -> Vec<AnyView> {
    let chosen = if days.is_empty() { "30" } else { days };
    let link = |(days, step, label): (&'static str, &'static str, &'static str)| {
        let fields = [("meter", meter), ("step", step), ("group_by", group_by), ("of", of), ("days", days)];
        let fields: Vec<(&str, &str)> = fields.into_iter().filter(|(_, text)| !text.is_empty()).collect();
        let href = format!("{PAGE}?{}", crate::app::call::fields(&fields));
        let current = (relative && chosen == days).then_some("true");
        view! {
            <a class="button" data-variant="ghost" data-size="small" href=href data-noscroll="" aria-current=current>
                {label}
            </a>
        }
        .into_any()
    };
    RANGES.into_iter().map(link).collect()
}

/// What the browser would have sent, without the tenant: a page with a script knows where it is. And without the button,
/// which has no name.
fn query_of(event: &SubmitEvent) -> Option<String> {
    let data = form_data_from_event(event).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    fields.delete("tenant");
    fields.delete("");
    Some(String::from(fields.to_string()))
}
