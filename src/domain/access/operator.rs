//! The platform operator: whoever holds the installation's secret, at its command line. No request can be one, because no
//! door but the command line has the secret.

use tenantry_kernel::{
    OrganizationId, TenantId,
    tenancy::{OrganizationSummary, TenantStatus, TenantView},
};

use super::{AccessError, Actor, Destination, OrgScope, OrganizationRef, TenantScope, sql_operator};
use crate::{
    Services,
    db::{DbError, secret::InstallationSecret},
};

/// The right to act in every organization.
#[derive(Debug)]
pub struct Operator(());

/// An organization that the operator has named, by its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundOrganization {
    /// The organization.
    pub summary: OrganizationSummary,
}

impl FoundOrganization {
    /// The organization's id.
    #[must_use]
    pub const fn id(&self) -> OrganizationId {
        self.summary.id
    }
}

/// A tenant that the operator has named, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTenant {
    /// The organization.
    pub organization: OrganizationSummary,
    /// The tenant.
    pub tenant: TenantView,
}

impl Operator {
    /// Whoever can read the installation's secret runs it.
    #[must_use]
    pub const fn holding(_secret: &InstallationSecret) -> Self {
        Self(())
    }

    /// An organization by id or slug.
    ///
    /// # Errors
    /// When the database is away; one that is not there is `None`.
    pub async fn find(
        &self,
        services: &Services,
        organization: &OrganizationRef,
    ) -> Result<Option<FoundOrganization>, DbError> {
        let found = sql_operator::find_organization(&mut *services.db.platform().await?, organization).await?;
        Ok(found.map(|summary| FoundOrganization { summary }))
    }

    /// The right to act in the organization, for whatever the verb permits.
    #[must_use]
    pub const fn in_organization<P>(&self, organization: &FoundOrganization) -> OrgScope<P> {
        OrgScope::new(Actor::Operator, organization.id())
    }

    /// A tenant by id or slug, of whichever organization.
    ///
    /// # Errors
    /// When the database is away; one that is not there is `None`.
    pub async fn find_tenant(&self, services: &Services, tenant: &Destination) -> Result<Option<FoundTenant>, DbError> {
        let (id, slug) = match tenant {
            Destination::Id(id) => (Some(*id), None),
            Destination::Slug(slug) => (None, Some(slug)),
            Destination::Current | Destination::Nowhere => return Ok(None),
        };
        sql_operator::find_tenant(&mut *services.db.platform().await?, id, slug).await
    }

    /// The right to act in the tenant, for whatever the verb permits.
    ///
    /// # Errors
    /// [`AccessError::Suspended`]: the database closes such a tenant to everybody.
    pub fn within<P>(&self, found: &FoundTenant) -> Result<TenantScope<P>, AccessError> {
        match found.tenant.status {
            TenantStatus::Suspended => Err(AccessError::Suspended),
            TenantStatus::Active => Ok(TenantScope::new(Actor::Operator, found.organization.id, found.tenant.id)),
        }
    }

    /// The right to act in one of the organization's tenants.
    #[must_use]
    pub const fn in_tenant<P>(&self, organization: &FoundOrganization, tenant: TenantId) -> TenantScope<P> {
        TenantScope::new(Actor::Operator, organization.id(), tenant)
    }
}
