//! The head of a page: what it is, what it is for, what can be done.

use leptos::prelude::*;

/// A page's title with a sentence and its main actions. The only heading of the first level.
#[component]
pub fn PageHeader(
    /// The title.
    #[prop(into)]
    title: Signal<String>,
    /// What the page is for, in a sentence.
    #[prop(optional, into)]
    lead: Option<String>,
    /// The main actions.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="page-header">
            <div class="page-header-text">
                <h1>{move || title.get()}</h1>
                {lead.map(|lead| view! { <p>{lead}</p> })}
            </div>
            {children.map(|children| view! { <div class="row">{children()}</div> })}
        </div>
    }
}
