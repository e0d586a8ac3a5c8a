//! Outbound webhooks: the endpoints that are told what happens.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use serde::Serialize;
use tenantry_domain::{access::permit::WebhookManage, idempotency::OnceKey, webhooks::endpoints as verbs};
use tenantry_kernel::{
    EndpointId, Problem,
    endpoint::{CreatedEndpointView, EndpointView, RotatedEndpointView},
    page::Page,
    requests::{EndpointChange, EndpointRequest, NoWish},
};
use utoipa::ToSchema;

use super::deliveries::DeliveryBody;
use crate::{
    App, body,
    guard::{Id, InTenant, Once, PageQuery},
    problem::ApiError,
    rest::{Reply, replayable},
};

/// An endpoint under its noun.
#[derive(Serialize, ToSchema)]
pub struct EndpointBody {
    /// The endpoint.
    endpoint: EndpointView,
}

/// The workspace's endpoints, newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/endpoints", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("limit" = Option<u32>, Query, description = "1–100; 25"), ("cursor" = Option<String>, Query)), responses(
    (status = 200, description = "A page.", body = Page<EndpointView>),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn endpoints(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    page: PageQuery,
) -> Reply<Page<EndpointView>> {
    Ok(Json(verbs::endpoints(&app.services, &allowed.scope, page.cursor.as_deref(), page.limit).await?))
}

/// An endpoint.
#[utoipa::path(get, path = "/api/v1/webhooks/endpoints/{id}", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("id" = EndpointId, Path)), responses(
    (status = 200, description = "The endpoint.", body = EndpointBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn endpoint(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<EndpointId>,
) -> Reply<EndpointBody> {
    Ok(Json(EndpointBody { endpoint: verbs::endpoint(&app.services, &allowed.scope, id).await? }))
}

/// Make an endpoint. The secret that signs its messages is shown in this answer and never again.
#[utoipa::path(post, path = "/api/v1/webhooks/endpoints", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer without the secret for 24 hours.")),
    request_body = EndpointRequest, responses(
    (status = 201, description = "The endpoint exists, and is told what happens from now on.", body = CreatedEndpointView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "CONFLICT: there are 50 endpoints; or IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn create_endpoint(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (wish, bytes) = body::json::<EndpointRequest>(request).await?;
    let route = format!("POST /api/v1/webhooks/endpoints in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::create_endpoint(&app.services, &allowed.scope, &wish, once.as_ref()).await?))
}

/// Change an endpoint: what is left out stays as it is. Switched off, it is told nothing and what waits is dropped.
#[utoipa::path(patch, path = "/api/v1/webhooks/endpoints/{id}", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("id" = EndpointId, Path)), request_body = EndpointChange, responses(
    (status = 200, description = "The endpoint as it is now.", body = EndpointBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn change_endpoint(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<EndpointId>,
    request: Request,
) -> Reply<EndpointBody> {
    let (wish, _) = read(&app, &allowed, id, body::json::<EndpointChange>(request).await).await?;
    Ok(Json(EndpointBody { endpoint: verbs::change_endpoint(&app.services, &allowed.scope, id, &wish).await? }))
}

/// Delete an endpoint, with what waits for it and what became of its messages.
#[utoipa::path(delete, path = "/api/v1/webhooks/endpoints/{id}", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("id" = EndpointId, Path)), responses(
    (status = 204, description = "It is gone."),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn delete_endpoint(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<EndpointId>,
) -> Result<StatusCode, ApiError> {
    verbs::remove_endpoint(&app.services, &allowed.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an endpoint another secret. For 24 hours its messages are signed with the old one too.
#[utoipa::path(post, path = "/api/v1/webhooks/endpoints/{id}/rotate", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(
        ("id" = EndpointId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer without the secret for 24 hours."),
    ),
    request_body = Option<NoWish>, responses(
    (status = 201, description = "The new secret exists.", body = RotatedEndpointView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn rotate_endpoint(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<EndpointId>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (_, bytes) = read(&app, &allowed, id, body::json_or_nothing::<NoWish>(request).await).await?;
    let route = format!("POST /api/v1/webhooks/endpoints/{id}/rotate in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::rotate_endpoint(&app.services, &allowed.scope, id, once.as_ref()).await?))
}

/// Send an endpoint a trial: a signed message of the type `endpoint.test`, whatever it wants to be told of.
#[utoipa::path(post, path = "/api/v1/webhooks/endpoints/{id}/test", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(
        ("id" = EndpointId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer for 24 hours."),
    ),
    request_body = Option<NoWish>, responses(
    (status = 202, description = "It is on its way.", body = DeliveryBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "CONFLICT: it is disabled; or IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn test_endpoint(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<EndpointId>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (_, bytes) = read(&app, &allowed, id, body::json_or_nothing::<NoWish>(request).await).await?;
    let route = format!("POST /api/v1/webhooks/endpoints/{id}/test in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::test_endpoint(&app.services, &allowed.scope, id, once.as_ref()).await?))
}

/// What was read of a body. That there is no such endpoint is told before what is wrong with it.
async fn read<T>(
    app: &App,
    allowed: &InTenant<WebhookManage>,
    id: EndpointId,
    body: Result<T, Problem>,
) -> Result<T, ApiError> {
    if body.is_err() {
        verbs::may_change_endpoint(&app.services, &allowed.scope, id).await?;
    }
    Ok(body?)
}
