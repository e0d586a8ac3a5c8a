//! Something to be told in the page: a result, a warning, a refusal with its way out.

use leptos::prelude::*;

use super::{
    icon::{Glyph, Icon},
    tone::Tone,
};

/// The icon of a tone.
pub(super) const fn glyph_of(tone: Tone) -> Glyph {
    match tone {
        Tone::Success => Glyph::Success,
        Tone::Warning => Glyph::Warning,
        Tone::Danger => Glyph::Danger,
        Tone::Neutral | Tone::Brand | Tone::Brass | Tone::Info => Glyph::Info,
    }
}

/// A message in the page. A danger interrupts who listens, everything else waits for its turn; what is neutral is not news
/// and is only read where it stands.
#[component]
pub fn Alert(
    /// `Neutral`, `Info`, `Success`, `Warning` or `Danger`; any other is shown as `Info`.
    #[prop(default = Tone::Info)]
    tone: Tone,
    /// What happened, in a few words.
    #[prop(optional, into)]
    title: Option<String>,
    /// What follows from it, and what to do.
    children: Children,
) -> impl IntoView {
    let tone = match tone {
        Tone::Brand | Tone::Brass => Tone::Info,
        other => other,
    };
    let role = match tone {
        Tone::Neutral => None,
        Tone::Danger => Some("alert"),
        _ => Some("status"),
    };
    view! {
        <div class="alert" data-tone=tone.word() role=role>
            <Icon glyph=glyph_of(tone)/>
            <div class="alert-body">
                {title.map(|title| view! { <p class="alert-title">{title}</p> })}
                <div>{children()}</div>
            </div>
        </div>
    }
}
