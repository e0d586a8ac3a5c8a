//! A place whose words change while one looks, and that has room for the most it ever says: nothing below it moves.

use leptos::prelude::*;

/// Keeps an [`Alert`](super::Alert) its room.
#[component]
pub fn Room(
    /// The longest that it may say, a line a paragraph. It takes its room without being seen or read.
    #[prop(into)]
    most: Signal<String>,
    children: Children,
) -> impl IntoView {
    view! { <div class="room" data-most=move || most.get()>{children()}</div> }
}
