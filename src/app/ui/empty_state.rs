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
    /// It is all that the page shows, so its title is the page's heading.
    #[prop(optional)]
    whole: bool,
    /// The way there: a button or a link.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let title = if whole {
        view! { <h1 class="empty-title">{title}</h1> }.into_any()
    } else {
        view! { <p class="empty-title">{title}</p> }.into_any()
    };
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon glyph large=true/></span>
            {title}
            {text.map(|text| view! { <p class="empty-text">{text}</p> })}
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
}
