//! A choice out of a list: the browser's own, which every phone and every screen reader knows.

use leptos::prelude::*;

use super::{
    field::{FieldFrame, FieldIds, invalid},
    icon::{Glyph, Icon},
};

/// One line of a list of choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectOption {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Shown, and not to be chosen.
    pub disabled: bool,
}

impl SelectOption {
    /// A choice that may be made.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), disabled: false }
    }
}

/// A choice out of a list.
#[component]
pub fn Select(
    /// The name under which it is sent.
    #[prop(into)]
    name: String,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// What there is to choose from.
    #[prop(into)]
    options: Vec<SelectOption>,
    /// The value that is chosen at first.
    #[prop(optional, into)]
    selected: String,
    /// What is right, said before anything is wrong.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong and what would be right.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Its id; `field-` and the name where none is given.
    #[prop(optional, into)]
    id: Option<String>,
    /// Must be chosen.
    #[prop(optional)]
    required: bool,
    /// Says "optional" beside the label.
    #[prop(optional)]
    optional: bool,
    /// Is told what is chosen.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let ids = FieldIds::new(id, &name, hint.is_some());
    let described_by = ids.described_by(error);
    let lines = options
        .into_iter()
        .map(|option| {
            let chosen = option.value == selected;
            view! {
                <option value=option.value selected=chosen disabled=option.disabled>
                    {option.label}
                </option>
            }
        })
        .collect_view();
    view! {
        <FieldFrame ids=ids.clone() label optional aside=None hint error>
            <div class="select">
                <select
                    class="input"
                    id=ids.control
                    name=name
                    required=required
                    aria-describedby=move || described_by.get()
                    aria-invalid=invalid(error)
                    on:change=move |event| {
                        if let Some(on_change) = on_change {
                            on_change.run(event_target_value(&event));
                        }
                    }
                >
                    {lines}
                </select>
                <Icon glyph=Glyph::Down/>
            </div>
        </FieldFrame>
    }
}
