//! The platform operator, as the command line would be one.

use tenantry_domain::{
    Services,
    access::{FoundOrganization, Operator, OrganizationRef},
    db::secret::InstallationSecret,
    metering::quota::{self, QuotaError},
};
use tenantry_kernel::{
    OrganizationId,
    operator::{OverrideView, QuotaStatusView, SetOverride},
    quota::{EventLimit, Every, Meter, Mode, Override},
};

/// The operator, over some process' services.
pub struct TestOperator<'a> {
    services: &'a Services,
    /// The right to act in every organization.
    pub operator: Operator,
}

/// A hard limit without an end.
#[must_use]
pub const fn hard(meter: Meter, limit: Option<u64>) -> Override {
    Override { meter, limit, mode: Mode::Hard, cap: None, expires_at: None }
}

/// A hard limit on what events count, without an end.
#[must_use]
pub fn hard_on_events(meter: &str, every: Every, limit: u64) -> EventLimit {
    EventLimit { meter: meter.to_owned(), every, limit: Some(limit), mode: Mode::Hard, cap: None, expires_at: None }
}

impl<'a> TestOperator<'a> {
    /// Over these services.
    ///
    /// # Panics
    /// Never: the secret is long enough.
    #[must_use]
    pub fn over(services: &'a Services) -> Self {
        let secret = InstallationSecret::from_text("what only the operator of a test can read").expect("long enough");
        Self { services, operator: Operator::holding(&secret) }
    }

    /// The organization.
    ///
    /// # Panics
    /// When there is none.
    pub async fn find(&self, organization: OrganizationId) -> FoundOrganization {
        let found = self.operator.find(self.services, &OrganizationRef::Id(organization)).await;
        found.expect("the database answers").expect("the organization is there")
    }

    /// Overrides a limit.
    ///
    /// # Errors
    /// Those of the verb.
    ///
    /// # Panics
    /// When there is no such organization.
    pub async fn set(&self, organization: OrganizationId, wanted: Override) -> Result<OverrideView, QuotaError> {
        let scope = self.operator.in_organization(&self.find(organization).await);
        quota::set(self.services, &scope, &SetOverride { wanted, reason: "a test".to_owned() }).await
    }

    /// Limits what events count.
    ///
    /// # Errors
    /// Those of the verb.
    ///
    /// # Panics
    /// When there is no such organization.
    pub async fn set_of_events(
        &self,
        organization: OrganizationId,
        wanted: EventLimit,
    ) -> Result<OverrideView<EventLimit>, QuotaError> {
        let scope = self.operator.in_organization(&self.find(organization).await);
        quota::set_of_events(self.services, &scope, &SetOverride { wanted, reason: "a test".to_owned() }).await
    }

    /// What counts for the organization.
    ///
    /// # Panics
    /// When there is no such organization, or no database.
    pub async fn status(&self, organization: OrganizationId) -> QuotaStatusView {
        let found = self.find(organization).await;
        let scope = self.operator.in_organization(&found);
        quota::status(self.services, &scope, &found).await.expect("the database answers")
    }

    /// Takes an override back.
    ///
    /// # Errors
    /// Those of the verb.
    ///
    /// # Panics
    /// When there is no such organization.
    pub async fn clear(&self, organization: OrganizationId, meter: Meter) -> Result<(), QuotaError> {
        let scope = self.operator.in_organization(&self.find(organization).await);
        quota::clear(self.services, &scope, meter.as_str()).await
    }
}
