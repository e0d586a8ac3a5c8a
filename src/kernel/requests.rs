//! What callers send: the bodies of requests before they are parsed.
//!
//! Every field may be missing here, so that one answer names everything that is wrong; an unknown field never passes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{
    dispatch::WhenFull,
    endpoint::EventType,
    key::{Environment, Scope},
    money::CostEstimate,
    tool::ToolKind,
};

/// A field that may be left out, but is not `null` where it is there.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

/// What a tool sends that answers later.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompleteRequest {
    /// How it went: `succeeded` or `failed`.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub status: String,
    /// What came out: JSON, within the bounds of a payload.
    pub result: Option<Value>,
    /// Why it failed: up to 2,000 characters.
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub error: Option<String>,
    /// Tokens that were used.
    pub tokens_used: Option<u64>,
    /// API calls that were made.
    pub api_calls: Option<u64>,
    /// What it cost, in the currency's main unit, to six places.
    pub cost_estimate: Option<CostEstimate>,
}

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

/// What a program sends for tokens: nothing with a session, or the refresh token of the last pair.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRequest {
    /// The refresh token of the last pair, which ends with this.
    pub refresh_token: Option<String>,
}

impl std::fmt::Debug for TokenRequest {
    /// Without the token.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TokenRequest").finish_non_exhaustive()
    }
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

/// What an admin sends to change an organization's settings: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizationChange {
    /// What it is called: 1–100 characters.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false, max_length = 100))]
    pub name: Option<String>,
    /// The name by which programs and commands call it, 3–40 of `[a-z0-9-]`. The old one is anybody's at once; workspaces keep
    /// their own.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false, min_length = 3, max_length = 40))]
    pub slug: Option<String>,
    /// Whose midnight begins the day of API calls: a name of the IANA time zone database. The day that runs goes on to the
    /// first midnight there at or after its end.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false))]
    pub time_zone: Option<String>,
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

/// What a caller sends to make a tool that lives elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolRequest {
    /// What a dispatch calls it: 1–64 characters, unlike every other tool's of the workspace.
    #[cfg_attr(feature = "openapi", schema(required, max_length = 64))]
    pub name: String,
    /// What kind of thing it is; `webhook` is what can be made.
    #[cfg_attr(feature = "openapi", schema(required, value_type = ToolKind))]
    pub kind: Option<ToolKind>,
    /// Where its jobs are sent: http or https, at most 2,048 characters.
    #[cfg_attr(feature = "openapi", schema(required, format = "uri", max_length = 2048))]
    pub url: String,
    /// The feature that a plan must grant; none where none is named.
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub feature: Option<String>,
    /// Seconds that a run may take: 1–86,400; 60 where nothing is named.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 86400))]
    pub timeout_seconds: Option<i64>,
}

/// What a caller sends to change a tool: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolChange {
    /// What a dispatch calls it: 1–64 characters.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false, max_length = 64))]
    pub name: Option<String>,
    /// Where a webhook's jobs are sent: http or https, at most 2,048 characters.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false, format = "uri", max_length = 2048))]
    pub url: Option<String>,
    /// The feature that a plan must grant; `null` needs none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 64))]
    pub feature: Option<Option<String>>,
    /// Seconds that a run may take: 1–86,400.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64, required = false, minimum = 1, maximum = 86400))]
    pub timeout_seconds: Option<i64>,
}

/// What a caller sends to give a tool another secret: nothing, so that nothing is taken for heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotateTool {}

/// What a caller sends to make an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointRequest {
    /// Where messages are sent: http or https, at most 2,048 characters.
    #[cfg_attr(feature = "openapi", schema(required, format = "uri", max_length = 2048))]
    pub url: String,
    /// What it is told of; at least one.
    #[cfg_attr(feature = "openapi", schema(required, min_items = 1))]
    pub events: Vec<EventType>,
    /// What it is for: up to 100 characters; nothing where nothing is said.
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub description: Option<String>,
}

/// What a caller sends to change an endpoint: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointChange {
    /// Where messages are sent: http or https, at most 2,048 characters.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false, format = "uri", max_length = 2048))]
    pub url: Option<String>,
    /// What it is told of; at least one.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<EventType>, required = false, min_items = 1))]
    pub events: Option<Vec<EventType>>,
    /// What it is for: up to 100 characters.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false, max_length = 100))]
    pub description: Option<String>,
    /// Whether it is told anything. What happens while it is not is never told; what waited is dropped.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = bool, required = false))]
    pub enabled: Option<bool>,
}

/// What a caller sends to rotate an endpoint's secret, send a trial or ask for a message again: nothing, so that nothing is
/// taken for heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoWish {}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_tells_what_is_left_out_from_what_is_taken_away() {
        let read = |text: &str| serde_json::from_str::<ToolChange>(text);
        assert_eq!(read("{}").ok(), Some(ToolChange::default()));
        assert_eq!(read(r#"{"feature": null}"#).expect("right").feature, Some(None));
        assert_eq!(read(r#"{"feature": "basic"}"#).expect("right").feature, Some(Some("basic".into())));
        for wrong in [r#"{"name": null}"#, r#"{"url": null}"#, r#"{"timeout_seconds": null}"#, r#"{"kind": "webhook"}"#]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_change_is_written_as_it_is_read() {
        let change = ToolChange { feature: Some(None), name: Some("crm".into()), ..ToolChange::default() };
        let text = serde_json::to_string(&change).expect("serialises");
        assert_eq!(text, r#"{"name":"crm","feature":null}"#);
        assert_eq!(serde_json::from_str::<ToolChange>(&text).ok(), Some(change));
    }
}
