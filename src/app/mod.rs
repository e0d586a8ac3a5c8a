//! The interface: rendered by the server, taken over in the browser, usable without scripts.
//!
//! A page begins with a [`context::Start`]: who looks and where they are, found out by the server before it renders
//! anything, so both sides begin with the same facts. What a page needs beyond that it reads through server functions, and
//! what it changes it changes through forms that the browser alone could send.
//!
//! A folder a slice: `api.rs` its server functions, pages and parts beside it. A slice knows `context`, `layout`, `ui` and
//! the helpers in this folder, and never another slice; [`routes`] is where slices meet.

mod accounts;
mod answers;
mod billing;
mod call;
pub mod context;
mod curl;
mod dispatch;
mod error;
mod fetched;
mod form;
mod keys;
mod landing;
mod layout;
mod meter_words;
mod metering;
mod onboarding;
mod pages;
mod plan_words;
mod problem_view;
mod question;
mod reading;
#[cfg(feature = "ssr")]
mod receiver;
mod routes;
mod shown_once;
mod signing;
mod tenancy;
mod ticked;
mod tools;
pub mod ui;
mod webhooks;
mod when;

#[cfg(feature = "ssr")]
mod gallery;
#[cfg(feature = "ssr")]
mod server;
#[cfg(feature = "ssr")]
pub mod ssr;
#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use routes::App;
