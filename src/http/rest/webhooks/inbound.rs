//! Inbound webhooks, for whoever looks after them. Their messages come through [`super::super::hooks`].

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use tenantry_domain::{access::permit::WebhookManage, idempotency::OnceKey, webhooks::inbound as verbs};
use tenantry_kernel::{
    InboundId, Problem, ReceiptId,
    inbound::{
        CreatedInboundView, InboundChange, InboundRequest, InboundView, ReceiptView, RotateInbound, RotatedInboundView,
    },
    page::Page,
};
use utoipa::ToSchema;

use super::super::{Reply, replayable};
use crate::{
    App, body,
    guard::{Id, InTenant, Once, PageQuery},
    problem::ApiError,
};

/// An inbound webhook under its noun.
#[derive(Serialize, ToSchema)]
pub struct InboundBody {
    /// The webhook.
    webhook: InboundView,
}

/// The workspace's inbound webhooks, newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/inbound", operation_id = "inbound_webhooks", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("limit" = Option<u32>, Query, description = "1–100; 25"), ("cursor" = Option<String>, Query)), responses(
    (status = 200, description = "A page.", body = Page<InboundView>),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn webhooks(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    page: PageQuery,
) -> Reply<Page<InboundView>> {
    Ok(Json(verbs::webhooks(&app.services, &allowed.scope, page.cursor.as_deref(), page.limit).await?))
}

/// An inbound webhook.
#[utoipa::path(get, path = "/api/v1/webhooks/inbound/{id}", operation_id = "inbound_webhook", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("id" = InboundId, Path)), responses(
    (status = 200, description = "The webhook, without its secret.", body = InboundBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn webhook(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<InboundId>,
) -> Reply<InboundBody> {
    Ok(Json(InboundBody { webhook: verbs::webhook(&app.services, &allowed.scope, id).await? }))
}

/// Make an inbound webhook. The secret that its sender signs with is shown in this answer and never again.
#[utoipa::path(post, path = "/api/v1/webhooks/inbound", operation_id = "create_inbound_webhook", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer without the secret for 24 hours.")),
    request_body = InboundRequest, responses(
    (status = 201, description = "The webhook exists.", body = CreatedInboundView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "CONFLICT: there are 1,000; or IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn create_webhook(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (wish, bytes) = body::json::<InboundRequest>(request).await?;
    let route = format!("POST /api/v1/webhooks/inbound in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::create(&app.services, &allowed.scope, &wish, once.as_ref()).await?))
}

/// Change an inbound webhook: what is left out stays as it is. How it is signed stays: another scheme is another webhook.
#[utoipa::path(patch, path = "/api/v1/webhooks/inbound/{id}", operation_id = "change_inbound_webhook", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("id" = InboundId, Path)), request_body = InboundChange, responses(
    (status = 200, description = "The webhook as it is now.", body = InboundBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn change_webhook(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<InboundId>,
    request: Request,
) -> Reply<InboundBody> {
    let (wish, _) = read(&app, &allowed, id, body::json::<InboundChange>(request).await).await?;
    Ok(Json(InboundBody { webhook: verbs::change(&app.services, &allowed.scope, id, &wish).await? }))
}

/// Give an inbound webhook another secret: the old one stays good for the grace, to the second.
#[utoipa::path(post, path = "/api/v1/webhooks/inbound/{id}/rotate", operation_id = "rotate_inbound_webhook", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(
        ("id" = InboundId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer without the secret for 24 hours."),
    ),
    request_body = Option<RotateInbound>, responses(
    (status = 201, description = "The new secret exists.", body = RotatedInboundView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn rotate_webhook(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<InboundId>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (wish, bytes) = read(&app, &allowed, id, body::json_or_nothing::<RotateInbound>(request).await).await?;
    let route = format!("POST /api/v1/webhooks/inbound/{id}/rotate in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::rotate(&app.services, &allowed.scope, id, wish, once.as_ref()).await?))
}

/// Delete an inbound webhook with its receipts. What is sent there from then on is 404; jobs that came of it stay.
#[utoipa::path(delete, path = "/api/v1/webhooks/inbound/{id}", operation_id = "delete_inbound_webhook", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("id" = InboundId, Path)), responses(
    (status = 204, description = "It is gone."),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn delete_webhook(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<InboundId>,
) -> Result<StatusCode, ApiError> {
    verbs::remove(&app.services, &allowed.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What has come by an inbound webhook, newest first: each message that was let in, and by the hour how many met which rule.
#[utoipa::path(get, path = "/api/v1/webhooks/inbound/{id}/receipts", operation_id = "inbound_receipts", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("id" = InboundId, Path), ("limit" = Option<u32>, Query, description = "1–100; 25"), ("cursor" = Option<String>, Query)), responses(
    (status = 200, description = "A page.", body = Page<ReceiptView>),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn receipts(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<InboundId>,
    page: PageQuery,
) -> Reply<Page<ReceiptView>> {
    Ok(Json(verbs::receipts(&app.services, &allowed.scope, id, page.cursor.as_deref(), page.limit).await?))
}

/// The body of a message that set nothing off, byte for byte. The newest 100 of a webhook are kept.
#[utoipa::path(get, path = "/api/v1/webhooks/inbound/receipts/{id}/body", operation_id = "inbound_receipt_body", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("id" = ReceiptId, Path)), responses(
    (status = 200, description = "The body.", body = String, content_type = "application/octet-stream"),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND, also for one that became a job or is kept no more", body = Problem),
))]
pub(crate) async fn receipt_body(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<ReceiptId>,
) -> Result<Response, ApiError> {
    let body = verbs::receipt_body(&app.services, &allowed.scope, id).await?;
    let mut response = body.into_response();
    // What a stranger sent is never a page of ours, whatever it looks like.
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}

/// What was read of a body. That there is no such webhook is told before what is wrong with it.
async fn read<T>(
    app: &App,
    allowed: &InTenant<WebhookManage>,
    id: InboundId,
    body: Result<T, Problem>,
) -> Result<T, ApiError> {
    if body.is_err() {
        verbs::may_change(&app.services, &allowed.scope, id).await?;
    }
    Ok(body?)
}
