//! The command palette: every page and every organization a few letters away. Ctrl K or ⌘ K opens it anywhere in the
//! workspace; what it shows is fetched when it is first opened.

use leptos::{
    ev::{self, KeyboardEvent},
    html,
    prelude::*,
};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::palette_choices::Choices;
use crate::app::ui::{Glyph, Icon, Skeleton};

/// The button of the palette, its shortcut, and the palette. Without a script there is none: the navigation and the
/// switcher lead to the same places.
#[component]
pub fn Palette() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let opened = RwSignal::new(0_u32);
    let open = move || {
        opened.update(|times| *times += 1);
        if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
            // It refuses only where it stands open already.
            drop(dialog.show_modal());
        }
    };
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            if is_shortcut(&event) {
                event.prevent_default();
                open();
            }
        });
        on_cleanup(move || listener.remove());
    });
    let wanted = Memo::new(move |_| opened.get() > 0);
    view! {
        <button
            class="palette-opener with-script"
            type="button"
            aria-haspopup="dialog"
            aria-keyshortcuts="Control+K Meta+K"
            on:click=move |_| open()
        >
            <Icon glyph=Glyph::Search/>
            <span class="palette-opener-text">"Go to…"</span>
            <kbd aria-hidden="true">"Ctrl K"</kbd>
        </button>
        <dialog class="palette" aria-label="Go to" node_ref=dialog>
            {move || wanted.get().then(|| view! {
                <Suspense fallback=|| view! { <Skeleton lines=4/> }>
                    {Suspend::new(async move { fetched(choices(dialog, opened.into()).await) })}
                </Suspense>
            })}
        </dialog>
    }
}

#[wasm_split(palette, fallible)]
fn choices(dialog: NodeRef<html::Dialog>, opened: Signal<u32>) -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Choices dialog opened/> }.into_any())
}

fn fetched(choices: Result<AnyView, SplitLoaderError>) -> AnyView {
    let missing =
        |_| view! { <p class="menu-none" role="status">"This needs the network, which is away."</p> }.into_any();
    choices.unwrap_or_else(missing)
}

fn is_shortcut(event: &KeyboardEvent) -> bool {
    let holds_one = event.ctrl_key() != event.meta_key();
    holds_one && !event.shift_key() && !event.alt_key() && event.key().eq_ignore_ascii_case("k")
}
