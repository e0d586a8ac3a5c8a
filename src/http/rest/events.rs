//! The stream of events: what changes in a workspace, while one looks.

use std::time::Duration;

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures::stream;
use tenantry_domain::live::{self, Event, Listener};
use tenantry_kernel::Problem;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::{App, guard::Listening, problem::ApiError, server::Stop};

/// How often a stream that has nothing to say shows that it is there: proxies close what is silent for a minute or half.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// After how many milliseconds a browser comes back whose stream has broken off.
const COME_BACK: &str = "retry: 2000\n\n";

/// What changes in a workspace, as server-sent events. The first ones say how everything stands; nothing is replayed, so
/// whoever comes back reads anew. `reset` says that events were left out for a reader that was too slow.
#[utoipa::path(get, path = "/api/v1/events", tag = "live", security(("session" = [])),
    params(
        ("tenant" = Option<String>, Query, description = "The workspace, by id or slug, for browsers, whose streams have no headers; as X-Tenant."),
        ("X-Tenant" = Option<String>, Header, description = "The workspace, by id or slug; the session's current one otherwise."),
    ), responses(
    (status = 200, description = "A stream of `membership`, `usage`, `job`, `warning`, `tenant` and `reset`, at most four a second; it ends within a second of what allowed it.",
        body = String, content_type = "text/event-stream"),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN, for a key too, or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 429, description = "RATE_LIMITED: too many streams at once", body = Problem),
))]
pub(crate) async fn events(
    State(app): State<App>,
    allowed: Listening,
    stop: Option<Extension<Stop>>,
) -> Result<Response, ApiError> {
    let listener = live::listen(&app.services, &allowed.visitor, &allowed.scope)?;
    let Extension(Stop(stop)) = stop.unwrap_or_default();
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let open = Open { listener, heartbeat, begun: false };
    let stopped = async move { stop.cancelled().await };
    let chunks = stream::unfold(open, |mut open| async move { Some((open.chunk().await?, open)) });
    let body = Body::from_stream(futures::StreamExt::take_until(chunks, Box::pin(stopped)));
    // A proxy that collected answers would keep events back.
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, body).into_response())
}

/// A stream that is open.
struct Open {
    listener: Listener,
    heartbeat: Interval,
    begun: bool,
}

impl Open {
    /// What goes out next; `None` at the end.
    async fn chunk(&mut self) -> Option<Result<Bytes, std::convert::Infallible>> {
        if !std::mem::replace(&mut self.begun, true) {
            return Some(Ok(Bytes::from_static(COME_BACK.as_bytes())));
        }
        let chunk = tokio::select! {
            biased;
            event = self.listener.next() => written(&event?),
            _ = self.heartbeat.tick() => Bytes::from_static(b":\n\n"),
        };
        Some(Ok(chunk))
    }
}

/// An event as it is sent (HTML Living Standard, 9.2: a name, its data, an empty line). JSON has no line breaks of its own.
fn written(event: &Event) -> Bytes {
    Bytes::from(format!("event: {}\ndata: {}\n\n", event.name, event.data))
}
