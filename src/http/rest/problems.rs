//! The pages that explain a problem's code: where `type` leads.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use tenantry_kernel::{Code, Problem};

use crate::{App, problem::ApiError};

/// The page of a code.
pub(crate) async fn page(State(app): State<App>, Path(name): Path<String>) -> Response {
    let Some(code) = Code::from_page(&name) else { return ApiError(Problem::not_found()).into_response() };
    let style = app.site.asset("tenantry.css").unwrap_or_default();
    // Every part is a constant of ours, so nothing here needs escaping.
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title} · Tenantry</title><link rel=\"stylesheet\" href=\"{style}\">\
         </head><body><main class=\"center\"><div class=\"center-box\"><p class=\"eyebrow\">{code} · HTTP {status}</p>\
         <h1>{title}</h1><p class=\"lead\">{fix}</p><p><a href=\"/\">Tenantry</a></p></div></main></body></html>",
        title = code.title(),
        status = code.status(),
        fix = code.fix(),
    );
    let mut response = Html(page).into_response();
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
