//! Server functions of the wizard. They belong to a person, not to a tenant: there is none before the last one.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tenantry_kernel::{onboarding::Draft, plan::Plan};

use crate::app::error::AppError;

/// An API key, as a choice of the fourth step.
pub const KEY: &str = "key";
/// A tool that lives elsewhere, as a choice of the fourth step.
pub const TOOL: &str = "tool";
/// An inbound webhook, as a choice of the fourth step.
pub const INBOUND: &str = "inbound";

/// All that the steps show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WizardView {
    /// What has been answered.
    pub draft: Draft,
    /// The plans on offer.
    pub plans: Vec<Plan>,
    /// On this installation organizations choose their plan themselves; otherwise they begin on Free.
    pub open: bool,
    /// The key under which the last step happens once.
    pub once: String,
}

/// What the steps show.
#[server(prefix = "/api/rpc", endpoint = "onboarding/read")]
pub async fn read_wizard() -> Result<WizardView, AppError> {
    use crate::app::server;
    use tenantry_domain::{billing, onboarding};

    let visitor = server::visitor("").await?;
    let services = server::services()?;
    let draft = onboarding::draft(&services, &visitor.principal).await?;
    let open = billing::may_change_plan(&services).is_ok();
    let plans = services.plans.on_offer().await?;
    Ok(WizardView { draft, plans, open, once: server::new_once_key(&services) })
}

/// The first step: the welcome was read.
#[server(prefix = "/api/rpc", endpoint = "onboarding/begin")]
pub async fn begin_onboarding() -> Result<(), AppError> {
    use tenantry_kernel::onboarding::Step;

    answer::step(Step::Welcome, |draft| {
        draft.welcomed = true;
        Ok(())
    })
    .await
}

/// The second step: what the organization is called.
#[server(prefix = "/api/rpc", endpoint = "onboarding/organization")]
pub async fn name_organization(
    #[server(default)] name: String,
    #[server(default)] slug: String,
) -> Result<(), AppError> {
    use tenantry_domain::onboarding;
    use tenantry_kernel::onboarding::Step;

    answer::step(Step::Organization, |draft| {
        let slug = slug.trim();
        draft.name = Some(name.trim().to_owned());
        draft.slug = (!slug.is_empty()).then(|| slug.to_owned());
        Ok(onboarding::check(draft)?)
    })
    .await
}

/// The third step: which plan.
#[server(prefix = "/api/rpc", endpoint = "onboarding/plan")]
pub async fn choose_plan(#[server(default)] plan: String) -> Result<(), AppError> {
    use crate::app::server;
    use tenantry_domain::billing;
    use tenantry_kernel::onboarding::Step;

    server::visitor("").await?;
    let services = server::services()?;
    let chosen = billing::choose(&services, &plan).await?;
    if !chosen.is_free() {
        billing::may_change_plan(&services)?;
    }
    answer::step(Step::Plan, |draft| {
        draft.plan = Some(chosen.id);
        Ok(())
    })
    .await
}

/// The fourth step: what is connected first. It may be skipped.
#[server(prefix = "/api/rpc", endpoint = "onboarding/integrations")]
pub async fn choose_integrations(
    #[server(default)] connect: String,
    #[server(default)] address: String,
    #[server(default)] skip: Option<String>,
) -> Result<(), AppError> {
    use super::server as connect;
    use crate::app::server;
    use tenantry_kernel::onboarding::Step;

    let services = server::services()?;
    answer::step(Step::Integrations, |draft| {
        let address = address.trim();
        let chosen = if skip.is_some() { None } else { Some(connect::check(&services, &connect, address)?) };
        draft.address = (chosen == Some(TOOL)).then(|| address.to_owned());
        draft.integrations = Some(chosen.map(str::to_owned).into_iter().collect());
        Ok(())
    })
    .await
}

/// The last step: makes the organization with what is connected first, and goes there. What is wrong with its name or address leads back to the step
/// that asks for them.
#[server(prefix = "/api/rpc", endpoint = "onboarding/complete")]
pub async fn complete_onboarding(#[server(default)] once: String) -> Result<(), AppError> {
    use super::server as connect;
    use crate::app::server;
    use tenantry_domain::{idempotency::OnceKey, onboarding, tenancy};
    use tenantry_kernel::{Problem, text::IdempotencyKey};

    server::at_main_host()?;
    let visitor = server::visitor("").await?;
    let services = server::services()?;
    let draft = onboarding::draft(&services, &visitor.principal).await?;
    let key = OnceKey::new(IdempotencyKey::parse(&once)?, "POST /api/rpc/onboarding/complete", b"");
    let answer = match onboarding::complete(&services, &visitor.principal, &draft, &key).await {
        Ok(answer) => answer,
        Err(error) => {
            let problem = Problem::from(error);
            if problem.field("name").is_none() && problem.field("slug").is_none() {
                return Err(problem.into());
            }
            return answer::back_to_the_name(&draft, problem).await;
        }
    };
    let made = answer::organization_of(&answer.body)?;
    tenancy::switch(&services, &visitor.principal, &tenancy::SwitchTo { organization: made, tenant: None }).await?;
    connect::first(&services, &draft, &once).await
}

/// What the steps have in common.
#[cfg(feature = "ssr")]
mod answer {
    use leptos::server_fn::ServerFn as _;
    use serde::Deserialize;
    use tenantry_domain::onboarding;
    use tenantry_kernel::{
        Code, Problem,
        onboarding::{Draft, Step},
    };

    use super::NameOrganization;
    use crate::app::{context::Flash, error::AppError, server};

    /// Takes the answer of a step and leads to the next one, or to the one that is open where this one is not yet.
    pub async fn step(step: Step, take: impl FnOnce(&mut Draft) -> Result<(), AppError>) -> Result<(), AppError> {
        let visitor = server::visitor("").await?;
        let services = server::services()?;
        let mut draft = onboarding::draft(&services, &visitor.principal).await?;
        if !draft.may_show(step) {
            server::lead_to(&draft.next_step().path());
            return Ok(());
        }
        take(&mut draft)?;
        onboarding::keep(&services, &visitor.principal, &draft).await?;
        let next = Step::ALL.into_iter().find(|next| *next > step).unwrap_or(Step::Complete);
        server::lead_to(&next.path());
        Ok(())
    }

    /// Shows at the second step what is wrong with its answers.
    pub async fn back_to_the_name(draft: &Draft, problem: Problem) -> Result<(), AppError> {
        let field = |name: &str, value: &Option<String>| (name.to_owned(), value.clone().unwrap_or_default());
        let fields = vec![field("name", &draft.name), field("slug", &draft.slug)];
        let form = NameOrganization::PATH.to_owned();
        server::send_back(&Step::Organization.path(), Flash::refused(form, problem, fields)).await
    }

    /// The id of the organization that was made, out of the kept answer.
    pub fn organization_of(body: &str) -> Result<String, AppError> {
        #[derive(Deserialize)]
        struct Made {
            organization: Organization,
        }
        #[derive(Deserialize)]
        struct Organization {
            id: String,
        }
        let made: Result<Made, _> = serde_json::from_str(body);
        made.map(|made| made.organization.id)
            .map_err(|_| Problem::new(Code::Internal, "Something went wrong on our side.").into())
    }
}
