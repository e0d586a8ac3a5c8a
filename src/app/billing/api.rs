//! Server functions of plans.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tenantry_kernel::{plan::Plan, tenancy::SubscriptionView};

use crate::app::error::AppError;

/// What an organization holds, and whether its own people may change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// What it holds.
    pub subscription: SubscriptionView,
    /// On this installation organizations choose their plan themselves.
    pub open: bool,
}

/// The plans on offer. Everybody may read them.
#[server(prefix = "/api/rpc", endpoint = "billing/plans")]
pub async fn list_plans() -> Result<Vec<Plan>, AppError> {
    Ok(crate::app::server::services()?.plans.on_offer().await?)
}

/// What the organization holds.
#[server(prefix = "/api/rpc", endpoint = "billing/subscription")]
pub async fn read_subscription(#[server(default)] tenant: String) -> Result<Holding, AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::PlanRead, billing};

    let scope = server::visitor(&tenant).await?.organization::<PlanRead>()?;
    let services = server::services()?;
    let subscription = billing::subscription(&services, &scope).await?;
    Ok(Holding { subscription, open: billing::may_change_plan(&services).is_ok() })
}

/// Changes the plan; it counts at once.
#[server(prefix = "/api/rpc", endpoint = "billing/change-plan")]
pub async fn change_plan(
    #[server(default)] tenant: String,
    #[server(default)] plan: String,
) -> Result<SubscriptionView, AppError> {
    use crate::app::server;
    use tenantry_domain::{access::permit::BillingManage, billing};

    let scope = server::visitor(&tenant).await?.organization::<BillingManage>()?;
    Ok(billing::change_plan(&server::services()?, &scope, &plan).await?)
}
