//! The hand-over from the main host to a tenant's own, step by step, as a browser walks it:
//!
//! 1. a page of the tenant's host, without a session: leads to `/enter` there;
//! 2. `GET /enter`: leaves a nonce in a cookie and leads to `/hand-over` on the main host, with the nonce's hash;
//! 3. `GET /hand-over`: asks who one is, then shows a form that sends itself;
//! 4. `POST /hand-over`: makes the code and leads back with it;
//! 5. `GET /enter` with the code: shows a form that sends itself;
//! 6. `POST /enter`: takes code and nonce for a session, and leads to the page of the first step.
//!
//! No address makes or uses up anything by being looked at, and each form has a button for browsers without scripts.

mod from_main;
mod page;
mod to_tenant;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

use crate::{App, paths::own_path};

/// Where a tenant's host takes in who has no session there.
pub const ENTER: &str = "/enter";
/// Where the main host hands over.
pub const HAND_OVER: &str = "/hand-over";

/// Where one goes who named no page.
const FIRST_PAGE: &str = "/dashboard";

/// The pages of the hand-over.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(ENTER, get(to_tenant::show).post(to_tenant::enter))
        .route(HAND_OVER, get(from_main::show).post(from_main::hand_over))
}

/// The page that is wanted, where it is ours.
fn next(wanted: &str) -> &str {
    if own_path(wanted) { wanted } else { FIRST_PAGE }
}

fn see_other(to: &str) -> Response {
    // What cannot stand in a header is no address either.
    let to = HeaderValue::try_from(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to), (header::CACHE_CONTROL, NO_STORE)]).into_response()
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
