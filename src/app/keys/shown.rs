//! A key's text, shown once.

use leptos::{html, prelude::*};

use super::api::{PAGE, ShownKey};
use crate::app::{
    context::use_tenant,
    ui::{Alert, ButtonVariant, CodeBlock, CopyButton, LinkButton, Tone},
};

/// The text of the key that was made last, until the reader has put it away. Another workspace's is never shown.
#[component]
pub fn ShownOnce(
    /// What was made last.
    shown: RwSignal<Option<ShownKey>>,
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
                Some(secret) => view! { <Secret made secret shown/> }.into_any(),
                None => view! { <Gone made/> }.into_any(),
            })}
        </div>
    }
}

#[component]
fn Secret(made: ShownKey, secret: String, shown: RwSignal<Option<ShownKey>>) -> impl IntoView {
    let ShownKey { name, note, example, .. } = made;
    view! {
        <section class="once" aria-label="The new key">
            <h2>{format!("{name} is made: copy its key now")}</h2>
            <p>"It is shown this once. Nobody can read it again, not even here. " {note}</p>
            <CodeBlock title="Key" code=secret.clone() wrap=true/>
            <div class="actions">
                <CopyButton text=secret variant=ButtonVariant::Primary>"Copy the key"</CopyButton>
                <LinkButton href=PAGE variant=ButtonVariant::Ghost on:click=move |_| shown.set(None)>
                    "I have stored it"
                </LinkButton>
            </div>
            <CodeBlock title="Try it in a shell" code=example.clone() wrap=true/>
            <div class="actions with-script">
                <CopyButton text=example>"Copy the command"</CopyButton>
            </div>
        </section>
    }
}

/// The same form was sent twice, and this is the answer to the second.
#[component]
fn Gone(made: ShownKey) -> impl IntoView {
    view! {
        <Alert tone=Tone::Warning title=format!("{} was made already", made.name)>
            "This form was sent twice. " {made.note} " Where nobody has it, rotate the key."
        </Alert>
    }
}
