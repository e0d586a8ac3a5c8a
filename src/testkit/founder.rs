//! Somebody who founds organizations and dispatches in them through the domain's own verbs, without HTTP in between: for
//! what is about transactions and not about requests.

use serde_json::Value;
use tenantry_domain::{
    Services,
    access::{self, Destination, Host, OrgScope, Permit, TenantScope},
    accounts::{self, SessionToken, SignUp},
    tenancy::{self, CreateOrganization},
};
use tenantry_kernel::UserId;

use crate::Organization;

/// A person who is signed in.
pub struct Founder {
    services: Services,
    id: UserId,
    token: SessionToken,
}

impl Founder {
    /// Signs somebody up.
    ///
    /// # Panics
    /// When the address is taken.
    pub async fn new(services: &Services, name: &str) -> Self {
        let email = format!("{}@example.com", name.to_lowercase());
        let wish = SignUp { name: name.into(), email, password: "correct horse battery".into() };
        let (user, session) = accounts::sign_up(services, wish, "testkit").await.expect("the address is free");
        Self { services: services.clone(), id: user.id, token: session.token }
    }

    /// The person.
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.id
    }

    /// Founds an organization on a plan.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn found(&self, name: &str, plan: &str) -> Organization {
        let visitor = self.enter(&Destination::Current).await;
        let wish = CreateOrganization { name: name.into(), plan: Some(plan.into()), ..CreateOrganization::default() };
        let founded = tenancy::create_organization(&self.services, &visitor.principal, &wish, None).await;
        let body: Value = serde_json::from_str(&founded.expect("founded").body).expect("JSON");
        let text = |path: &str| body.pointer(path).and_then(Value::as_str).expect("a founded organization").to_owned();
        Organization {
            id: text("/organization/id").parse().expect("an organization's id"),
            slug: text("/organization/slug"),
            tenant: text("/organization/tenants/0/id").parse().expect("a tenant's id"),
            tenant_slug: text("/organization/tenants/0/slug"),
        }
    }

    /// The right to act in the organization's first workspace.
    ///
    /// # Panics
    /// When the founder has it not.
    pub async fn scope<P: Permit>(&self, organization: &Organization) -> TenantScope<P> {
        let visitor = self.enter(&Destination::Id(organization.tenant)).await;
        visitor.tenant().unwrap_or_else(|error| panic!("an owner may act: {error}"))
    }

    /// The right to act in the organization.
    ///
    /// # Panics
    /// When the founder has it not.
    pub async fn organization_scope<P: Permit>(&self, organization: &Organization) -> OrgScope<P> {
        let visitor = self.enter(&Destination::Id(organization.tenant)).await;
        visitor.organization().unwrap_or_else(|error| panic!("an owner may act: {error}"))
    }

    async fn enter(&self, destination: &Destination) -> access::Visitor {
        access::enter(&self.services, &self.token, &Host::Main, destination).await.expect("a session that lives")
    }
}
