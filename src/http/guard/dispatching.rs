//! The guard of dispatches: it knows before the verb does that the day's calls are used up, and says so after it.
//!
//! A feature that the plan lacks is told before that, and only the body says which tool is meant: extractors run before a
//! body is read.

use axum::{extract::FromRequestParts, http::request::Parts};
use tenantry_domain::{
    access::{TenantScope, permit::DispatchRun},
    dispatch,
};
use tenantry_kernel::{Code, Problem};

use super::{InTenant, Meter};
use crate::{App, problem::ApiError};

/// The right to dispatch in a tenant, and whether the day has a call left for it.
pub struct Dispatching {
    /// The scope for the verb.
    pub scope: TenantScope<DispatchRun>,
    day: Option<Problem>,
}

impl FromRequestParts<App> for Dispatching {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let meter = Meter::of(parts);
        meter.carry();
        let InTenant { scope } = InTenant::from_request_parts(parts, app).await?;
        Ok(Self { scope, day: meter.carried() })
    }
}

impl Dispatching {
    /// Says that the day's calls are used up, where they are; but first that the tool needs a feature that the plan lacks.
    /// `None` is a tool that cannot be read.
    ///
    /// # Errors
    /// `FEATURE_NOT_IN_PLAN`, `PLAN_EXPIRED`, `API_DAILY_LIMIT`.
    pub async fn today(&self, app: &App, tool: Option<&str>) -> Result<(), Problem> {
        let Some(used_up) = &self.day else { return Ok(()) };
        if let Some(tool) = tool {
            // Whatever else is to be said about the tool, or cannot be said, stands behind the day's calls.
            let answer = dispatch::check(&app.services, &self.scope, tool).await.ok();
            let refusal = answer.and_then(|answer| answer.code.zip(answer.reason));
            if let Some((code @ (Code::FeatureNotInPlan | Code::PlanExpired), reason)) = refusal {
                return Err(Problem::new(code, reason));
            }
        }
        Err(used_up.clone())
    }
}
