//! Scopes: who, where, allowed what. Without one no transaction opens.

use std::marker::PhantomData;

use tenantry_kernel::{InboundId, KeyId, MemberId, OrganizationId, TenantId, UserId};

use super::permit::{Counting, Delivering, DispatchRun, Founding, JobWork, Leaving, Watching};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, as a member of the organization.
    Member {
        /// The person.
        user: UserId,
        /// Their membership.
        member: MemberId,
    },
    /// A program, with a key of its own.
    Key {
        /// The key.
        key: KeyId,
        /// Who made it.
        created_by: Option<UserId>,
    },
    /// A service elsewhere, with a message that its webhook's secret has signed.
    Webhook(InboundId),
    /// A worker, on behalf of a job.
    Worker,
    /// Whoever runs the installation, at its command line.
    Operator,
}

/// The right to act in an organization, for what `P` permits.
pub struct OrgScope<P> {
    actor: Actor,
    organization: OrganizationId,
    permit: PhantomData<fn() -> P>,
}

/// The right to act in a tenant, for what `P` permits.
pub struct TenantScope<P> {
    actor: Actor,
    organization: OrganizationId,
    tenant: TenantId,
    permit: PhantomData<fn() -> P>,
}

// Derived `Clone` and `Copy` would ask them of `P`, which is never there.
impl<P> Clone for OrgScope<P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<P> Copy for OrgScope<P> {}
impl<P> Clone for TenantScope<P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<P> Copy for TenantScope<P> {}

impl<P> OrgScope<P> {
    /// Only a guard makes one.
    pub(super) const fn new(actor: Actor, organization: OrganizationId) -> Self {
        Self { actor, organization, permit: PhantomData }
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// Where.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }
}

impl<P> TenantScope<P> {
    /// Only a guard makes one.
    pub(super) const fn new(actor: Actor, organization: OrganizationId, tenant: TenantId) -> Self {
        Self { actor, organization, tenant, permit: PhantomData }
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// Whose tenant it is.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Where.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }
}

/// The scope in which an organization that is being made writes its first rows.
pub(crate) const fn founding_scope(
    user: UserId,
    member: MemberId,
    organization: OrganizationId,
    tenant: TenantId,
) -> TenantScope<Founding> {
    TenantScope::new(Actor::Member { user, member }, organization, tenant)
}

/// The scope in which a worker claims an organization's jobs.
pub(crate) const fn worker_scope(organization: OrganizationId) -> OrgScope<JobWork> {
    OrgScope::new(Actor::Worker, organization)
}

/// The scope in which a webhook's message is taken in. Only the firewall asks for one, and only for what is signed.
pub(crate) const fn arrival_scope(
    organization: OrganizationId,
    tenant: TenantId,
    webhook: InboundId,
) -> TenantScope<DispatchRun> {
    TenantScope::new(Actor::Webhook(webhook), organization, tenant)
}

/// The scope in which a server writes what it has counted.
pub(crate) const fn counting_scope(organization: OrganizationId) -> OrgScope<Counting> {
    OrgScope::new(Actor::Worker, organization)
}

/// The scope in which a person leaves an organization.
pub(crate) const fn leaving_scope(organization: OrganizationId) -> OrgScope<Leaving> {
    OrgScope::new(Actor::Worker, organization)
}

/// The scope in which a server measures what a workspace has.
pub(crate) const fn measuring_scope(organization: OrganizationId, tenant: TenantId) -> TenantScope<Counting> {
    TenantScope::new(Actor::Worker, organization, tenant)
}

/// The scope in which a server looks for what has changed.
pub(crate) const fn watching_scope(organization: OrganizationId) -> OrgScope<Watching> {
    OrgScope::new(Actor::Worker, organization)
}

/// The scope in which a worker tells an organization's endpoints what has happened.
pub(crate) const fn delivering_scope(organization: OrganizationId) -> OrgScope<Delivering> {
    OrgScope::new(Actor::Worker, organization)
}

impl OrgScope<JobWork> {
    /// The scope in which a worker runs one claimed job, in the job's own tenant.
    pub(crate) const fn for_tenant(&self, tenant: TenantId) -> TenantScope<JobWork> {
        TenantScope::new(Actor::Worker, self.organization, tenant)
    }
}
