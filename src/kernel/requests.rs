//! What callers send: the bodies of requests before they are parsed.
//!
//! Every field may be missing here, so that one answer names everything that is wrong; an unknown field never passes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    dispatch::WhenFull,
    key::{Environment, Scope},
};

/// What a person sends to sign up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignUp {
    /// What they are called: 1–100 characters.
    #[cfg_attr(feature = "openapi", schema(required, max_length = 100))]
    pub name: String,
    /// Their e-mail address.
    #[cfg_attr(feature = "openapi", schema(required, format = "email", max_length = 254))]
    pub email: String,
    /// The password that they choose: 10–128 characters, not a common one.
    #[cfg_attr(feature = "openapi", schema(required, format = "password", min_length = 10, max_length = 128))]
    pub password: String,
}

/// What a person sends to sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// Their e-mail address.
    #[cfg_attr(feature = "openapi", schema(required, format = "email", max_length = 254))]
    pub email: String,
    /// Their password.
    #[cfg_attr(feature = "openapi", schema(required, format = "password", max_length = 128))]
    pub password: String,
}

/// What a person sends who has forgotten their password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForgotPassword {
    /// The account's e-mail address.
    #[cfg_attr(feature = "openapi", schema(required, format = "email", max_length = 254))]
    pub email: String,
}

/// What a person sends to choose another password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetPassword {
    /// The token of the link in the mail.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub token: String,
    /// The password that they choose: 10–128 characters, not a common one.
    #[cfg_attr(feature = "openapi", schema(required, format = "password", min_length = 10, max_length = 128))]
    pub password: String,
}

/// What a person sends to prove their e-mail address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyEmail {
    /// The token of the link in the mail.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub token: String,
}

/// What a person sends to make an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateOrganization {
    /// What it is called: 1–100 characters.
    #[cfg_attr(feature = "openapi", schema(required, max_length = 100))]
    pub name: String,
    /// The plan's id; Free where none is named.
    pub plan: Option<String>,
    /// Its part of an address, 3–40 of `[a-z0-9-]`; one is made from the name where none is named.
    #[cfg_attr(feature = "openapi", schema(min_length = 3, max_length = 40))]
    pub slug: Option<String>,
}

/// What a person sends to act elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwitchTo {
    /// The organization, by id or slug.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub organization: String,
    /// The workspace, by id or slug; the first one where none is named.
    pub tenant: Option<String>,
}

/// What an admin sends to change the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePlan {
    /// The plan's id.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub plan: String,
}

/// What a caller sends to dispatch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DispatchRequest {
    /// The tool, by name or id.
    #[cfg_attr(feature = "openapi", schema(required, max_length = 64))]
    pub tool: String,
    /// What it is asked to do: 1–64 characters.
    #[cfg_attr(feature = "openapi", schema(required, max_length = 64))]
    pub action: String,
    /// What it is given: any JSON of at most 256 KiB and 32 levels.
    pub payload: Value,
    /// What happens while every slot is taken.
    pub when_full: WhenFull,
}

/// What a caller sends to ask whether a dispatch would be allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckRequest {
    /// The tool, by name or id.
    #[cfg_attr(feature = "openapi", schema(required, max_length = 64))]
    pub tool: String,
}

/// What a caller sends to make an API key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateKey {
    /// What it is called: 1–100 characters.
    #[cfg_attr(feature = "openapi", schema(required, max_length = 100))]
    pub name: String,
    /// What it is given for; at least one.
    #[cfg_attr(feature = "openapi", schema(required, min_items = 1))]
    pub scopes: Vec<Scope>,
    /// Where it is meant to be used.
    pub environment: Environment,
    /// When it ends; it goes on until it is revoked where nothing is named.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a caller sends to rotate an API key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotateKey {
    /// Hours for which the old key stays good: 0–720; 24 where nothing is named.
    #[cfg_attr(feature = "openapi", schema(maximum = 720))]
    pub grace_period_hours: Option<u32>,
}

/// What a gateway sends to ask whether a key is good.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyKey {
    /// The key's whole text.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub key: String,
    /// The scope that it must have.
    pub scope: Option<Scope>,
}

impl std::fmt::Debug for VerifyKey {
    /// Without the key.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("VerifyKey").field("scope", &self.scope).finish_non_exhaustive()
    }
}
