//! API keys.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use serde::Serialize;
use tenantry_domain::{
    access::permit::{KeyManage, KeyRead, KeyRevoke, KeyVerify},
    idempotency::OnceKey,
    keys as verbs,
};
use tenantry_kernel::{
    KeyId, Problem,
    key::{CreatedKeyView, KeyView, RotatedKeyView, VerifyView},
    page::Page,
    requests::{CreateKey, RotateKey, VerifyKey},
};
use utoipa::ToSchema;

use super::{Reply, replayable};
use crate::{
    App, body,
    guard::{Id, InTenant, Once, PageQuery},
    problem::ApiError,
};

/// A key under its noun.
#[derive(Serialize, ToSchema)]
pub struct KeyBody {
    /// The key.
    key: KeyView,
}

/// The workspace's API keys, newest first.
#[utoipa::path(get, path = "/api/v1/keys", tag = "keys", security(("session" = []), ("key" = ["manage"])),
    params(("limit" = Option<u32>, Query, description = "1–100; 25"), ("cursor" = Option<String>, Query)), responses(
    (status = 200, description = "A page.", body = Page<KeyView>),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn keys(State(app): State<App>, allowed: InTenant<KeyRead>, page: PageQuery) -> Reply<Page<KeyView>> {
    Ok(Json(verbs::keys(&app.services, &allowed.scope, page.cursor.as_deref(), page.limit).await?))
}

/// An API key.
#[utoipa::path(get, path = "/api/v1/keys/{id}", tag = "keys", security(("session" = []), ("key" = ["manage"])),
    params(("id" = KeyId, Path)), responses(
    (status = 200, description = "The key, without its secret.", body = KeyBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND, also for one that is revoked", body = Problem),
))]
pub(crate) async fn key(State(app): State<App>, allowed: InTenant<KeyRead>, Id(id): Id<KeyId>) -> Reply<KeyBody> {
    Ok(Json(KeyBody { key: verbs::key(&app.services, &allowed.scope, id).await? }))
}

/// Make an API key for the workspace. Its text is shown in this answer and never again.
#[utoipa::path(post, path = "/api/v1/keys", tag = "keys", security(("session" = []), ("key" = ["manage"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer without the secret for 24 hours.")),
    request_body = CreateKey, responses(
    (status = 201, description = "The key exists.", body = CreatedKeyView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN, TENANT_SUSPENDED or REAUTHENTICATION_REQUIRED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn create(
    State(app): State<App>,
    allowed: InTenant<KeyManage>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (wish, bytes) = body::json::<CreateKey>(request).await?;
    let route = format!("POST /api/v1/keys in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::create(&app.services, &allowed.scope, &wish, once.as_ref()).await?))
}

/// Replace an API key: the old one stays good for the grace, to the second.
#[utoipa::path(post, path = "/api/v1/keys/{id}/rotate", tag = "keys", security(("session" = []), ("key" = ["manage"])),
    params(
        ("id" = KeyId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer without the secret for 24 hours."),
    ),
    request_body = Option<RotateKey>, responses(
    (status = 201, description = "The new key exists.", body = RotatedKeyView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN, TENANT_SUSPENDED or REAUTHENTICATION_REQUIRED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "CONFLICT: it has expired; or IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn rotate(
    State(app): State<App>,
    allowed: InTenant<KeyManage>,
    Id(id): Id<KeyId>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (wish, bytes) = match body::json_or_nothing::<RotateKey>(request).await {
        Ok(read) => read,
        // That there is no such key is told before what is wrong with the body.
        Err(problem) => {
            verbs::may_rotate(&app.services, &allowed.scope, id).await?;
            return Err(problem.into());
        }
    };
    let route = format!("POST /api/v1/keys/{id}/rotate in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::rotate(&app.services, &allowed.scope, id, &wish, once.as_ref()).await?))
}

/// Revoke an API key: at once on this server, within a second on every other.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "keys", security(("session" = []), ("key" = ["manage"])),
    params(("id" = KeyId, Path)), responses(
    (status = 204, description = "It opens nothing any more."),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn revoke(
    State(app): State<App>,
    allowed: InTenant<KeyRevoke>,
    Id(id): Id<KeyId>,
) -> Result<StatusCode, ApiError> {
    verbs::revoke(&app.services, &allowed.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask whether a key of the caller's organization is good: for gateways in front of an application.
#[utoipa::path(post, path = "/api/v1/keys/verify", tag = "keys", security(("session" = []), ("key" = ["verify"])),
    request_body = VerifyKey, responses(
    (status = 200, description = "Yes, or why not. Any other organization's key is NOT_FOUND.", body = VerifyView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn verify(
    State(app): State<App>,
    allowed: InTenant<KeyVerify>,
    request: Request,
) -> Reply<VerifyView> {
    let (wish, _) = body::json::<VerifyKey>(request).await?;
    Ok(Json(verbs::verify(&app.services, &allowed.scope, &wish).await?))
}
