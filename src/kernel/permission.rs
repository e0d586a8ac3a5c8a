//! Permissions and the built-in roles: one matrix, read by the server's guards and by the interface alike.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

// The words are token trees: what OpenAPI is made by does not see through a `literal` that a macro passes on.
macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $text:tt from $least:ident;)*) => {
        /// Something that a member may do, as `noun:verb`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Permission {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl Permission {
            /// Every permission, in the order of the matrix.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word of the contract, such as `dispatch:run`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The lowest standing that has it.
            #[must_use]
            pub const fn least(self) -> Standing {
                match self { $(Self::$variant => Standing::$least),* }
            }
        }
    };
}

permissions! {
    /// See jobs, their payloads and results.
    JobRead = "job:read" from Viewer;
    /// See tools.
    ToolRead = "tool:read" from Viewer;
    /// See what is used.
    UsageRead = "usage:read" from Viewer;
    /// See who belongs to the organization.
    MemberRead = "member:read" from Viewer;
    /// See the plan that is held.
    PlanRead = "plan:read" from Viewer;
    /// Dispatch a tool, and cancel a job.
    DispatchRun = "dispatch:run" from Operator;
    /// Add, change and remove tools.
    ToolManage = "tool:manage" from Operator;
    /// Add, change and remove webhooks.
    WebhookManage = "webhook:manage" from Operator;
    /// See API keys, never their secrets.
    KeyRead = "key:read" from Operator;
    /// Make, rotate and revoke API keys.
    KeyManage = "key:manage" from Admin;
    /// Invite members.
    MemberInvite = "member:invite" from Admin;
    /// Change members' roles.
    MemberManage = "member:manage" from Admin;
    /// Remove members.
    MemberRemove = "member:remove" from Admin;
    /// Make and change teams.
    TeamManage = "team:manage" from Admin;
    /// Make and change roles.
    RoleManage = "role:manage" from Admin;
    /// Choose and pay the plan.
    BillingManage = "billing:manage" from Admin;
    /// Open, suspend and close workspaces.
    TenantManage = "tenant:manage" from Admin;
    /// Change the organization's settings.
    OrganizationManage = "organization:manage" from Admin;
    /// Read the audit log.
    AuditRead = "audit:read" from Admin;
    /// Give the organization to another owner.
    OrganizationTransfer = "organization:transfer" from Owner;
    /// Delete the organization.
    OrganizationDelete = "organization:delete" from Owner;
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A built-in role, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// Reads.
    Viewer,
    /// Runs tools and sets them up.
    Operator,
    /// Decides about people, money and settings.
    Admin,
}

impl Role {
    /// Every built-in role, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The text names no built-in role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of viewer, operator, admin")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

/// A column of the matrix: a role, or the owner above them. Ordered from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// [`Role::Viewer`]
    Viewer,
    /// [`Role::Operator`]
    Operator,
    /// [`Role::Admin`]
    Admin,
    /// Who the organization belongs to.
    Owner,
}

impl Standing {
    /// Where a member stands: an owner stands above every role.
    #[must_use]
    pub const fn of(role: Role, owner: bool) -> Self {
        match role {
            _ if owner => Self::Owner,
            Role::Viewer => Self::Viewer,
            Role::Operator => Self::Operator,
            Role::Admin => Self::Admin,
        }
    }

    /// The matrix: does this standing have the permission?
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least()
    }

    /// All that this standing may do.
    #[must_use]
    pub fn permissions(self) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|permission| self.may(*permission)).collect()
    }
}

/// What the interface asks of a set of permissions, by the names of the first contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Can {
    /// Dispatch tools and cancel jobs.
    pub dispatch: bool,
    /// Change tools.
    pub manage_tools: bool,
    /// Change webhooks.
    pub manage_webhooks: bool,
    /// Make and revoke API keys.
    pub manage_keys: bool,
    /// Invite, change and remove members.
    pub manage_members: bool,
    /// Make and change teams.
    pub manage_teams: bool,
    /// Make and change roles.
    pub manage_roles: bool,
    /// Choose and pay the plan.
    pub manage_billing: bool,
    /// Open, suspend and close workspaces.
    pub manage_tenants: bool,
    /// Change the organization's settings.
    pub manage_organization: bool,
    /// Read the audit log.
    pub read_audit: bool,
}

impl Can {
    /// Reads the answers off a list of permissions.
    #[must_use]
    pub fn from_permissions(permissions: &[Permission]) -> Self {
        let may = |permission| permissions.contains(&permission);
        Self {
            dispatch: may(Permission::DispatchRun),
            manage_tools: may(Permission::ToolManage),
            manage_webhooks: may(Permission::WebhookManage),
            manage_keys: may(Permission::KeyManage),
            manage_members: may(Permission::MemberManage),
            manage_teams: may(Permission::TeamManage),
            manage_roles: may(Permission::RoleManage),
            manage_billing: may(Permission::BillingManage),
            manage_tenants: may(Permission::TenantManage),
            manage_organization: may(Permission::OrganizationManage),
            read_audit: may(Permission::AuditRead),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The matrix of the specification, written out once more so that a slip in the table above is seen.
    #[test]
    fn the_matrix_is_the_specified_one() {
        let viewer = ["job:read", "tool:read", "usage:read", "member:read", "plan:read"];
        let operator = ["dispatch:run", "tool:manage", "webhook:manage", "key:read"];
        let owner = ["organization:transfer", "organization:delete"];
        for permission in Permission::ALL {
            let word = permission.as_str();
            let least = if viewer.contains(&word) {
                Standing::Viewer
            } else if operator.contains(&word) {
                Standing::Operator
            } else if owner.contains(&word) {
                Standing::Owner
            } else {
                Standing::Admin
            };
            for standing in [Standing::Viewer, Standing::Operator, Standing::Admin, Standing::Owner] {
                assert_eq!(standing.may(*permission), standing >= least, "{word} as {standing:?}");
            }
        }
    }

    #[test]
    fn an_owner_stands_above_any_role() {
        for role in Role::ALL {
            assert_eq!(Standing::of(role, true).permissions().len(), Permission::ALL.len());
        }
    }
}
