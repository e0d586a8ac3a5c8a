//! A box that is ticked or not.

use leptos::prelude::*;

use super::field::{FieldIds, FieldNotes, invalid};

/// A box that is ticked or not. Unticked, it is not sent.
#[component]
pub fn Checkbox(
    /// The name under which it is sent.
    #[prop(into)]
    name: String,
    /// What is agreed to.
    #[prop(into)]
    label: String,
    /// What is sent when it is ticked.
    #[prop(default = "true".to_owned(), into)]
    value: String,
    /// Ticked at first.
    #[prop(optional)]
    checked: bool,
    /// What follows from it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong and what would be right.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Its id; `field-` and the name where none is given.
    #[prop(optional, into)]
    id: Option<String>,
    /// Must be ticked.
    #[prop(optional)]
    required: bool,
    /// Is told whether it is ticked.
    #[prop(optional, into)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let ids = FieldIds::new(id, &name, hint.is_some());
    let described_by = ids.described_by(error);
    let control = ids.control.clone();
    view! {
        <div class="check">
            <input
                class="check-box"
                type="checkbox"
                id=control.clone()
                name=name
                value=value
                checked=checked
                required=required
                aria-describedby=move || described_by.get()
                aria-invalid=invalid(error)
                on:change=move |event| {
                    if let Some(on_change) = on_change {
                        on_change.run(event_target_checked(&event));
                    }
                }
            />
            <label class="check-label" for=control>{label}</label>
            <FieldNotes ids hint error/>
        </div>
    }
}
