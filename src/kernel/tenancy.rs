//! Views of people, organizations and tenants, as the API and the interface show them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    MemberId, OrganizationId, Permission, Role, TenantId, UserId,
    permission::Can,
    plan::{Limits, Plan, PlanState},
};

/// A person, as they see themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserView {
    /// The person's id.
    pub id: UserId,
    /// What they are called.
    pub name: String,
    /// Their address, in lower case.
    pub email: String,
}

/// Whether a tenant works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TenantStatus {
    /// It works.
    Active,
    /// Its data is closed until somebody lifts the suspension.
    Suspended,
}

impl TenantStatus {
    /// The word in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// Reads the database's word; whatever is not `active` is closed.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        if word == "active" { Self::Active } else { Self::Suspended }
    }
}

/// A workspace of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenantView {
    /// The tenant's id.
    pub id: TenantId,
    /// What it is called.
    pub name: String,
    /// Its part of an address.
    pub slug: String,
    /// Whether it works.
    pub status: TenantStatus,
}

/// An organization, as one of its members sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizationView {
    /// The organization's id.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Its part of an address.
    pub slug: String,
    /// The id of the plan that it holds.
    pub plan: String,
    /// The caller's highest built-in role there.
    pub role: Role,
    /// Does it belong to the caller?
    pub owner: bool,
    /// Its workspaces, oldest first.
    pub tenants: Vec<TenantView>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Where a session acts, by ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CurrentView {
    /// The organization.
    pub organization: OrganizationId,
    /// The workspace.
    pub tenant: TenantId,
}

/// The caller's organizations and where the session acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizationsView {
    /// Every organization that the caller belongs to, by name.
    pub organizations: Vec<OrganizationView>,
    /// Where the session acts; `null` while the caller has no organization.
    pub current: Option<CurrentView>,
}

/// An organization by its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizationSummary {
    /// The organization's id.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Its part of an address.
    pub slug: String,
}

/// An organization's settings, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizationSettings {
    /// The organization's id.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// The name by which programs and commands call it.
    pub slug: String,
    /// The id of the plan that it holds.
    pub plan: String,
    /// Whose midnight begins the day of API calls: a name of the IANA time zone database.
    pub time_zone: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// All that a page needs to know of where it is: the interface's TenantContext.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenantContextView {
    /// The organization.
    pub organization: OrganizationSummary,
    /// The workspace.
    pub tenant: TenantView,
    /// The caller's highest built-in role.
    pub role: Role,
    /// Does the organization belong to the caller?
    pub owner: bool,
    /// The plan that counts now.
    pub plan: Plan,
    /// Whether the plan that is held counts.
    pub plan_state: PlanState,
    /// What the plan grants.
    pub features: Vec<String>,
    /// How much it grants.
    pub limits: Limits,
    /// What the caller may do.
    pub permissions: Vec<Permission>,
}

/// A role by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleSummary {
    /// The role's id; a built-in role's is its name.
    pub id: String,
    /// What it is called.
    pub name: String,
}

/// What the caller may do in the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleView {
    /// The organization.
    pub organization: OrganizationId,
    /// The highest built-in role; `null` for an API key.
    pub role: Option<Role>,
    /// Does the organization belong to the caller?
    pub owner: bool,
    /// Every role that the caller has.
    pub roles: Vec<RoleSummary>,
    /// What they add up to.
    pub permissions: Vec<Permission>,
    /// The same as answers to an interface's questions.
    pub can: Can,
}

/// The caller's membership, where something was joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberSummary {
    /// The member's id.
    pub id: MemberId,
    /// The highest built-in role.
    pub role: Role,
}

/// Who is signed in, and where they can go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MeView {
    /// The person.
    pub user: UserView,
    /// Every organization that they belong to.
    pub organizations: Vec<OrganizationView>,
    /// Where the session acts.
    pub current: Option<CurrentView>,
}

/// The plan that an organization holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubscriptionView {
    /// The plan's id.
    pub plan: String,
    /// Whether it counts.
    pub state: PlanState,
    /// When the billing period ends.
    pub current_period_end: DateTime<Utc>,
    /// When the plan ends; `null` goes on.
    pub plan_expires_at: Option<DateTime<Utc>>,
}
