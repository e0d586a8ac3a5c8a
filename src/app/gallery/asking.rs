//! What asks for something.

use leptos::prelude::*;

use super::Group;
use crate::app::ui::{
    Checkbox, Choice, Field, RadioCards, Select, SelectOption, StepItem, Stepper, Suggestions, TextArea, Tone,
};

/// Fields and choices.
#[component]
pub fn Asking(within: &'static str) -> impl IntoView {
    let name = move |field: &str| format!("{within}-{field}");
    let wrong = |sentence: &str| Signal::stored(Some(sentence.to_owned()));
    view! {
        <Group title="Fields">
            <div class="form">
                <Field name=name("plain") label="E-mail" r#type="email" hint="Where letters go."/>
                <Field name=name("filled") label="Name" value="Ada Byron" optional=true/>
                <Field name=name("wrong") label="Slug" value="Ada Byron" error=wrong("Use small letters, digits and hyphens.")/>
                <Field name=name("zone") label="Time zone" list=name("zones") hint="The list fits what is typed."/>
                <Suggestions id=name("zones") values=["Asia/Tokyo", "Europe/Berlin", "UTC"].map(str::to_owned).to_vec()/>
                <Select
                    name=name("tool")
                    label="Tool"
                    options=vec![SelectOption::new("echo", "Echo"), SelectOption::new("crm", "CRM (needs listing-auto)")]
                    selected="echo"
                />
                <TextArea name=name("payload") label="Payload" mono=true rows=4 value="{\n  \"message\": \"Hello\"\n}"/>
                <TextArea name=name("broken") label="Payload" mono=true rows=2 value="{" error=wrong("This is not JSON.")/>
                <Checkbox name=name("queue") label="Wait for a free slot" hint="Otherwise it is refused."/>
                <Checkbox name=name("agreed") label="Chosen" checked=true/>
            </div>
        </Group>
        <Group title="A choice of a few">
            <RadioCards name=name("plan") legend="Plan" choices=plans() selected="pro"/>
        </Group>
        <Group title="Steps">
            <Stepper label="Set-up" steps=["Welcome", "Organization", "Plan", "Connect", "Done"].map(step).to_vec() current=2/>
        </Group>
    }
}

fn step(label: &str) -> StepItem {
    StepItem { label: label.to_owned(), href: None }
}

fn plans() -> Vec<Choice> {
    let card = |value: &str, title: &str, figure: &str| Choice {
        value: value.to_owned(),
        title: title.to_owned(),
        figure: Some(figure.to_owned()),
        unit: Some("a month".to_owned()),
        points: vec!["5,000 dispatches".to_owned(), "5 at once".to_owned()],
        ..Choice::default()
    };
    let refused = Some("Only an admin changes the plan.".to_owned());
    vec![
        card("free", "Free", "0 USD"),
        Choice { badge: Some(("Popular".to_owned(), Tone::Brand)), ..card("pro", "Pro", "29 USD") },
        Choice { refusal: refused, ..card("empire", "Empire", "199 USD") },
    ]
}
