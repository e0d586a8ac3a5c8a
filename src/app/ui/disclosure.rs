//! A question with its answer folded under it.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// A line that unfolds, with the platform's `<details>`.
#[component]
pub fn Disclosure(
    /// The line.
    #[prop(into)]
    summary: String,
    /// Unfolded at first.
    #[prop(optional)]
    open: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="disclosure" open=open>
            <summary class="disclosure-button">
                <span>{summary}</span>
                <Icon glyph=Glyph::Down/>
            </summary>
            <div class="disclosure-body">{children()}</div>
        </details>
    }
}
