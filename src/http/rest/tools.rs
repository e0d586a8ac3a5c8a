//! Tools.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use serde::Serialize;
use tenantry_domain::{
    access::permit::{ToolManage, ToolRead},
    dispatch as verbs,
    idempotency::OnceKey,
};
use tenantry_kernel::{
    Problem, ToolId,
    dispatch::ToolView,
    page::Page,
    requests::{RotateTool, ToolChange, ToolRequest},
    tool::{CreatedToolView, RotatedToolView},
};
use utoipa::ToSchema;

use super::{Reply, replayable};
use crate::{
    App, body,
    guard::{Id, InTenant, Once, PageQuery},
    problem::ApiError,
};

/// A tool under its noun.
#[derive(Serialize, ToSchema)]
pub struct ToolBody {
    /// The tool.
    tool: ToolView,
}

/// The workspace's tools, by name.
#[utoipa::path(get, path = "/api/v1/tools", tag = "dispatch", security(("session" = []), ("key" = ["read"])),
    params(("limit" = Option<u32>, Query, description = "1–100; 25"), ("cursor" = Option<String>, Query)), responses(
    (status = 200, description = "A page.", body = Page<ToolView>),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn tools(
    State(app): State<App>,
    allowed: InTenant<ToolRead>,
    page: PageQuery,
) -> Reply<Page<ToolView>> {
    Ok(Json(verbs::tools(&app.services, &allowed.scope, page.cursor.as_deref(), page.limit).await?))
}

/// A tool.
#[utoipa::path(get, path = "/api/v1/tools/{id}", tag = "dispatch", security(("session" = []), ("key" = ["read"])),
    params(("id" = ToolId, Path)), responses(
    (status = 200, description = "The tool.", body = ToolBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn tool(State(app): State<App>, allowed: InTenant<ToolRead>, Id(id): Id<ToolId>) -> Reply<ToolBody> {
    Ok(Json(ToolBody { tool: verbs::tool(&app.services, &allowed.scope, id).await? }))
}

/// Make a tool that lives elsewhere. The secret that signs its jobs is shown in this answer and never again.
#[utoipa::path(post, path = "/api/v1/tools", tag = "dispatch", security(("session" = []), ("key" = ["manage"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer without the secret for 24 hours.")),
    request_body = ToolRequest, responses(
    (status = 201, description = "The tool exists.", body = CreatedToolView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "NAME_TAKEN; CONFLICT: there are 1,000 tools; or IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn create_tool(
    State(app): State<App>,
    allowed: InTenant<ToolManage>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (wish, bytes) = body::json::<ToolRequest>(request).await?;
    let route = format!("POST /api/v1/tools in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::create_tool(&app.services, &allowed.scope, &wish, once.as_ref()).await?))
}

/// Change a tool: what is left out stays as it is. Of a built-in one the feature and the time-out can be changed.
#[utoipa::path(patch, path = "/api/v1/tools/{id}", tag = "dispatch", security(("session" = []), ("key" = ["manage"])),
    params(("id" = ToolId, Path)), request_body = ToolChange, responses(
    (status = 200, description = "The tool as it is now.", body = ToolBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "NAME_TAKEN; or CONFLICT: it is built in", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn change_tool(
    State(app): State<App>,
    allowed: InTenant<ToolManage>,
    Id(id): Id<ToolId>,
    request: Request,
) -> Reply<ToolBody> {
    let (wish, _) = read(&app, &allowed, id, body::json::<ToolChange>(request).await).await?;
    Ok(Json(ToolBody { tool: verbs::change_tool(&app.services, &allowed.scope, id, &wish).await? }))
}

/// Give a tool another secret. For 24 hours its jobs are signed with the old one too.
#[utoipa::path(post, path = "/api/v1/tools/{id}/rotate", tag = "dispatch", security(("session" = []), ("key" = ["manage"])),
    params(
        ("id" = ToolId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer without the secret for 24 hours."),
    ),
    request_body = Option<RotateTool>, responses(
    (status = 201, description = "The new secret exists.", body = RotatedToolView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "CONFLICT: it is built in; or IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn rotate_tool(
    State(app): State<App>,
    allowed: InTenant<ToolManage>,
    Id(id): Id<ToolId>,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (_, bytes) = read(&app, &allowed, id, body::json_or_nothing::<RotateTool>(request).await).await?;
    let route = format!("POST /api/v1/tools/{id}/rotate in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::rotate_tool(&app.services, &allowed.scope, id, once.as_ref()).await?))
}

/// Delete a tool. Jobs of it that wait fail when their turn comes; what has ended stays.
#[utoipa::path(delete, path = "/api/v1/tools/{id}", tag = "dispatch", security(("session" = []), ("key" = ["manage"])),
    params(("id" = ToolId, Path)), responses(
    (status = 204, description = "It is gone, and its name is free."),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "CONFLICT: it is built in", body = Problem),
))]
pub(crate) async fn delete_tool(
    State(app): State<App>,
    allowed: InTenant<ToolManage>,
    Id(id): Id<ToolId>,
) -> Result<StatusCode, ApiError> {
    verbs::remove_tool(&app.services, &allowed.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was read of a body. That there is no such tool is told before what is wrong with it.
async fn read<T>(
    app: &App,
    allowed: &InTenant<ToolManage>,
    id: ToolId,
    body: Result<T, Problem>,
) -> Result<T, ApiError> {
    if body.is_err() {
        verbs::may_change_tool(&app.services, &allowed.scope, id).await?;
    }
    Ok(body?)
}
