//! Something that is so for a while, told at the edge of the window for as long: unlike a toast it goes by itself, and unlike an
//! alert it moves nothing on the page.

use leptos::prelude::*;

use super::{alert::glyph_of, icon::Icon, tone::Tone};

/// What is so, and what can be done about it.
#[component]
pub fn Notice(
    /// What it means.
    tone: Tone,
    /// What it says.
    #[prop(into)]
    text: String,
    /// Small buttons; nothing, where nothing can be done.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="notice" data-tone=tone.word()>
            <Icon glyph=glyph_of(tone)/>
            <p class="break">{text}</p>
            <div class="notice-actions">{children()}</div>
        </div>
    }
}
