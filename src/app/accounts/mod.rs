//! Sign-up, sign-in, sign-out.

pub mod api;
mod sign_in;
mod sign_up;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

pub use sign_in::SignInPage;
pub use sign_up::SignUpPage;

/// Where the reader wanted to go before they were asked who they are. The server judges it.
fn wanted() -> Signal<String> {
    let query = use_query_map();
    Signal::derive(move || query.with(|query| query.get("next").unwrap_or_default()))
}

/// The address of the other door, with the way on.
fn door(path: &'static str, wanted: Signal<String>) -> Signal<String> {
    Signal::derive(move || {
        let wanted = wanted.get();
        if wanted.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?next={}", leptos_router::location::Url::escape(&wanted))
        }
    })
}
