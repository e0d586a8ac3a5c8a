//! A button that copies a text. Where no script runs there is none: what it copies stands on the page and can be selected.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    button::{Button, ButtonSize, ButtonVariant},
    icon::Glyph,
};

/// How long it says what came of it.
const SAID: Duration = Duration::from_secs(4);

/// Copies a text to the clipboard and says so.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// How much it asks to be pressed.
    #[prop(optional)]
    variant: ButtonVariant,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// What it copies: `Copy the key`.
    children: Children,
) -> impl IntoView {
    let said = RwSignal::new(None::<&'static str>);
    let copy = move |_| {
        write(&text, move |copied| {
            said.set(Some(if copied {
                "Copied."
            } else {
                "Select the text and copy it by hand: the browser refuses."
            }));
            // On a page that was left nothing is said any more.
            let forget = move || {
                let _left = said.try_set(None);
            };
            set_timeout(forget, SAID);
        });
    };
    view! {
        <span class="copy with-script">
            <Button variant size r#type="button" glyph=Glyph::Copy on_press=copy>{children()}</Button>
            <span class="copy-said" role="status">{move || said.get()}</span>
        </span>
    }
}

/// Writes to the clipboard, and tells whether it was allowed to.
#[cfg(feature = "hydrate")]
fn write(text: &str, then: impl FnOnce(bool) + 'static) {
    let text = text.to_owned();
    leptos::task::spawn_local(async move { then(clipboard::write_text(&text).await.is_ok()) });
}

/// While a page is rendered nobody presses a button.
#[cfg(not(feature = "hydrate"))]
fn write(_: &str, _: impl FnOnce(bool) + 'static) {}

#[cfg(feature = "hydrate")]
mod clipboard {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        /// Pages that came over an insecure address have no clipboard; that is an error like a refusal.
        #[wasm_bindgen(js_namespace = ["navigator", "clipboard"], js_name = writeText, catch)]
        pub async fn write_text(text: &str) -> Result<JsValue, JsValue>;
    }
}
