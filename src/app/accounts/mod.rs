//! Sign-up, sign-in, sign-out, and what happens by mail.

pub mod api;
mod fields;
mod forgot_password;
pub mod own;
mod reset_password;
mod sign_in;
mod sign_up;
mod verify_email;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

pub use forgot_password::ForgotPasswordPage;
pub use own::AccountPage;
pub use reset_password::ResetPasswordPage;
pub use sign_in::SignInPage;
pub use sign_up::SignUpPage;
pub use verify_email::VerifyEmailPage;

/// Where the reader wanted to go before they were asked who they are. The server judges it.
fn wanted() -> Signal<String> {
    named("next")
}

/// A part of the address' query; empty where there is none.
fn named(name: &'static str) -> Signal<String> {
    let query = use_query_map();
    Signal::derive(move || query.with(|query| query.get(name).unwrap_or_default()))
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
