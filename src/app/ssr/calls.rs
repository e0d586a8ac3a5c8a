//! Calls of server functions, by a script or by a form without one.
//!
//! A script gets the answer, or a problem with its status. A form is led on: to where the function says, else back to the
//! page that it stands in; a refusal goes with it as a flash, so that the page shows it beside the fields.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, Response as HttpResponse, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use leptos::{
    prelude::provide_context,
    server_fn::{axum::server_fn_paths, error::SERVER_FN_ERROR_HEADER, redirect::REDIRECT_HEADER},
};
use tenantry_domain::rate;
use tenantry_http::{App, body, guard::ClientAddress, problem::ApiError};
use tenantry_kernel::Problem;

use super::{accepts_html, flash, own_path, window};
use crate::app::{context::Flash, error::AppError, server::PlainForm};

/// Runs a server function and turns its answer into what the caller can use.
pub async fn call(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if !server_fn_paths().any(|(known, method)| known == path && method == Method::POST) {
        return ApiError(Problem::not_found()).into_response();
    }
    let from_form = accepts_html(&request);
    let (parts, body) = request.into_parts();
    let (body, _room) = match body::whole(&parts.extensions, body).await {
        Ok(read) => read,
        Err(unread) => return refuse(unread.into(), &path),
    };
    let answer = run(&app, &parts, body.clone(), from_form).await;
    let (answer, problem) = match problem_of(answer).await {
        Ok(answer) => (answer, None),
        Err(problem) => (Response::default(), Some(problem)),
    };
    match (from_form, problem) {
        (false, None) => answer,
        (false, Some(problem)) => refuse(problem, &path),
        (true, None) => lead_on(&app, &parts, &body, answer).await,
        (true, Some(problem)) => send_back(&app, &parts, &path, &body, problem).await,
    }
}

/// Runs the function. It always believes that a script calls: what a form needs is done here, where the error is at hand.
async fn run(app: &App, parts: &Parts, body: Bytes, from_form: bool) -> HttpResponse<Body> {
    let mut parts = parts.clone();
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let app = app.clone();
    let context = move || {
        provide_context(app.clone());
        if from_form {
            provide_context(PlainForm);
        }
    };
    let request = Request::from_parts(parts, Body::from(body));
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}

/// The problem of a call that was refused.
async fn problem_of(answer: Response) -> Result<Response, Problem> {
    if !answer.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return Ok(answer);
    }
    let body = to_bytes(answer.into_body(), body::LARGEST).await.unwrap_or_default();
    let error: AppError = serde_json::from_slice(&body).unwrap_or_else(|_| AppError::unreadable());
    Err(error.into_problem())
}

/// A refusal for a script, which knows it by the header.
fn refuse(problem: Problem, path: &str) -> Response {
    let waits = matches!(problem.status, 429 | 503) && problem.retry_after.is_none();
    let problem = if waits { problem.with_retry_after(1) } else { problem };
    let mut response = ApiError(problem).into_response();
    if let Ok(path) = HeaderValue::try_from(path) {
        response.headers_mut().insert(SERVER_FN_ERROR_HEADER, path);
    }
    response
}

/// Leads a form on after a call that went well; cookies and the like go with it.
async fn lead_on(app: &App, parts: &Parts, body: &[u8], answer: Response) -> Response {
    let mut headers = answer.headers().clone();
    let named = headers.remove(header::LOCATION).and_then(|to| to.to_str().ok().map(str::to_owned));
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
    headers.remove(REDIRECT_HEADER);
    let to = named.unwrap_or_else(|| window::anywhere(&page_of(&parts.headers)));
    let mut response = see_other(&window::stay(app, parts, body, to).await);
    response.headers_mut().extend(headers);
    response
}

/// Leads a refused form back to its page. Whoever has very many refused is told so at once, and nothing is kept for them.
async fn send_back(app: &App, parts: &Parts, path: &str, body: &[u8], problem: Problem) -> Response {
    let from = ClientAddress::of(&app.services.settings, &parts.headers, &parts.extensions);
    if let Err(too_fast) = rate::keep_form(&app.services, from.neighbour()) {
        return refuse(too_fast.into(), path);
    }
    let page = window::stay(app, parts, body, page_of(&parts.headers)).await;
    let fields = url::form_urlencoded::parse(body).into_owned().collect();
    let refused = Flash::refused(path.to_owned(), problem, fields);
    let on_page = page.split('?').next().unwrap_or("/").to_owned();
    match flash::keep(&app.services, &on_page, refused, None).await {
        Ok(cookie) => {
            let mut response = see_other(&page);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response
        }
        // Nothing can be kept for the page; it will say by itself that the service is away.
        Err(_away) => see_other(&page),
    }
}

/// The page that a form stands in: our own pages are all that send forms here.
fn page_of(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let uri = referer.and_then(|referer| referer.parse::<Uri>().ok());
    let path = uri.and_then(|uri| uri.path_and_query().map(ToString::to_string));
    path.filter(|path| own_path(path)).unwrap_or_else(|| "/".to_owned())
}

fn see_other(path: &str) -> Response {
    let to = HeaderValue::try_from(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(referer: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::REFERER, HeaderValue::try_from(referer).expect("a header"));
        page_of(&headers)
    }

    #[test]
    fn a_form_goes_back_to_a_page_of_ours() {
        assert_eq!(from("http://127.0.0.1:3000/sign-in?next=/plans"), "/sign-in?next=/plans");
        assert_eq!(from("https://evil.example//evil.example/x"), "/");
        assert_eq!(from("about:blank"), "/");
        assert_eq!(page_of(&HeaderMap::new()), "/");
    }
}
