//! A word in a small frame: a plan, a status, a role.

use leptos::prelude::*;

use super::tone::Tone;

/// A word in a small frame. The word says it all; the tone only helps the eye.
#[component]
pub fn Badge(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// A dot before the word: something that lives, a status.
    #[prop(optional)]
    dot: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <span class="badge" data-tone=tone.word()>
            {dot.then(|| view! { <span class="badge-dot" aria-hidden="true"></span> })}
            {children()}
        </span>
    }
}
