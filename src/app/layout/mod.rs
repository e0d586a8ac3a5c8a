//! What stands around a page: the workspace with its navigation, the frame of sign-in and sign-up, and small helpers that
//! every page uses.

mod account_menu;
mod auth_frame;
mod kept_focus;
mod notices;
mod organization_rows;
mod palette;
mod palette_choices;
mod places;
mod rail;
mod switcher;
mod switcher_keys;
mod switcher_row;
mod workspace;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_url;

use crate::app::context::close_stream;

pub use auth_frame::{AuthFrame, Brand};
pub use kept_focus::focus_heading;
#[cfg(feature = "ssr")]
pub use places::{ACCOUNT, in_navigation};
pub use workspace::Workspace;

/// The page's title in the browser. A plain text: the server writes the head when the page's signals are gone.
#[component]
pub fn PageTitle(
    /// The page's own part.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <Title text=format!("{text} · Tenantry")/> }
}

/// Goes to an address by loading it, so that nothing in memory outlives the change that led there.
pub fn load(address: &str) {
    close_stream();
    // Browsers refuse an address only when it is none, and ours are paths.
    drop(window().location().assign(address));
}

/// The address of the page, from the root: to load it again by a link.
pub fn here() -> String {
    use_url().with_untracked(|url| match url.search() {
        "" => url.path().to_owned(),
        search => format!("{}?{search}", url.path()),
    })
}

/// Loads the address that the browser shows.
pub fn load_anew() {
    close_stream();
    // Browsers refuse it only to a page that is no longer shown.
    drop(window().location().reload());
}

/// Loads the address that the browser shows, for a page that was reached by a link from one that began without what this
/// one needs.
#[component]
pub fn LoadAnew() -> impl IntoView {
    Effect::new(|_| load_anew());
}
