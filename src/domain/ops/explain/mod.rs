//! How a request of an organization would be decided now, rule by rule: for the platform operator, whom a customer asks why.
//!
//! What a dispatch would be told is asked of the verbs that decide it, so the explanation cannot differ from the decision.

mod rules;
mod sql;

use tenantry_kernel::{
    Code, KeyId, MemberId, Problem, TenantId,
    dispatch::CheckView,
    operator::{Decision, ExplainView},
    tenancy::TenantStatus,
    text::Email,
};

use crate::{
    Services,
    access::{
        FoundOrganization, Operator,
        permit::{DispatchRun, Operating, UsageRead},
    },
    billing,
    db::{DbError, OrgTx, TenantTx},
    dispatch::{self, DispatchError, ToolRef},
    metering,
};
use rules::{Asker, Facts, Tool, Verdict};

/// Who would ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody in particular: rules about the caller are not asked.
    Anybody,
    /// A program with this key.
    Key(KeyId),
    /// A member, by membership.
    Member(MemberId),
    /// A member, by address.
    Email(Email),
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The organization has no such key, member or tool.
    #[error("this organization has no such {0}")]
    NotFound(&'static str),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<ExplainError> for Problem {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::NotFound(what) => Self::new(Code::NotFound, format!("This organization has no such {what}.")),
            ExplainError::Db(error) => error.into(),
        }
    }
}

/// Explains what a dispatch would meet, of `tool` where one is named.
///
/// # Errors
/// [`ExplainError::NotFound`] for a key, a member or a tool that is not the organization's; the database.
pub async fn explain(
    services: &Services,
    operator: &Operator,
    organization: &FoundOrganization,
    who: &Who,
    tool: Option<&str>,
) -> Result<ExplainView, ExplainError> {
    let mut tx = OrgTx::open(&services.db, &operator.in_organization::<Operating>(organization)).await?;
    let (held, now) = billing::held(&mut tx).await?;
    let (asker, own_tenant) = find_asker(services, &mut tx, who).await?;
    let tenant = sql::tenant(&mut tx, own_tenant).await?.ok_or(ExplainError::NotFound("workspace"))?;
    tx.commit().await?;
    let effective = services.plans.effective(&held, now).await?;
    let usage = metering::usage(services, &operator.in_organization::<UsageRead>(organization)).await?;
    let verdict = match (tenant.status, tool) {
        // A closed tenant's tools cannot be seen, and nothing is decided behind its door.
        (TenantStatus::Suspended, _) => Verdict::Closed,
        (TenantStatus::Active, None) => Verdict::Unasked,
        (TenantStatus::Active, Some(name)) => {
            let (tool, check) = ask(services, operator, organization, tenant.id, name).await?;
            Verdict::Checked { tool, check }
        }
    };
    let rules = rules::explain(&Facts { now, held, effective, asker, tenant, usage, verdict });
    let refusing = rules.iter().find(|rule| rule.decision == Decision::Refuses);
    Ok(ExplainView {
        organization: organization.summary.clone(),
        allowed: refusing.is_none(),
        decided_by: refusing.map(|rule| rule.rule.clone()),
        rules,
    })
}

/// Who asks, and the tenant that a key carries.
async fn find_asker(services: &Services, tx: &mut OrgTx, who: &Who) -> Result<(Asker, Option<TenantId>), ExplainError> {
    match who {
        Who::Anybody => Ok((Asker::Anybody, None)),
        Who::Key(id) => {
            let key = sql::key(tx, *id).await?.ok_or(ExplainError::NotFound("key"))?;
            let tenant = key.tenant;
            Ok((Asker::Key(key), Some(tenant)))
        }
        Who::Member(id) => {
            let member = sql::member(tx, *id).await?.ok_or(ExplainError::NotFound("member"))?;
            Ok((Asker::Member(member), None))
        }
        Who::Email(email) => {
            let user = sql::user(&mut *services.db.platform().await?, email).await?;
            let user = user.ok_or(ExplainError::NotFound("member"))?;
            let member = sql::member_of(tx, user).await?.ok_or(ExplainError::NotFound("member"))?;
            Ok((Asker::Member(member), None))
        }
    }
}

/// The tool, and what the verb itself says to a dispatch of it.
async fn ask(
    services: &Services,
    operator: &Operator,
    organization: &FoundOrganization,
    tenant: TenantId,
    name: &str,
) -> Result<(Tool, CheckView), ExplainError> {
    let tool = ToolRef::parse("tool", name).map_err(|_| ExplainError::NotFound("tool"))?;
    let mut tx = TenantTx::open(&services.db, &operator.in_tenant::<Operating>(organization, tenant)).await?;
    let found = sql::tool(&mut tx, &tool).await?.ok_or(ExplainError::NotFound("tool"))?;
    tx.commit().await?;
    let scope = operator.in_tenant::<DispatchRun>(organization, tenant);
    let check = dispatch::check(services, &scope, name).await.map_err(not_found)?;
    Ok((found, check))
}

fn not_found(error: DispatchError) -> ExplainError {
    match error {
        DispatchError::Db(error) => error.into(),
        _ => ExplainError::NotFound("tool"),
    }
}
