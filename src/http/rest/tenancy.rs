//! The tenant API: organizations, the one that is acted in, usage and role. The shapes are the first contract's.

use axum::{
    Json,
    extract::{Request, State},
    response::Response,
};
use serde::Serialize;
use tenantry_domain::{
    access::permit::{Membership, OrganizationManage, OrganizationRead, UsageRead},
    idempotency::OnceKey,
    metering, tenancy,
};
use tenantry_kernel::{
    Problem,
    requests::{CreateOrganization, OrganizationChange, SwitchTo},
    tenancy::{OrganizationSettings, OrganizationView, OrganizationsView, RoleView, TenantContextView},
    usage::UsageView,
};
use utoipa::ToSchema;

use super::{Reply, replayable};
use crate::{
    App, body,
    guard::{InOrganization, Once, SignedIn},
    problem::ApiError,
};

/// An organization under its noun.
#[derive(Serialize, ToSchema)]
pub struct OrganizationBody {
    /// The organization.
    organization: OrganizationView,
}

/// An organization with its settings, under its noun.
#[derive(Serialize, ToSchema)]
pub struct SettingsBody {
    /// The organization.
    organization: OrganizationSettings,
}

/// The organizations of the caller, and where the session acts.
#[utoipa::path(get, path = "/api/tenant/organizations", tag = "tenancy", security(("session" = [])), responses(
    (status = 200, description = "Every organization that the caller belongs to.", body = OrganizationsView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
))]
pub(crate) async fn organizations(State(app): State<App>, SignedIn(visitor): SignedIn) -> Reply<OrganizationsView> {
    Ok(Json(tenancy::organizations(&app.services, &visitor).await?))
}

/// Make an organization; the caller owns it, and its first workspace exists.
#[utoipa::path(post, path = "/api/tenant/organizations", tag = "tenancy", security(("session" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 characters; a repeat gets the same answer for 24 hours.")),
    request_body = CreateOrganization, responses(
    (status = 201, description = "The organization exists.", body = OrganizationBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 409, description = "SLUG_TAKEN, IDEMPOTENCY_IN_FLIGHT or CONFLICT", body = Problem),
    (status = 422, description = "INVALID or IDEMPOTENCY_KEY_REUSED", body = Problem),
))]
pub(crate) async fn create_organization(
    State(app): State<App>,
    SignedIn(visitor): SignedIn,
    once: Option<Once>,
    request: Request,
) -> Result<Response, ApiError> {
    let (wish, bytes) = body::json::<CreateOrganization>(request).await?;
    let once = once.map(|Once(key)| OnceKey::new(key, "POST /api/tenant/organizations", &bytes));
    let answer = tenancy::create_organization(&app.services, &visitor.principal, &wish, once.as_ref()).await?;
    Ok(replayable(answer))
}

/// Act in another organization or workspace from now on.
#[utoipa::path(put, path = "/api/tenant/organizations/current", tag = "tenancy", security(("session" = [])),
    request_body = SwitchTo, responses(
    (status = 200, description = "All that a page needs to know of where it is now.", body = TenantContextView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn switch(
    State(app): State<App>,
    SignedIn(visitor): SignedIn,
    request: Request,
) -> Reply<TenantContextView> {
    let (wish, _) = body::json::<SwitchTo>(request).await?;
    Ok(Json(tenancy::switch(&app.services, &visitor.principal, &wish).await?))
}

/// The organization's settings; for people alone.
#[utoipa::path(get, path = "/api/tenant/organization", tag = "tenancy", security(("session" = [])), responses(
    (status = 200, description = "What it is called, by which name programs call it, and whose midnight begins its day.", body = SettingsBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN: an API key", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn organization(
    State(app): State<App>,
    allowed: InOrganization<OrganizationRead>,
) -> Reply<SettingsBody> {
    Ok(Json(SettingsBody { organization: tenancy::settings(&app.services, &allowed.scope).await? }))
}

/// Change settings: what is left out stays as it is.
#[utoipa::path(patch, path = "/api/tenant/organization", tag = "tenancy", security(("session" = [])),
    request_body = OrganizationChange, responses(
    (status = 200, description = "The settings as they are now.", body = SettingsBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 409, description = "SLUG_TAKEN", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn change_organization(
    State(app): State<App>,
    allowed: InOrganization<OrganizationManage>,
    request: Request,
) -> Reply<SettingsBody> {
    let (wish, _) = body::json::<OrganizationChange>(request).await?;
    let organization = tenancy::change_settings(&app.services, &allowed.scope, &wish).await?;
    Ok(Json(SettingsBody { organization }))
}

/// What the organization has used, of how much, until when.
#[utoipa::path(get, path = "/api/tenant/usage", tag = "tenancy", security(("session" = []), ("key" = ["read"])), responses(
    (status = 200, description = "Exact at this moment.", body = UsageView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn usage(State(app): State<App>, allowed: InOrganization<UsageRead>) -> Reply<UsageView> {
    Ok(Json(metering::usage(&app.services, &allowed.scope).await?))
}

/// What the caller may do in the organization.
#[utoipa::path(get, path = "/api/tenant/role", tag = "tenancy", security(("session" = []), ("key" = ["read"])), responses(
    (status = 200, description = "Role, permissions and what they allow.", body = RoleView),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn role(allowed: InOrganization<Membership>) -> Reply<RoleView> {
    Ok(Json(tenancy::role_of(&allowed.caller)?))
}
