//! Where there is nothing yet: what will stand here and what to do first.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// An empty list that says what to do first.
#[component]
pub fn EmptyState(
    /// What will stand here.
    #[prop(default = Glyph::Tray)]
    glyph: Glyph,
    /// That there is nothing yet.
    #[prop(into)]
    title: String,
    /// What to do about it, in a sentence.
    #[prop(optional, into)]
    text: Option<String>,
    /// The way there: a button or a link.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon glyph large=true/></span>
            <p class="empty-title">{title}</p>
            {text.map(|text| view! { <p class="empty-text">{text}</p> })}
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
}
