//! The door for messages of services elsewhere. They are strangers with a secret: no session, no key, no tenant is named, and
//! nobody's body is read before all that can be decided without it.

use std::str::FromStr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    response::Response,
};
use serde::Serialize;
use tenantry_domain::webhooks::inbound::firewall::{self, Knock};
use tenantry_kernel::{InboundId, Problem, inbound::ArrivalView};
use utoipa::ToSchema;

use super::replayable;
use crate::{
    App,
    body::{self, Unread},
    guard::{ClientAddress, Id},
    problem::ApiError,
};

/// A receipt under its noun.
#[derive(Serialize, ToSchema)]
pub struct ArrivalBody {
    /// The receipt.
    receipt: ArrivalView,
}

/// Send a message to a workspace's inbound webhook, signed with its secret. The same message may be sent again.
#[utoipa::path(post, path = "/hooks/{id}", tag = "webhooks", security(("signature" = [])),
    params(("id" = InboundId, Path)),
    request_body(content = String, content_type = "application/octet-stream", description = "Whatever the service sends: at most 1 MiB, for a tool at most 256 KiB of text."),
    responses(
    (status = 200, description = "It was let in before, and has had its effect.", body = ArrivalBody),
    (status = 202, description = "It is let in.", body = ArrivalBody),
    (status = 400, description = "MALFORMED: the body broke off, or took longer than 20 s", body = Problem),
    (status = 401, description = "SIGNATURE_INVALID or TIMESTAMP_OUT_OF_RANGE", body = Problem),
    (status = 402, description = "DISPATCH_QUOTA_EXCEEDED, FEATURE_NOT_IN_PLAN or PLAN_EXPIRED: nothing has happened, send it again later", body = Problem),
    (status = 403, description = "ADDRESS_NOT_ALLOWED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "CONFLICT: the webhook's tool is no more", body = Problem),
    (status = 413, description = "BODY_TOO_LARGE", body = Problem),
    (status = 422, description = "INVALID: the webhook's tool cannot be given such a body", body = Problem),
    (status = 429, description = "RATE_LIMITED or QUEUE_FULL", body = Problem),
    (status = 503, description = "GUARD_UNAVAILABLE: send it again", body = Problem),
))]
pub(crate) async fn arrive(
    State(app): State<App>,
    from: ClientAddress,
    Id(webhook): Id<InboundId>,
    request: Request,
) -> Result<Response, ApiError> {
    let services = &app.services;
    let headers: Vec<(&str, &[u8])> =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let declared = declared(request.headers());
    let awaited = firewall::knock(services, Knock { webhook, from: from.0, declared, headers: &headers }).await?;
    let (parts, body) = request.into_parts();
    let (bytes, _room) = match body::whole(&parts.extensions, body).await {
        Ok(read) => read,
        Err(Unread::TooLarge) => return Err(awaited.too_large(services).into()),
        Err(unread) => return Err(Problem::from(unread).into()),
    };
    Ok(replayable(awaited.arrive(services, bytes.into()).await?))
}

/// The length that the body is said to have; what cannot be read is as long as it turns out to be.
fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH).and_then(|value| u64::from_str(value.to_str().ok()?).ok())
}
