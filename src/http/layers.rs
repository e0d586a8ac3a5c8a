//! What stands around every route, from the outside in: request id and log, problems, headers, host, same site, panics.

use std::{
    any::Any,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use tenantry_domain::services::Entropy;
use tenantry_kernel::{Code, Problem};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    App,
    guard::{self, Meter},
    problem::{ApiError, render},
    unread, weight,
};

/// The header that names a request.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Names requests: UUIDv7, whose random part is a random number of this process that is counted on. A request's name is no
/// secret, and asking the system for chance each time would be among the dearest things that a request does.
pub struct RequestIds {
    first: u64,
    count: AtomicU64,
}

impl RequestIds {
    /// Those of a process.
    #[must_use]
    pub fn new(entropy: Entropy) -> Self {
        Self { first: u64::from_ne_bytes(entropy.bytes()), count: AtomicU64::new(0) }
    }

    /// `req_` and the digits of the next one.
    fn next(&self, now: DateTime<Utc>) -> String {
        let number = self.first.wrapping_add(self.count.fetch_add(1, Ordering::Relaxed));
        let (mut random, millis) = ([0; 10], u64::try_from(now.timestamp_millis()).unwrap_or_default());
        random[2..].copy_from_slice(&number.to_be_bytes());
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        let mut text = String::with_capacity(36);
        text.push_str("req_");
        text.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
        text
    }
}

/// Puts the layers around a router. The last one added is the first that a request meets. They are few, since each one
/// costs every request a copy of all that it stands around.
pub fn around(router: Router, app: &App) -> Router {
    router.layer(CatchPanicLayer::custom(panicked)).layer(from_fn_with_state(app.clone(), boundary))
}

fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let message = cause.downcast_ref::<&str>().copied().or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = message.unwrap_or("without a message"), "A handler panicked.");
    ApiError(Problem::new(Code::Internal, "Something went wrong on our side.")).into_response()
}

/// Names the request, writes its problem, sets the headers that every answer has, and logs it once.
async fn boundary(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = app.requests.next(app.services.clock.now());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let is_api = request.uri().path().starts_with("/api/");
    let for_programs = is_api || request.uri().path().starts_with("/hooks/");
    let meter = Meter::default();
    request.extensions_mut().insert(meter.clone());
    app.room.note(&app.services.settings, &mut request);
    let (mut request, came_in) = unread::watch(request);
    let span = tracing::info_span!("request", http.request_id = id);
    let started = Instant::now();
    let mut response = match let_in(&app, &mut request) {
        Ok(()) => next.run(request).instrument(span).await,
        Err(problem) => ApiError(problem).into_response(),
    };
    if let Some(ApiError(problem)) = problem_of(&response, for_programs) {
        let mut written = render(problem, &id);
        for (name, value) in response.headers() {
            if *name != header::CONTENT_LENGTH && *name != header::CONTENT_TYPE {
                written.headers_mut().append(name.clone(), value.clone());
            }
        }
        response = written;
    }
    meter.close(&mut response);
    if let Some(whose) = meter.whose_bytes() {
        response = weight::of_response(&app.services, whose, came_in.read(), response);
    }
    came_in.settle(&mut response).await;
    dress(&mut response, &id, is_api, app.services.settings.public_url.scheme() == "https");
    tracing::info!(
        http.request_id = id,
        http.method = %method,
        http.route = route.as_ref().map(MatchedPath::as_str),
        http.status = response.status().as_u16(),
        duration_ms = started.elapsed().as_micros() as f64 / 1000.0,
        "Answered a request."
    );
    response
}

/// What is asked of every request, whatever it wants.
fn let_in(app: &App, request: &mut Request) -> Result<(), Problem> {
    let settings = &app.services.settings;
    guard::own_host(settings, request)?;
    guard::same_site(settings, request)
}

/// The problem that a handler left, or the one for what the router itself refused of what programs call.
fn problem_of(response: &Response, for_programs: bool) -> Option<ApiError> {
    if let Some(left) = response.extensions().get::<ApiError>() {
        return Some(left.clone());
    }
    if !for_programs || response.headers().contains_key(header::CONTENT_TYPE) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(ApiError(Problem::not_found())),
        StatusCode::METHOD_NOT_ALLOWED => {
            Some(ApiError(Problem::new(Code::MethodNotAllowed, "This address does not take this method.")))
        }
        _ => None,
    }
}

/// Headers of every answer; what a handler has set stays.
fn dress(response: &mut Response, id: &str, is_api: bool, secure: bool) {
    let headers = response.headers_mut();
    headers.reserve(12);
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    let is_document = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    // These speak of windows, which only a document has.
    if is_document {
        set(header::REFERRER_POLICY, "same-origin");
        set(header::X_FRAME_OPTIONS, "DENY");
        set(CROSS_ORIGIN_OPENER_POLICY, "same-origin");
        set(PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=()");
    }
    if secure {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    if is_api {
        set(header::CACHE_CONTROL, "no-store");
    }
}
