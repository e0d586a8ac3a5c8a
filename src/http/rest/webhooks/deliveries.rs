//! What became of each message to an endpoint, and sending one again.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use tenantry_domain::{access::permit::WebhookManage, webhooks::endpoints as verbs};
use tenantry_kernel::{DeliveryId, EndpointId, Problem, endpoint::DeliveryView, page::Page, requests::NoWish};
use utoipa::ToSchema;

use crate::{
    App, body,
    guard::{Id, InTenant, PageQuery},
    problem::ApiError,
    rest::Reply,
};

/// A delivery under its noun.
#[derive(Serialize, ToSchema)]
pub struct DeliveryBody {
    /// The delivery.
    delivery: DeliveryView,
}

/// What became of an endpoint's messages of the last 14 days, newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/endpoints/{id}/deliveries", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(
        ("id" = EndpointId, Path), ("limit" = Option<u32>, Query, description = "1–100; 25"),
        ("cursor" = Option<String>, Query),
    ), responses(
    (status = 200, description = "A page.", body = Page<DeliveryView>),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn deliveries(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<EndpointId>,
    page: PageQuery,
) -> Reply<Page<DeliveryView>> {
    let PageQuery { limit, cursor } = page;
    Ok(Json(verbs::deliveries(&app.services, &allowed.scope, id, cursor.as_deref(), limit).await?))
}

/// Send a message again, with the id that it had. One that is under way stays as it is.
#[utoipa::path(post, path = "/api/v1/webhooks/endpoints/deliveries/{id}/replay", tag = "webhooks", security(("session" = []), ("key" = ["manage"])),
    params(("id" = DeliveryId, Path)), request_body = Option<NoWish>, responses(
    (status = 202, description = "It is on its way.", body = DeliveryBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "CONFLICT: the endpoint is disabled", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn replay(
    State(app): State<App>,
    allowed: InTenant<WebhookManage>,
    Id(id): Id<DeliveryId>,
    request: Request,
) -> Result<Response, ApiError> {
    if let Err(problem) = body::json_or_nothing::<NoWish>(request).await {
        verbs::may_replay(&app.services, &allowed.scope, id).await?;
        return Err(problem.into());
    }
    let delivery = verbs::replay(&app.services, &allowed.scope, id).await?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryBody { delivery })).into_response())
}
