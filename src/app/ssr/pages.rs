//! Rendering pages: find out what the page begins with, lead away who may not see it, render the rest as a whole.
//!
//! A page is rendered when all that it shows is known, in one piece: it is complete without scripts, and its status and
//! its redirects are right.

use std::pin::Pin;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use futures::{Stream, StreamExt as _, stream::once};
use leptos::{
    IntoView,
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use tenantry_http::{
    App,
    guard::{Host, host_of},
    site::Site,
};

use super::{document::document, flash, own_path, start, tenants_host};
use crate::app::{context::Start, error::AppError, fetched::Wanted};

type Chunks = Pin<Box<dyn Stream<Item = String> + Send>>;

/// Renders the page at the request's address.
pub async fn render(State(app): State<App>, request: Request) -> Response {
    if let Some(clean) = without_error(request.uri()) {
        return see_other(&clean);
    }
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let start = start::load(&app.services, &parts, path).await;
    let whole = parts.uri.path_and_query().map_or(path, |whole| whole.as_str());
    let elsewhere = match host_of(&parts) {
        Host::Main => start::detour(&start, whole),
        Host::Tenant(_) => tenants_host::detour(&start, whole),
    };
    if let Some(elsewhere) = elsewhere {
        return see_other(&elsewhere);
    }
    let brought = flash::is_brought(&parts.headers);
    let forget = brought.then(|| flash::forget(&app.services.settings));
    let problem = start.problem.clone();
    let mut response = page(app, start, Request::from_parts(parts, body)).await;
    if let Some(problem) = problem.as_ref().map(AppError::problem) {
        *response.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(problem.retry_after.unwrap_or(1)));
    }
    dress(response.headers_mut(), forget);
    response
}

async fn page(app: App, start: Start, request: Request) -> Response {
    let site = app.site.clone();
    let context = move || {
        provide_context(app.clone());
        provide_context(start.clone());
        provide_context(Wanted::default());
    };
    leptos_axum::handle_response_inner(
        context,
        move || document(&site),
        request,
        |view, data, _| {
            let known = use_context::<App>().zip(use_context::<Wanted>());
            let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
            Box::pin(async move { whole(view, data, known, &nonce).await })
        },
    )
    .await
}

/// Asks for the page's own parts of the browser's module beside the module itself, instead of after it: when the module asks,
/// the browser's cache has them, or soon will. A link would do the same, but browsers complain of one that a slow module
/// comes for late, and where no script runs they would come in vain.
fn ask_for_parts(site: &Site, wanted: &Wanted, nonce: &str) -> String {
    let parts = wanted.parts();
    let addresses: Vec<_> = parts.iter().flat_map(|part| site.parts(part)).map(|part| format!("\"{part}\"")).collect();
    if addresses.is_empty() {
        return String::new();
    }
    // Read to the end, since an answer that nobody reads is not kept. What fails is asked for again, and seen, by the module.
    let addresses = addresses.join(", ");
    let ask =
        format!("for (const part of [{addresses}]) fetch(part).then((answer) => answer.blob()).catch(() => {{}});");
    format!("<script nonce=\"{nonce}\">{ask}</script>")
}

/// The page in one piece, with what the browser's side begins with inside its body, where scripts belong.
async fn whole<V: IntoView + 'static>(
    view: V,
    data: Box<dyn FnOnce() -> Chunks + Send>,
    known: Option<(App, Wanted)>,
    nonce: &str,
) -> Chunks {
    let mut html: String = view.to_html_stream_in_order().collect().await;
    let data: String = data().collect().await;
    let end = html.rfind("</body>").unwrap_or(html.len());
    html.insert_str(end, &data);
    // Which parts those are is known when the body is there.
    if let Some(((app, wanted), head)) = known.zip(html.find("</head>")) {
        html.insert_str(head, &ask_for_parts(&app.site, &wanted, nonce));
    }
    Box::pin(once(async move { html }))
}

/// A page shows what is so now, to one person; what it shows once is not kept for the way back either.
fn dress(headers: &mut HeaderMap, forget: Option<HeaderValue>) {
    let cache = if forget.is_some() { "private, no-store" } else { "private, no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(forget) = forget {
        headers.append(header::SET_COOKIE, forget);
    }
}

/// The address without an error in it. The framework would show whatever an address says there, so a link could put
/// words into our mouth; ours never carry one.
fn without_error(uri: &Uri) -> Option<String> {
    let query = uri.query()?;
    let own = |name: &str| name != "__err" && name != "__path";
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    if pairs.iter().all(|(name, _)| own(name)) {
        return None;
    }
    let mut kept = url::form_urlencoded::Serializer::new(String::new());
    kept.extend_pairs(pairs.iter().filter(|(name, _)| own(name)));
    let kept = kept.finish();
    let clean = if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{kept}", uri.path()) };
    // `//elsewhere/` is a path to us and another site to a browser.
    Some(if own_path(&clean) { clean } else { "/".to_owned() })
}

fn see_other(path: &str) -> Response {
    let to = HeaderValue::try_from(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_an_address_is_dropped() {
        let clean = |text: &str| without_error(&text.parse().expect("an address"));
        assert_eq!(clean("/sign-in?next=%2Fplans"), None);
        assert_eq!(clean("/sign-in?__path=/x&__err=eA&next=%2Fplans").as_deref(), Some("/sign-in?next=%2Fplans"));
        assert_eq!(clean("/sign-in?__err=eA").as_deref(), Some("/sign-in"));
    }

    #[test]
    fn an_error_in_an_address_leads_nobody_away() {
        for away in ["//evil.example/?__err=x", "/.//evil.example/?__err=x", "/%2E//evil.example/?__path=x"] {
            assert_eq!(without_error(&away.parse().expect("an address")).as_deref(), Some("/"), "{away}");
        }
    }
}
