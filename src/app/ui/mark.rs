//! The product's mark: one house, three rooms. What stands between the rooms, the walls, is the letter T.

use leptos::prelude::*;

/// The mark, in the brand's colours. Decoration unless it has a label.
#[component]
pub fn Mark(
    /// What it says where the product's name does not stand beside it.
    #[prop(optional, into)]
    label: Option<String>,
    /// 40 pixels instead of 24.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let hidden = label.is_none().then_some("true");
    let role = label.is_some().then_some("img");
    view! {
        <svg
            class="mark"
            viewBox="0 0 24 24"
            data-size=large.then_some("large")
            role=role
            aria-hidden=hidden
            aria-label=label
            focusable="false"
        >
            <path class="mark-hall" d="M6 2h12a4 4 0 0 1 4 4v2.2H2V6a4 4 0 0 1 4-4z"></path>
            <path class="mark-room" d="M2 10.8h8.7V22H6a4 4 0 0 1-4-4z"></path>
            <path class="mark-lit" d="M13.3 10.8H22V18a4 4 0 0 1-4 4h-4.7z"></path>
        </svg>
    }
}
