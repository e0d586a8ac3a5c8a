//! Usage: events that meters count, and their sums over time.

use axum::{
    Json,
    extract::{Query, Request, State},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use tenantry_domain::{
    access::permit::{UsageRead, UsageSend},
    idempotency::OnceKey,
    metering::{self, SeriesQuery},
};
use tenantry_kernel::{
    FieldError, Problem,
    metering::{EventsView, GroupBy, MOST_EVENTS, Quantity, Step, UsageSeries},
};
use utoipa::ToSchema;

use super::{csv, replayable};
use crate::{
    App, body,
    guard::{InTenant, Linked, Once},
    problem::ApiError,
};

/// A CloudEvent (1.0, JSON format), as far as meters read it. Extension attributes are kept; `tool` names a tool, and
/// `corrects` the id of an earlier event of the same source that this one stands for.
#[derive(Serialize, ToSchema)]
pub struct CloudEvent {
    /// `1.0`.
    specversion: String,
    /// With `source` what tells the event from every other of the organization: 1–255 characters.
    #[schema(max_length = 255)]
    id: String,
    /// Who says it: 1–255 characters.
    #[schema(max_length = 255)]
    source: String,
    /// The meter: 1–100 of ASCII letters, digits and `.` `_` `-` `/` `:`. A new name makes a summing meter.
    #[schema(max_length = 100)]
    r#type: String,
    /// When it happened: at most 35 days ago and 5 minutes ahead; now where it is absent.
    #[schema(required = false)]
    time: Option<chrono::DateTime<chrono::Utc>>,
    /// What it is about.
    #[schema(required = false, max_length = 255)]
    subject: Option<String>,
    /// How much.
    #[schema(required = false)]
    data: Option<CloudEventData>,
}

/// What an event carries.
#[derive(Serialize, ToSchema)]
pub struct CloudEventData {
    /// The quantity, at least 0, of at most 15 digits and 9 decimals: an integer or a decimal string; 1 where it is absent.
    #[schema(required = false)]
    value: Option<Quantity>,
}

/// Record what was used: one event, or a batch of up to 1,000. Each is counted once, however often it is sent; what is wrong
/// with one is said beside the others. A batch is one API call.
#[utoipa::path(post, path = "/api/v1/usage/events", tag = "usage", security(("session" = []), ("key" = ["usage"])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer for 24 hours."),
        ("X-Tenant" = Option<String>, Header, description = "The workspace, by id or slug; the session's current one otherwise."),
    ),
    request_body(content(
        (CloudEvent = "application/cloudevents+json"),
        (Vec<CloudEvent> = "application/cloudevents-batch+json"),
    )), responses(
    (status = 202, description = "What is right is recorded.", body = EventsView),
    (status = 400, description = "MALFORMED", body = Problem),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 413, description = "BODY_TOO_LARGE", body = Problem),
    (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn record_events(
    State(app): State<App>,
    allowed: InTenant<UsageSend>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (events, bytes) = body::cloud_events(request, MOST_EVENTS).await?;
    let route = format!("POST /api/v1/usage/events in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(metering::ingest(&app.services, &allowed.scope, events, once.as_ref()).await?))
}

/// What is asked of a series.
#[derive(Deserialize)]
pub(crate) struct RawSeries {
    meter: Option<String>,
    from: Option<String>,
    to: Option<String>,
    step: Option<String>,
    group_by: Option<String>,
    of: Option<String>,
    format: Option<String>,
}

impl RawSeries {
    /// Is it to be kept, rather than read by a program?
    fn is_file(&self) -> Result<bool, FieldError> {
        match self.format.as_deref() {
            None | Some("" | "json") => Ok(false),
            Some("csv") => Ok(true),
            Some(_) => Err(FieldError::new("format", "UNKNOWN", "Use one of json, csv.")),
        }
    }
}

/// Sums of one meter over time, in the organization's time zone. What was not used has no point.
#[utoipa::path(get, path = "/api/v1/usage", tag = "usage", security(("session" = []), ("key" = ["read"])),
    params(
        ("meter" = String, Query, description = "dispatches, api_calls, tokens, cost, compute_ms, bandwidth_bytes, database_bytes (a level, which is not added up over time), or one that events have made."),
        ("from" = Option<String>, Query, description = "A time, or a day of the organization; 30 days before the end."),
        ("to" = Option<String>, Query, description = "A time or a day, itself excluded; now. At most 400 days after the start."),
        ("step" = inline(Option<Step>), Query, description = "What one point sums; a day. At most 1,000 steps."),
        ("group_by" = inline(Option<GroupBy>), Query, description = "What the points are told apart by; at most 10,000 points."),
        ("of" = Option<String>, Query, description = "One group alone, such as tool:echo or member:usr_…; nothing behind the colon means those without any."),
        ("format" = Option<String>, Query, description = "json, or csv: the same points as a file, start,group,value."),
        ("tenant" = Option<String>, Query, description = "The workspace, by id or slug, for links, which have no headers; as X-Tenant."),
    ), responses(
    (status = 200, description = "The sums, oldest first.", content((UsageSeries = "application/json"), (String = "text/csv"))),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn series(
    State(app): State<App>,
    allowed: Linked<UsageRead>,
    request: Request,
) -> Result<Response, ApiError> {
    let detail = "Send each of meter, from, to, step, group_by, of and format once.";
    let Query(raw) =
        Query::<RawSeries>::try_from_uri(request.uri()).map_err(|_| FieldError::new("meter", "FORMAT", detail))?;
    let is_file = raw.is_file()?;
    let RawSeries { meter, from, to, step, group_by, of, .. } = raw;
    let query = SeriesQuery { meter, from, to, step, group_by, of };
    let series = metering::series(&app.services, &allowed.scope, &query).await?;
    let meter = query.meter.unwrap_or_default();
    Ok(if is_file { csv::download(&meter, &series) } else { Json(series).into_response() })
}
