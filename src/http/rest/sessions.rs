//! The devices on which a person is signed in.

use axum::{Json, extract::State, http::StatusCode};
use tenantry_domain::accounts::devices;
use tenantry_kernel::{Problem, SessionId, account::SessionView, page::Page};

use super::Reply;
use crate::{
    App,
    guard::{Id, PageQuery, SignedIn},
    problem::ApiError,
};

/// The caller's devices, the last that signed in first.
#[utoipa::path(get, path = "/api/v1/auth/sessions", tag = "accounts", security(("session" = []), ("token" = [])),
    params(("limit" = Option<u32>, Query, description = "1–100; 25"), ("cursor" = Option<String>, Query)), responses(
    (status = 200, description = "A page.", body = Page<SessionView>),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn sessions(
    State(app): State<App>,
    SignedIn(visitor): SignedIn,
    page: PageQuery,
) -> Reply<Page<SessionView>> {
    Ok(Json(devices::list(&app.services, &visitor.principal, page.cursor.as_deref(), page.limit).await?))
}

/// Sign one of the caller's devices out: it, and every token that stands on it, opens nothing any more, on every server.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{id}", tag = "accounts", security(("session" = []), ("token" = [])),
    params(("id" = SessionId, Path)), responses(
    (status = 204, description = "It is signed out."),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 404, description = "NOT_FOUND, also for one that has ended", body = Problem),
))]
pub(crate) async fn revoke_session(
    State(app): State<App>,
    SignedIn(visitor): SignedIn,
    Id(id): Id<SessionId>,
) -> Result<StatusCode, ApiError> {
    devices::revoke(&app.services, &visitor.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
