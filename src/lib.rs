//! Root of the interface, and the browser's entry.

pub mod app;

/// Takes over the page that the server has rendered, once the page's own code is there, and leaves a mark in the browser's
/// timeline when it has.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    use app::context::TakenOver;
    use leptos::prelude::{Set as _, document, provide_context, window};

    console_error_panic_hook::set_once();
    let Some(body) = document().body() else { return };
    let taken_over = TakenOver::default();
    let told = taken_over.clone();
    let page = move || {
        provide_context(told);
        app::App()
    };
    leptos::mount::hydrate_from_async(body, page).await.forget();
    taken_over.0.set(true);
    // Whoever measures the time until a page is alive, and every test that waits for it, finds it there.
    if let Some(timeline) = window().performance() {
        let _unknown = timeline.mark("hydrated");
    }
}
