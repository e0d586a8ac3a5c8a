//! Text for the ear.

use leptos::prelude::*;

/// Text that is read aloud and not seen.
#[component]
pub fn VisuallyHidden(children: Children) -> impl IntoView {
    view! { <span class="vh">{children()}</span> }
}
