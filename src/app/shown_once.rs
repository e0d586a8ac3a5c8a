//! A text that is shown once: a key, a secret that signs. It was made by the last answer and stands nowhere else.

use leptos::{html, prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    context::use_tenant,
    ui::{Alert, ButtonVariant, CodeBlock, CopyButton, LinkButton, Tone},
};

/// In the place of a form's address: what a page shows was made by a form of another.
pub const MADE_ELSEWHERE: &str = "made elsewhere";

/// What was just made, for the one page that shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The id of the workspace that it belongs to.
    pub tenant: String,
    /// The id of what it opens or signs for.
    pub id: String,
    /// What that is called.
    pub name: String,
    /// What is told of it beside its text.
    pub note: String,
    /// The whole text; `None` where the same form was sent before.
    pub secret: Option<String>,
    /// Something that works with it when it is pasted.
    pub example: String,
    /// The page that shows it.
    pub page: String,
}

/// What it is, in the words of the page.
#[derive(Clone, Copy)]
pub struct Words {
    /// Its place, for the ear.
    pub place: &'static str,
    /// What stands after the name over the text.
    pub made: &'static str,
    /// What stands after the name where the text was shown before.
    pub gone: &'static str,
    /// What the text is.
    pub text: &'static str,
    /// The button that copies it.
    pub copy: &'static str,
    /// What the example does.
    pub example: &'static str,
    /// The button that copies the example.
    pub copy_example: &'static str,
    /// What to do where nobody has the text.
    pub lost: &'static str,
}

/// The text that was made last, until the reader has put it away. Another workspace's is never shown.
#[component]
pub fn ShownOnce(
    /// What was made last.
    shown: RwSignal<Option<Shown>>,
    /// What it is.
    words: &'static Words,
) -> impl IntoView {
    let tenant = use_tenant();
    let place = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if shown.with(Option::is_some) {
            // The form may stand far below what it was answered.
            request_animation_frame(move || {
                if let Some(place) = place.get_untracked() {
                    // A page that is being left has nothing to focus.
                    drop(place.focus());
                }
            });
        }
    });
    let here = move || shown.get().filter(|shown| shown.tenant == tenant.key());
    view! {
        <div class="shown-once" tabindex="-1" role="group" aria-label="What was made" node_ref=place>
            {move || here().map(|made| match made.secret.clone() {
                Some(secret) => view! { <Secret made secret shown words/> }.into_any(),
                None => view! { <Gone made words/> }.into_any(),
            })}
        </div>
    }
}

#[component]
fn Secret(made: Shown, secret: String, shown: RwSignal<Option<Shown>>, words: &'static Words) -> impl IntoView {
    let Shown { name, note, example, page, .. } = made;
    view! {
        <section class="once" aria-label=words.place>
            <h2>{format!("{name} {}", words.made)}</h2>
            <p>"It is shown this once. Nobody can read it again, not even here. " {note}</p>
            <CodeBlock title=words.text code=secret.clone() wrap=true/>
            <div class="actions">
                <CopyButton text=secret variant=ButtonVariant::Primary>{words.copy}</CopyButton>
                <LinkButton href=page variant=ButtonVariant::Ghost on:click=move |_| shown.set(None)>
                    "I have stored it"
                </LinkButton>
            </div>
            <CodeBlock title=words.example code=example.clone() wrap=true/>
            <div class="actions with-script">
                <CopyButton text=example>{words.copy_example}</CopyButton>
            </div>
        </section>
    }
}

/// The same form was sent twice, and this is the answer to the second.
#[component]
fn Gone(made: Shown, words: &'static Words) -> impl IntoView {
    view! {
        <Alert tone=Tone::Warning title=format!("{} {}", made.name, words.gone)>
            "This form was sent twice. " {made.note} " " {words.lost}
        </Alert>
    }
}
