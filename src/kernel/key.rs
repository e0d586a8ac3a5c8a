//! API keys: what they may be given for, and what is shown of them. A key itself is text that is shown once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Code, KeyId, OrganizationId, Permission, TenantId};

/// What a key is given for. A key opens nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// See jobs, tools and usage.
    Read,
    /// Dispatch tools, ask whether one may, cancel jobs.
    Dispatch,
    /// Send usage events.
    Usage,
    /// Ask whether another key is valid: for gateways.
    Verify,
    /// Manage tools, webhooks and keys.
    Manage,
}

impl Scope {
    /// Every scope, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Read, Self::Dispatch, Self::Usage, Self::Verify, Self::Manage];

    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Dispatch => "dispatch",
            Self::Usage => "usage",
            Self::Verify => "verify",
            Self::Manage => "manage",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    /// The permissions that it stands for. Two scopes stand for none: what they open is no member's.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Read => &[Permission::JobRead, Permission::ToolRead, Permission::UsageRead],
            Self::Dispatch => &[Permission::DispatchRun],
            Self::Usage | Self::Verify => &[],
            // Whoever changes a thing may see it.
            Self::Manage => &[
                Permission::ToolRead,
                Permission::ToolManage,
                Permission::WebhookManage,
                Permission::KeyRead,
                Permission::KeyManage,
            ],
        }
    }
}

/// All that scopes allow, in the order of the matrix.
#[must_use]
pub fn permissions_of(scopes: &[Scope]) -> Vec<Permission> {
    let allowed = |permission: &&Permission| scopes.iter().any(|scope| scope.permissions().contains(permission));
    Permission::ALL.iter().filter(allowed).copied().collect()
}

/// Where a key is meant to be used: a label, which changes nothing about what it may do or what counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Environment {
    /// For customers.
    #[default]
    Live,
    /// For trying things out.
    Test,
}

impl Environment {
    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Live, Self::Test].into_iter().find(|environment| environment.as_str() == word)
    }
}

/// Longest grace of a rotation, in hours: a month.
pub const LONGEST_GRACE_HOURS: u32 = 24 * 30;

/// What is shown of a key, which is never its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyView {
    /// The key's id.
    pub id: KeyId,
    /// What it is called.
    pub name: String,
    /// Everything before the secret.
    pub prefix: String,
    /// The last four characters.
    pub last4: String,
    /// What it is given for.
    pub scopes: Vec<Scope>,
    /// Where it is meant to be used.
    pub environment: Environment,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends; `null` goes on until it is revoked.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used; `null` never was.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A key that was just made, with what is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedKeyView {
    /// The key.
    pub key: KeyView,
    /// The key's whole text. Shown once: `null` where the same request is repeated.
    pub secret: Option<String>,
}

/// The key that a rotation replaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviousKeyView {
    /// The key's id.
    pub id: KeyId,
    /// When it ends: at the end of the grace, or before where it would have ended anyway.
    pub expires_at: DateTime<Utc>,
}

/// A rotation: the new key, and until when the old one is good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotatedKeyView {
    /// The new key.
    pub key: KeyView,
    /// The new key's whole text. Shown once: `null` where the same request is repeated.
    pub secret: Option<String>,
    /// The old one.
    pub previous: PreviousKeyView,
}

/// What a verification found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Verdict {
    /// The key is good, for the scope too where one was asked for.
    Valid,
    /// There is no such key in the caller's organization.
    NotFound,
    /// It has ended.
    Expired,
    /// It lacks the scope.
    Forbidden,
    /// Its workspace is suspended.
    TenantSuspended,
}

impl Verdict {
    /// The same as a problem's code; `None` for a good key.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::Valid => None,
            Self::NotFound => Some(Code::NotFound),
            Self::Expired => Some(Code::Expired),
            Self::Forbidden => Some(Code::Forbidden),
            Self::TenantSuspended => Some(Code::TenantSuspended),
        }
    }
}

/// Is a key good? What it belongs to is told of the caller's own organization's keys alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyView {
    /// May it be let in?
    pub valid: bool,
    /// Why, or why not.
    pub code: Verdict,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization: Option<OrganizationId>,
    /// The workspace that it carries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<TenantId>,
    /// What it is given for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scopes: Option<Vec<Scope>>,
}

impl VerifyView {
    /// What is said of a key that is not the caller's organization's, whatever is the matter with it.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { valid: false, code: Verdict::NotFound, organization: None, tenant: None, scopes: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_given_what_decides_about_people_and_money() {
        let all = permissions_of(&Scope::ALL);
        for permission in
            [Permission::MemberInvite, Permission::BillingManage, Permission::TenantManage, Permission::PlanRead]
        {
            assert!(!all.contains(&permission), "{permission}");
        }
        assert!(permissions_of(&[Scope::Usage, Scope::Verify]).is_empty());
        assert_eq!(permissions_of(&[Scope::Dispatch]), [Permission::DispatchRun]);
    }

    #[test]
    fn words_are_read_back() {
        for scope in Scope::ALL {
            assert_eq!(Scope::from_word(scope.as_str()), Some(scope));
            assert_eq!(serde_json::to_value(scope).ok(), Some(scope.as_str().into()));
        }
        assert_eq!(Scope::from_word("admin"), None);
        assert_eq!(Environment::from_word("test"), Some(Environment::Test));
    }
}
