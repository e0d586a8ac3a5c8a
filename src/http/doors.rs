//! Who may come in at each door of the API: the permission table. The tests try every door as everybody else, and
//! `tenantry verify isolation` with everybody else's things.

use tenantry_kernel::{Permission, permission::Standing};

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Anybody.
    Public,
    /// Whoever holds the token that was made for the very thing; no role and no key opens it.
    Token,
    /// Whoever is signed in, wherever they stand.
    SignedIn,
    /// A member of the organization; also while the workspace is suspended.
    Member,
    /// A member with the permission; also while the workspace is suspended.
    Organization(Permission),
    /// A member with the permission, while the workspace works.
    Tenant(Permission),
}

impl Door {
    /// Does it open for a member who stands there?
    #[must_use]
    pub fn opens_for(self, standing: Standing) -> bool {
        match self {
            Self::Public | Self::SignedIn | Self::Member => true,
            Self::Token => false,
            Self::Organization(permission) | Self::Tenant(permission) => standing.may(permission),
        }
    }

    /// Does it open by who somebody is?
    #[must_use]
    pub const fn asks_who(self) -> bool {
        !matches!(self, Self::Public | Self::Token)
    }

    /// Is there a place behind it, rather than a person alone?
    #[must_use]
    pub const fn has_place(self) -> bool {
        matches!(self, Self::Member | Self::Organization(_) | Self::Tenant(_))
    }
}

/// The permission table of the API: method, path, who may come in.
pub const DOORS: &[(&str, &str, Door)] = &[
    ("POST", "/api/v1/auth/sign-up", Door::Public),
    ("POST", "/api/v1/auth/sign-in", Door::Public),
    ("POST", "/api/v1/auth/password/forgot", Door::Public),
    ("POST", "/api/v1/auth/password/reset", Door::Public),
    ("POST", "/api/v1/auth/email/verify", Door::Public),
    ("GET", "/dev/mail", Door::Public),
    ("GET", "/api/v1/plans", Door::Public),
    ("POST", "/api/v1/auth/sign-out", Door::SignedIn),
    // Or whoever brings a refresh token, which is its own credential.
    ("POST", "/api/v1/auth/token", Door::SignedIn),
    ("GET", "/api/v1/auth/sessions", Door::SignedIn),
    ("DELETE", "/api/v1/auth/sessions/{id}", Door::SignedIn),
    ("GET", "/api/v1/auth/me", Door::SignedIn),
    ("GET", "/api/tenant/organizations", Door::SignedIn),
    ("POST", "/api/tenant/organizations", Door::SignedIn),
    ("PUT", "/api/tenant/organizations/current", Door::SignedIn),
    ("GET", "/api/tenant/organization", Door::Member),
    ("PATCH", "/api/tenant/organization", Door::Organization(Permission::OrganizationManage)),
    ("GET", "/api/tenant/role", Door::Member),
    ("GET", "/api/tenant/usage", Door::Organization(Permission::UsageRead)),
    ("GET", "/api/v1/subscription", Door::Organization(Permission::PlanRead)),
    ("PUT", "/api/v1/subscription", Door::Organization(Permission::BillingManage)),
    ("POST", "/api/v1/dispatch", Door::Tenant(Permission::DispatchRun)),
    ("POST", "/api/v1/dispatch/check", Door::Tenant(Permission::DispatchRun)),
    ("GET", "/api/v1/jobs", Door::Tenant(Permission::JobRead)),
    ("GET", "/api/v1/jobs/{id}", Door::Tenant(Permission::JobRead)),
    ("POST", "/api/v1/jobs/{id}/cancel", Door::Tenant(Permission::DispatchRun)),
    ("POST", "/api/v1/jobs/{id}/complete", Door::Token),
    ("GET", "/api/v1/tools", Door::Tenant(Permission::ToolRead)),
    ("POST", "/api/v1/tools", Door::Tenant(Permission::ToolManage)),
    ("GET", "/api/v1/tools/{id}", Door::Tenant(Permission::ToolRead)),
    ("PATCH", "/api/v1/tools/{id}", Door::Tenant(Permission::ToolManage)),
    ("DELETE", "/api/v1/tools/{id}", Door::Tenant(Permission::ToolManage)),
    ("POST", "/api/v1/tools/{id}/rotate", Door::Tenant(Permission::ToolManage)),
    ("GET", "/api/v1/events", Door::Tenant(Permission::JobRead)),
    ("POST", "/api/v1/usage/events", Door::Tenant(Permission::DispatchRun)),
    ("GET", "/api/v1/usage", Door::Organization(Permission::UsageRead)),
    ("GET", "/api/v1/keys", Door::Tenant(Permission::KeyRead)),
    ("POST", "/api/v1/keys", Door::Tenant(Permission::KeyManage)),
    ("POST", "/api/v1/keys/verify", Door::Tenant(Permission::KeyRead)),
    ("GET", "/api/v1/keys/{id}", Door::Tenant(Permission::KeyRead)),
    ("POST", "/api/v1/keys/{id}/rotate", Door::Tenant(Permission::KeyManage)),
    ("DELETE", "/api/v1/keys/{id}", Door::Tenant(Permission::KeyManage)),
    ("POST", "/hooks/{id}", Door::Public),
    ("GET", "/api/v1/webhooks/inbound", Door::Tenant(Permission::WebhookManage)),
    ("POST", "/api/v1/webhooks/inbound", Door::Tenant(Permission::WebhookManage)),
    ("GET", "/api/v1/webhooks/inbound/{id}", Door::Tenant(Permission::WebhookManage)),
    ("PATCH", "/api/v1/webhooks/inbound/{id}", Door::Tenant(Permission::WebhookManage)),
    ("DELETE", "/api/v1/webhooks/inbound/{id}", Door::Tenant(Permission::WebhookManage)),
    ("POST", "/api/v1/webhooks/inbound/{id}/rotate", Door::Tenant(Permission::WebhookManage)),
    ("GET", "/api/v1/webhooks/inbound/{id}/receipts", Door::Tenant(Permission::WebhookManage)),
    ("GET", "/api/v1/webhooks/inbound/receipts/{id}/body", Door::Tenant(Permission::WebhookManage)),
    ("GET", "/api/v1/webhooks/endpoints", Door::Tenant(Permission::WebhookManage)),
    ("POST", "/api/v1/webhooks/endpoints", Door::Tenant(Permission::WebhookManage)),
    ("GET", "/api/v1/webhooks/endpoints/{id}", Door::Tenant(Permission::WebhookManage)),
    ("PATCH", "/api/v1/webhooks/endpoints/{id}", Door::Tenant(Permission::WebhookManage)),
    ("DELETE", "/api/v1/webhooks/endpoints/{id}", Door::Tenant(Permission::WebhookManage)),
    ("POST", "/api/v1/webhooks/endpoints/{id}/rotate", Door::Tenant(Permission::WebhookManage)),
    ("POST", "/api/v1/webhooks/endpoints/{id}/test", Door::Tenant(Permission::WebhookManage)),
    ("GET", "/api/v1/webhooks/endpoints/{id}/deliveries", Door::Tenant(Permission::WebhookManage)),
    ("POST", "/api/v1/webhooks/endpoints/deliveries/{id}/replay", Door::Tenant(Permission::WebhookManage)),
];

/// Places in bodies whose values are unique across all customers and told to be taken: what is in an address is no secret.
/// An organization's address may be made from its name.
pub const PUBLIC_NAMES: &[(&str, &str)] = &[
    ("/api/tenant/organizations", "/slug"),
    ("/api/tenant/organizations", "/name"),
    ("/api/tenant/organization", "/slug"),
    ("/api/rpc/onboarding/organization", "/slug"),
    ("/api/rpc/onboarding/organization", "/name"),
    ("/api/rpc/settings/save", "/slug"),
];

/// Addresses with an id that is no secret by itself, and whose: what is sent there is judged by its signature, and that it was
/// refused is counted for its owner.
pub const PUBLIC_ADDRESSES: &[(&str, &str)] = &[("/hooks/{id}", "inbound webhook's id")];

/// The line of a door, or the sentence to read where there is none.
///
/// # Errors
/// The sentence.
pub fn door(method: &str, path: &str) -> Result<Door, String> {
    let line = DOORS.iter().find(|(known, at, _)| *known == method && *at == path);
    line.map(|(_, _, door)| *door).ok_or_else(|| {
        format!(
            "{method} {path} has no line in the permission table: say in src/http/doors.rs who may come in, and it is tried \
             as everybody else."
        )
    })
}
