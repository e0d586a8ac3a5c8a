//! What may be typed into a field: the browser offers what fits, and takes anything else as well.

use leptos::prelude::*;

/// A list of texts that a [`super::Field`] offers whose `list` is this one's id.
#[component]
pub fn Suggestions(
    /// Its id in the page.
    #[prop(into)]
    id: String,
    /// The texts.
    values: Vec<String>,
) -> impl IntoView {
    let options = values.into_iter().map(|value| view! { <option value=value></option> }).collect_view();
    view! { <datalist id=id>{options}</datalist> }
}
