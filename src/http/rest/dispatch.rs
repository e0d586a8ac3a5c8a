//! Dispatch and jobs.

use axum::{
    Json,
    extract::{Request, State},
    response::Response,
};
use serde::Serialize;
use tenantry_domain::{
    access::permit::{DispatchRun, JobRead},
    dispatch as verbs,
    idempotency::OnceKey,
};
use tenantry_kernel::{
    JobId, Problem,
    dispatch::{AcceptedJob, CheckView, JobHead, JobView},
    page::Page,
    requests::{CheckRequest, CompleteRequest, DispatchRequest},
};
use utoipa::ToSchema;

use super::{Reply, replayable};
use crate::{
    App, body,
    guard::{ByCallback, Dispatching, Id, InTenant, Once, PageQuery},
    problem::ApiError,
};

/// An accepted job under its noun.
#[derive(Serialize, ToSchema)]
pub struct AcceptedBody {
    /// The job.
    job: AcceptedJob,
}

/// A job under its noun.
#[derive(Serialize, ToSchema)]
pub struct JobBody {
    /// The job.
    job: JobView,
}

/// Ask a tool to do something. One unit of the month is used when the job is accepted, none when it is refused.
#[utoipa::path(post, path = "/api/v1/dispatch", tag = "dispatch", security(("session" = []), ("key" = ["dispatch"])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer for 24 hours."),
        ("X-Tenant" = Option<String>, Header, description = "The workspace, by id or slug; the session's current one otherwise."),
    ),
    request_body = DispatchRequest, responses(
    (status = 202, description = "The job is accepted.", body = AcceptedBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 402, description = "DISPATCH_QUOTA_EXCEEDED, FEATURE_NOT_IN_PLAN or PLAN_EXPIRED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "IDEMPOTENCY_IN_FLIGHT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
    (status = 429, description = "CONCURRENT_LIMIT or QUEUE_FULL", body = Problem),
))]
pub(crate) async fn dispatch(
    State(app): State<App>,
    allowed: Dispatching,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (wish, bytes) = match body::json::<DispatchRequest>(request).await {
        Ok(read) => read,
        // Who may not dispatch at all is told so before what is wrong with the body.
        Err(problem) => {
            allowed.today(&app, None).await?;
            verbs::may_dispatch(&app.services, &allowed.scope).await?;
            return Err(problem.into());
        }
    };
    allowed.today(&app, Some(&wish.tool)).await?;
    // The tenant belongs to the request: the same key and body in another workspace is another dispatch.
    let route = format!("POST /api/v1/dispatch in {}", allowed.scope.tenant());
    let once = once.map(|Once(key)| OnceKey::new(key, &route, &bytes));
    Ok(replayable(verbs::dispatch(&app.services, &allowed.scope, &wish, once.as_ref()).await?))
}

/// Would a dispatch of the tool be allowed now? Consumes nothing.
#[utoipa::path(post, path = "/api/v1/dispatch/check", tag = "dispatch", security(("session" = []), ("key" = ["dispatch"])),
    request_body = CheckRequest, responses(
    (status = 200, description = "Yes, or why not.", body = CheckView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn check(
    State(app): State<App>,
    allowed: InTenant<DispatchRun>,
    request: Request,
) -> Reply<CheckView> {
    let (wish, _) = body::json::<CheckRequest>(request).await?;
    Ok(Json(verbs::check(&app.services, &allowed.scope, &wish.tool).await?))
}

/// The workspace's jobs, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "dispatch", security(("session" = []), ("key" = ["read"])),
    params(("limit" = Option<u32>, Query, description = "1–100; 25"), ("cursor" = Option<String>, Query)), responses(
    (status = 200, description = "A page.", body = Page<JobHead>),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn jobs(State(app): State<App>, allowed: InTenant<JobRead>, page: PageQuery) -> Reply<Page<JobHead>> {
    Ok(Json(verbs::jobs(&app.services, &allowed.scope, page.cursor.as_deref(), page.limit).await?))
}

/// A job with what went in and came out.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "dispatch", security(("session" = []), ("key" = ["read"])),
    params(("id" = JobId, Path)), responses(
    (status = 200, description = "The job.", body = JobBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn job(State(app): State<App>, allowed: InTenant<JobRead>, Id(id): Id<JobId>) -> Reply<JobBody> {
    Ok(Json(JobBody { job: verbs::job(&app.services, &allowed.scope, id).await? }))
}

/// End a job that has not ended.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", tag = "dispatch", security(("session" = []), ("key" = ["dispatch"])),
    params(("id" = JobId, Path)), responses(
    (status = 200, description = "The job has ended.", body = JobBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN or TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "CONFLICT: it had ended before.", body = Problem),
))]
pub(crate) async fn cancel(
    State(app): State<App>,
    allowed: InTenant<DispatchRun>,
    Id(id): Id<JobId>,
) -> Reply<JobBody> {
    Ok(Json(JobBody { job: verbs::cancel(&app.services, &allowed.scope, id).await? }))
}

/// Say how a job went: for a tool that answered 202, with the token that it was given. The same word may be repeated.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/complete", tag = "dispatch", security(("callback" = [])),
    params(("id" = JobId, Path)), request_body = CompleteRequest, responses(
    (status = 200, description = "The job has ended.", body = AcceptedBody),
    (status = 401, description = "UNAUTHENTICATED: no token of this job's", body = Problem),
    (status = 403, description = "TENANT_SUSPENDED", body = Problem),
    (status = 404, description = "NOT_FOUND: the job is no more", body = Problem),
    (status = 409, description = "CONFLICT: it had ended before, or a later attempt has it.", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn complete(
    State(app): State<App>,
    ByCallback(callback): ByCallback,
    request: Request,
) -> Reply<AcceptedBody> {
    let (word, _) = body::json::<CompleteRequest>(request).await?;
    Ok(Json(AcceptedBody { job: verbs::complete(&app.services, &callback, word).await? }))
}
