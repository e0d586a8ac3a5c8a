//! Plans on offer, and the one that is held.

use axum::{
    Json,
    extract::{Request, State},
};
use serde::Serialize;
use tenantry_domain::{
    access::permit::{BillingManage, PlanRead},
    billing,
};
use tenantry_kernel::{Problem, page::Page, plan::Plan, requests::ChangePlan, tenancy::SubscriptionView};
use utoipa::ToSchema;

use super::Reply;
use crate::{App, body, guard::InOrganization};

/// A subscription under its noun.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionBody {
    /// The subscription.
    subscription: SubscriptionView,
}

/// The plans on offer; for everybody.
#[utoipa::path(get, path = "/api/v1/plans", tag = "billing", responses(
    (status = 200, description = "In the order in which they are shown.", body = Page<Plan>),
))]
pub(crate) async fn plans(State(app): State<App>) -> Reply<Page<Plan>> {
    // Few, and wanted all at once: the page is the whole list.
    Ok(Json(Page { data: app.services.plans.on_offer().await?, next_cursor: None }))
}

/// The plan that the organization holds.
#[utoipa::path(get, path = "/api/v1/subscription", tag = "billing", security(("session" = [])), responses(
    (status = 200, description = "The plan and until when.", body = SubscriptionBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
))]
pub(crate) async fn subscription(State(app): State<App>, allowed: InOrganization<PlanRead>) -> Reply<SubscriptionBody> {
    let subscription = billing::subscription(&app.services, &allowed.scope).await?;
    Ok(Json(SubscriptionBody { subscription }))
}

/// Change the plan; it counts at once.
#[utoipa::path(put, path = "/api/v1/subscription", tag = "billing", security(("session" = [])),
    request_body = ChangePlan, responses(
    (status = 200, description = "The plan that is held now.", body = SubscriptionBody),
    (status = 401, description = "UNAUTHENTICATED", body = Problem),
    (status = 403, description = "FORBIDDEN", body = Problem),
    (status = 404, description = "NOT_FOUND", body = Problem),
    (status = 422, description = "INVALID", body = Problem),
))]
pub(crate) async fn change_plan(
    State(app): State<App>,
    allowed: InOrganization<BillingManage>,
    request: Request,
) -> Reply<SubscriptionBody> {
    billing::may_change_plan(&app.services)?;
    let (wish, _) = body::json::<ChangePlan>(request).await?;
    let subscription = billing::change_plan(&app.services, &allowed.scope, &wish.plan).await?;
    Ok(Json(SubscriptionBody { subscription }))
}
