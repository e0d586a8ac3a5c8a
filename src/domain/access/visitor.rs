//! A visitor: somebody who is known, and where they stand. Asked for a permission, a visitor becomes a scope or a refusal.

use tenantry_kernel::{
    Code, MemberId, OrganizationId, Permission, Problem, Role, SessionId, TenantId, UserId,
    permission::Standing,
    plan::Held,
    tenancy::{TenantStatus, UserView},
};
use uuid::Uuid;

use super::{
    permit::Permit,
    scope::{Actor, OrgScope, TenantScope},
};
use crate::db::DbError;

/// Who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The person.
    pub user: UserView,
    /// The session that they hold.
    pub session: SessionId,
    /// The tenant whose host the session belongs to, or that the access token carries, which it cannot leave; `None` for a
    /// session of the main host.
    pub bound_to: Option<TenantId>,
    /// Have they proven lately who they are? What matters asks for that.
    pub confirmed: bool,
    /// Did they come by an access token?
    pub by_token: bool,
}

/// Where a member stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The organization.
    pub organization: OrganizationId,
    /// Its part of an address.
    pub organization_slug: String,
    /// What it is called.
    pub organization_name: String,
    /// The plan that it holds.
    pub held: Held,
    /// The tenant.
    pub tenant: TenantId,
    /// Its part of an address.
    pub tenant_slug: String,
    /// What it is called.
    pub tenant_name: String,
    /// Whether it works.
    pub tenant_status: TenantStatus,
    /// The membership.
    pub member: MemberId,
    /// The member's highest built-in role.
    pub role: Role,
    /// Does the organization belong to the member?
    pub owner: bool,
}

impl Place {
    /// The member's column of the permission matrix.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing::of(self.role, self.owner)
    }
}

/// Why somebody may not.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Nobody is known.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// There is no such place, or it is not theirs.
    #[error("there is no such place for this caller")]
    NotFound,
    /// Host or credential belong to another tenant than the one that is named.
    #[error("another tenant is named")]
    Mismatch,
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    Suspended,
    /// The role lacks the permission.
    #[error("the role lacks {0}")]
    Forbidden(Permission),
    /// The session's person has not proven lately who they are.
    #[error("who it is must be proven again")]
    Unconfirmed,
    /// An access token does not open this: it stands on a session's own cookie.
    #[error("an access token does not open this")]
    ByToken,
    /// The key lacks the scope, or no scope opens this.
    #[error("the key lacks the scope")]
    ScopeLacking,
    /// The database is away.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Unauthenticated => {
                Self::new(Code::Unauthenticated, "Nobody is signed in, or the session has ended.")
            }
            AccessError::NotFound => Self::not_found(),
            AccessError::Mismatch => {
                Self::new(Code::TenantMismatch, "The request names another workspace than the one that it belongs to.")
            }
            AccessError::Suspended => Self::new(Code::TenantSuspended, "This workspace is suspended."),
            AccessError::Forbidden(permission) => {
                Self::new(Code::Forbidden, format!("Your role does not include {permission}."))
            }
            AccessError::Unconfirmed => {
                let detail =
                    "This needs a sign-in of the last half hour: whoever finds an open session shall not do it.";
                Self::new(Code::ReauthenticationRequired, detail)
            }
            AccessError::ByToken => Self::new(Code::Forbidden, "An access token does not open this.")
                .with_fix("Do it with a session, or with an API key where it has the scope."),
            AccessError::ScopeLacking => Self::new(Code::Forbidden, "This API key's scopes do not include it.")
                .with_fix("Use a key with the scope that it needs; what people decide no key may."),
            AccessError::Db(error) => error.into(),
        }
    }
}

/// Somebody who is known, and where they stand; `place` is `None` for a person without an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Who.
    pub principal: Principal,
    /// Where.
    pub place: Option<Place>,
}

impl Visitor {
    /// Where they stand.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for a person without an organization.
    pub fn place(&self) -> Result<&Place, AccessError> {
        self.place.as_ref().ok_or(AccessError::NotFound)
    }

    /// The person.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.principal.user.id
    }

    /// The right to act in the organization; also while its tenant is suspended.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] or [`AccessError::Forbidden`].
    pub fn organization<P: Permit>(&self) -> Result<OrgScope<P>, AccessError> {
        let place = self.place()?;
        self.permitted::<P>(place)?;
        Ok(OrgScope::new(self.actor(place), place.organization))
    }

    /// The right to act in the tenant. Its status is decided before the role.
    ///
    /// # Errors
    /// [`AccessError::NotFound`], [`AccessError::Suspended`] or [`AccessError::Forbidden`].
    pub fn tenant<P: Permit>(&self) -> Result<TenantScope<P>, AccessError> {
        let place = self.place()?;
        if place.tenant_status == TenantStatus::Suspended {
            return Err(AccessError::Suspended);
        }
        self.permitted::<P>(place)?;
        Ok(TenantScope::new(self.actor(place), place.organization, place.tenant))
    }

    /// Whom a rate is counted for: the member, or a person who stands nowhere by themselves.
    #[must_use]
    pub fn counted_as(&self) -> Uuid {
        self.place.as_ref().map_or(self.user().into(), |place| place.member.into())
    }

    const fn actor(&self, place: &Place) -> Actor {
        Actor::Member { user: self.user(), member: place.member }
    }

    /// The role is decided first: who may not do it need not prove who they are.
    fn permitted<P: Permit>(&self, place: &Place) -> Result<(), AccessError> {
        match P::PERMISSION {
            Some(permission) if !place.standing().may(permission) => Err(AccessError::Forbidden(permission)),
            _ if P::MATTERS && !self.principal.confirmed => Err(AccessError::Unconfirmed),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::{plan::FREE, quota::Terms};
    use uuid::Uuid;

    use super::*;
    use crate::access::permit::{BillingManage, DispatchRun, JobRead, KeyManage, KeyRevoke};

    fn visitor(role: Role, owner: bool, status: TenantStatus) -> Visitor {
        let user = UserView { id: Uuid::nil().into(), name: "Ada".into(), email: "ada@example.com".into() };
        let place = Place {
            organization: Uuid::nil().into(),
            organization_slug: "acme".into(),
            organization_name: "Acme".into(),
            held: Held { plan: FREE.into(), version: 1, anchor: None, expires_at: None, terms: Terms::default() },
            tenant: Uuid::nil().into(),
            tenant_slug: "acme".into(),
            tenant_name: "Acme".into(),
            tenant_status: status,
            member: Uuid::nil().into(),
            role,
            owner,
        };
        let session = Uuid::nil().into();
        let principal = Principal { user, session, bound_to: None, confirmed: true, by_token: false };
        Visitor { principal, place: Some(place) }
    }

    #[test]
    fn what_matters_asks_for_a_proof_of_late_after_the_role() {
        let left_open = |role| {
            let visitor = visitor(role, false, TenantStatus::Active);
            Visitor { principal: Principal { confirmed: false, ..visitor.principal.clone() }, ..visitor }
        };
        assert!(visitor(Role::Admin, false, TenantStatus::Active).tenant::<KeyManage>().is_ok());
        assert!(matches!(left_open(Role::Admin).tenant::<KeyManage>(), Err(AccessError::Unconfirmed)));
        assert!(matches!(left_open(Role::Viewer).tenant::<KeyManage>(), Err(AccessError::Forbidden(_))));
        assert!(left_open(Role::Admin).tenant::<KeyRevoke>().is_ok(), "what closes something is never put off");
    }

    #[test]
    fn a_scope_is_given_for_a_permission_of_the_role() {
        let viewer = visitor(Role::Viewer, false, TenantStatus::Active);
        assert!(viewer.tenant::<JobRead>().is_ok());
        assert!(matches!(viewer.tenant::<DispatchRun>(), Err(AccessError::Forbidden(Permission::DispatchRun))));
        assert!(visitor(Role::Operator, false, TenantStatus::Active).tenant::<DispatchRun>().is_ok());
        assert!(visitor(Role::Viewer, true, TenantStatus::Active).organization::<BillingManage>().is_ok());
    }

    #[test]
    fn a_suspended_tenant_is_closed_before_the_role_is_looked_at() {
        let viewer = visitor(Role::Viewer, false, TenantStatus::Suspended);
        assert!(matches!(viewer.tenant::<DispatchRun>(), Err(AccessError::Suspended)));
        assert!(matches!(viewer.organization::<BillingManage>(), Err(AccessError::Forbidden(_))));
    }

    #[test]
    fn a_person_without_an_organization_is_nowhere() {
        let visitor = Visitor { place: None, ..visitor(Role::Admin, true, TenantStatus::Active) };
        assert!(matches!(visitor.organization::<JobRead>(), Err(AccessError::NotFound)));
    }
}
