//! The pages' server side: the routes, what a page begins with, and the calls of server functions.

mod calls;
mod document;
mod doors;
pub(crate) mod flash;
mod pages;
mod start;

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use tenantry_http::{App, problem::ApiError};
use tenantry_kernel::Problem;

pub use doors::{doors, functions};

/// The pages and the server functions; what no other router knows gets the page that says so.
pub fn router(app: App) -> Router {
    let pages = leptos_axum::generate_route_list(super::App)
        .into_iter()
        .fold(Router::new(), |router, page| router.route(page.path(), get(pages::render)));
    pages.route("/api/rpc/{*function}", post(calls::call)).fallback(elsewhere).with_state(app)
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

/// Is it a path of this installation, safe to lead to? Browsers read `//host`, `/\host` and paths with control
/// characters as other places.
pub(crate) fn own_path(path: &str) -> bool {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && path.starts_with('/') && !path.starts_with("//") && path.len() <= 2_048
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_own_paths_are_led_to() {
        for own in ["/", "/dashboard", "/jobs/job_1?x=1#y", "/a//b"] {
            assert!(own_path(own), "{own}");
        }
        for other in [
            "",
            "dashboard",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/\u{e9}",
        ] {
            assert!(!own_path(other), "{other}");
        }
    }
}
