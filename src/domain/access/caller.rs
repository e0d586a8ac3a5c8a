//! A caller: a person with a session, or a program with a key. Asked for a permission, a caller becomes a scope or a
//! refusal.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    KeyId, OrganizationId, Permission, TenantId, UserId,
    key::{Scope, Verdict},
    tenancy::TenantStatus,
};
use uuid::Uuid;

use super::{AccessError, Actor, OrgScope, Permit, TenantScope, Visitor};
use crate::billing::Effective;

/// A key that is known: what it carries, and what counts for whom it belongs to.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// The key.
    pub id: KeyId,
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// The tenant that it carries.
    pub tenant: TenantId,
    /// The tenant's part of an address.
    pub tenant_slug: String,
    /// Whether the tenant works.
    pub tenant_status: TenantStatus,
    /// What it is given for.
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// The plan that counts for the organization.
    pub effective: Effective,
    /// Whose midnight begins the organization's day.
    pub time_zone: Arc<str>,
    /// When another plan or limit counts for it.
    pub(super) until: DateTime<Utc>,
    /// SHA-256 of its text.
    pub(super) hash: [u8; 32],
}

impl KnownKey {
    /// Do the plan and the limits that counted when the key was looked up still count? They change with the time alone, too.
    pub(super) fn counts_at(&self, now: DateTime<Utc>) -> bool {
        (self.effective.period.start..self.until).contains(&now)
    }

    /// Has it ended? The moment of the end is after it.
    #[must_use]
    pub fn has_ended(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }

    /// May it be let in at this moment, for this scope?
    #[must_use]
    pub fn verdict(&self, scope: Option<Scope>, now: DateTime<Utc>) -> Verdict {
        if self.has_ended(now) {
            Verdict::Expired
        } else if self.tenant_status == TenantStatus::Suspended {
            Verdict::TenantSuspended
        } else if scope.is_some_and(|scope| !self.scopes.contains(&scope)) {
            Verdict::Forbidden
        } else {
            Verdict::Valid
        }
    }

    const fn actor(&self) -> Actor {
        Actor::Key { key: self.id, created_by: self.created_by }
    }

    fn permitted<P: Permit>(&self) -> Result<(), AccessError> {
        let open = match (P::SCOPE, P::PERMISSION) {
            (Some(scope), _) => self.scopes.contains(&scope),
            (None, Some(permission)) => self.has(permission),
            (None, None) => false,
        };
        if open { Ok(()) } else { Err(AccessError::ScopeLacking) }
    }

    fn has(&self, permission: Permission) -> bool {
        self.scopes.iter().any(|scope| scope.permissions().contains(&permission))
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A person.
    Person(Box<Visitor>),
    /// A program.
    Key(Arc<KnownKey>),
}

impl From<Visitor> for Caller {
    fn from(visitor: Visitor) -> Self {
        Self::Person(Box::new(visitor))
    }
}

impl Caller {
    /// The right to act in the organization; also while its tenant is suspended.
    ///
    /// # Errors
    /// [`AccessError::NotFound`], [`AccessError::Forbidden`] or [`AccessError::ScopeLacking`].
    pub fn organization<P: Permit>(&self) -> Result<OrgScope<P>, AccessError> {
        match self {
            Self::Person(visitor) => visitor.organization(),
            Self::Key(key) => {
                key.permitted::<P>()?;
                Ok(OrgScope::new(key.actor(), key.organization))
            }
        }
    }

    /// The right to act in the tenant. Its status is decided before the role or scope.
    ///
    /// # Errors
    /// [`AccessError::NotFound`], [`AccessError::Suspended`], [`AccessError::Forbidden`] or [`AccessError::ScopeLacking`].
    pub fn tenant<P: Permit>(&self) -> Result<TenantScope<P>, AccessError> {
        match self {
            Self::Person(visitor) => visitor.tenant(),
            Self::Key(key) => {
                if key.tenant_status == TenantStatus::Suspended {
                    return Err(AccessError::Suspended);
                }
                key.permitted::<P>()?;
                Ok(TenantScope::new(key.actor(), key.organization, key.tenant))
            }
        }
    }

    /// The person, for what only a person does.
    ///
    /// # Errors
    /// [`AccessError::ScopeLacking`] for a key: it opens what its scopes name and nothing else.
    pub fn person(self) -> Result<Visitor, AccessError> {
        match self {
            Self::Person(visitor) => Ok(*visitor),
            Self::Key(_) => Err(AccessError::ScopeLacking),
        }
    }

    /// Whom a rate is counted for: the key, or the person.
    #[must_use]
    pub fn counted_as(&self) -> Uuid {
        match self {
            Self::Person(visitor) => visitor.counted_as(),
            Self::Key(key) => key.id.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tenantry_kernel::{
        Code,
        money::Money,
        own::OwnLimits,
        period::Period,
        plan::{Limits, Plan, PlanState},
    };

    use super::*;
    use crate::access::permit::{BillingManage, DispatchRun, JobRead, KeyManage, KeyVerify, Membership, PlanRead};

    fn key(scopes: &[Scope], tenant_status: TenantStatus) -> Caller {
        let plan = Plan {
            id: "free".into(),
            name: "Free".into(),
            version: 1,
            price_monthly: Money { amount: 0, currency: "USD".into() },
            limits: Limits::default(),
            features: vec![],
        };
        let period = Period::calendar_month(DateTime::UNIX_EPOCH);
        Caller::Key(Arc::new(KnownKey {
            id: Uuid::nil().into(),
            organization: Uuid::nil().into(),
            tenant: Uuid::nil().into(),
            tenant_slug: "acme".into(),
            tenant_status,
            scopes: scopes.to_vec(),
            created_by: None,
            expires_at: Some(DateTime::UNIX_EPOCH),
            effective: Effective {
                plan: Arc::new(plan),
                own: OwnLimits::default(),
                state: PlanState::Active,
                period,
                expired: None,
            },
            time_zone: "UTC".into(),
            until: period.end,
            hash: [0; 32],
        }))
    }

    #[test]
    fn a_key_opens_what_its_scopes_name_and_nothing_else() {
        let opens = |scopes: &[Scope]| {
            let key = key(scopes, TenantStatus::Active);
            [
                key.tenant::<JobRead>().is_ok(),
                key.organization::<Membership>().is_ok(),
                key.tenant::<DispatchRun>().is_ok(),
                key.tenant::<KeyVerify>().is_ok(),
                key.tenant::<KeyManage>().is_ok(),
                key.organization::<PlanRead>().is_ok() || key.organization::<BillingManage>().is_ok(),
            ]
        };
        assert_eq!(opens(&[]), [false; 6]);
        assert_eq!(opens(&[Scope::Read]), [true, true, false, false, false, false]);
        assert_eq!(opens(&[Scope::Dispatch]), [false, false, true, false, false, false]);
        assert_eq!(opens(&[Scope::Verify]), [false, false, false, true, false, false]);
        assert_eq!(opens(&[Scope::Manage]), [false, false, false, false, true, false]);
        assert_eq!(opens(&Scope::ALL), [true, true, true, true, true, false]);
        assert!(key(&Scope::ALL, TenantStatus::Active).person().is_err());
    }

    #[test]
    fn a_suspended_tenant_is_closed_to_keys_before_their_scopes_are_looked_at() {
        let key = key(&[], TenantStatus::Suspended);
        assert!(matches!(key.tenant::<DispatchRun>(), Err(AccessError::Suspended)));
        assert!(matches!(key.organization::<Membership>(), Err(AccessError::ScopeLacking)));
    }

    #[test]
    fn a_verdict_names_the_first_thing_that_is_the_matter() {
        let Caller::Key(ended) = key(&[Scope::Read], TenantStatus::Suspended) else { panic!("a key") };
        let before = DateTime::UNIX_EPOCH - chrono::TimeDelta::seconds(1);
        assert_eq!(ended.verdict(None, DateTime::UNIX_EPOCH), Verdict::Expired);
        assert_eq!(ended.verdict(None, before), Verdict::TenantSuspended);
        let Caller::Key(good) = key(&[Scope::Read], TenantStatus::Active) else { panic!("a key") };
        assert_eq!(good.verdict(Some(Scope::Dispatch), before), Verdict::Forbidden);
        assert_eq!(good.verdict(Some(Scope::Read), before), Verdict::Valid);
        assert_eq!(good.verdict(Some(Scope::Read), before).code(), None);
        assert_eq!(Verdict::Expired.code(), Some(Code::Expired));
    }
}
