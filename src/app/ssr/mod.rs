//! The pages' server side: the routes, what a page begins with, and the calls of server functions.

mod calls;
mod document;
mod doors;
pub(crate) mod flash;
mod pages;
mod start;
mod tenants_host;
mod window;

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
pub(crate) use tenantry_http::paths::own_path;
use tenantry_http::{App, problem::ApiError};
use tenantry_kernel::Problem;

pub use doors::{doors, functions};

/// The pages and the server functions; what no other router knows gets the page that says so.
pub fn router(app: App) -> Router {
    let pages = leptos_axum::generate_route_list(super::App)
        .into_iter()
        .fold(Router::new(), |router, page| router.route(page.path(), get(pages::render)));
    let pages = pages.route("/gallery", get(gallery));
    pages.route("/api/rpc/{*function}", post(calls::call)).fallback(elsewhere).with_state(app)
}

/// The components, for whoever works on them; elsewhere there is no such page.
async fn gallery(state: State<App>, request: Request) -> Response {
    if state.services.settings.dev {
        return super::gallery::page(&state.site);
    }
    elsewhere(state, request).await
}

/// What no route knows: a page for a browser, a problem for a program.
async fn elsewhere(state: State<App>, request: Request) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads && accepts_html(&request) && !request.uri().path().starts_with("/api/") {
        return pages::render(state, request).await;
    }
    ApiError(Problem::not_found()).into_response()
}

/// A browser that goes to a page or posts a form without a script says that it takes HTML; a script does not.
fn accepts_html(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    accept.and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}
