//! The onboarding wizard: its draft in the database, and the organization at its end.

mod sql;

use tenantry_kernel::onboarding::Draft;

use crate::{
    Services,
    access::Principal,
    db::DbError,
    idempotency::{Answer, OnceKey},
    tenancy::{self, CreateOrganization, TenancyError},
};

/// What the person has answered so far.
///
/// # Errors
/// When the database is away.
pub async fn draft(services: &Services, principal: &Principal) -> Result<Draft, DbError> {
    Ok(sql::draft(&mut *services.db.platform().await?, principal.user.id).await?.unwrap_or_default())
}

/// Keeps the answers. Nothing of an organization exists before the last step.
///
/// # Errors
/// When the database is away.
pub async fn keep(services: &Services, principal: &Principal, draft: &Draft) -> Result<(), DbError> {
    sql::keep(&mut *services.db.platform().await?, principal.user.id, draft).await
}

/// Checks the name and slug of the second step as the last step will.
///
/// # Errors
/// Fields out of bounds.
pub fn check(draft: &Draft) -> Result<(), TenancyError> {
    tenancy::check(&wish(draft))
}

/// The last step: makes the organization and forgets the draft. The key keeps a double click from making two.
///
/// # Errors
/// As [`tenancy::create_organization`].
pub async fn complete(
    services: &Services,
    principal: &Principal,
    draft: &Draft,
    once: &OnceKey,
) -> Result<Answer, TenancyError> {
    let answer = tenancy::create_organization(services, principal, &wish(draft), Some(once)).await?;
    sql::forget(&mut *services.db.platform().await?, principal.user.id).await?;
    Ok(answer)
}

fn wish(draft: &Draft) -> CreateOrganization {
    CreateOrganization {
        name: draft.name.clone().unwrap_or_default(),
        plan: draft.plan.clone(),
        slug: draft.slug.clone(),
    }
}
