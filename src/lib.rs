//! Root of the interface, and the browser's entry.

pub mod app;

/// Takes over the page that the server has rendered, once the page's own code is there, and leaves a mark in the browser's
/// timeline when it has.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    use leptos::prelude::{document, window};

    console_error_panic_hook::set_once();
    if let Some(body) = document().body() {
        leptos::mount::hydrate_from_async(body, app::App).await.forget();
    }
    // Whoever measures the time until a page is alive, and every test that waits for it, finds it there.
    if let Some(timeline) = window().performance() {
        let _unknown = timeline.mark("hydrated");
    }
}
