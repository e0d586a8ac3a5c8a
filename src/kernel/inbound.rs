//! Inbound webhooks: how their senders sign, what is shown of them, and of what has come.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use crate::tool::PreviousSecretView;
use crate::{Code, InboundId, JobId, ReceiptId, requests::present};

/// How many inbound webhooks a tenant may have.
pub const MOST_INBOUND: u32 = 1_000;

/// How many networks an allowlist may name.
pub const MOST_NETWORKS: usize = 100;

/// Largest body that is let in, in bytes.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// How far a message's time may be from now, in seconds, in both directions.
pub const WINDOW_SECONDS: i64 = 300;

/// Characters of a body that a receipt shows.
pub const SHOWN_CHARACTERS: usize = 2_048;

/// How messages are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scheme {
    /// Standard Webhooks: id, time and body.
    Standard,
    /// Stripe: time and body.
    Stripe,
    /// `X-Hub-Signature-256`, as GitHub and many others have it: the body alone.
    HmacSha256,
}

impl Scheme {
    /// Every scheme, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Stripe, Self::HmacSha256];

    /// The word in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Stripe => "stripe",
            Self::HmacSha256 => "hmac-sha256",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == word)
    }
}

/// What a caller sends to make an inbound webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboundRequest {
    /// What it is called: 1–100 characters.
    #[cfg_attr(feature = "openapi", schema(required, max_length = 100))]
    pub name: String,
    /// How messages are signed.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Scheme))]
    pub scheme: Option<Scheme>,
    /// Networks that may send, in CIDR notation; none is everybody.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub allowlist: Vec<String>,
    /// The tool that becomes a job for each message, by name or id.
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub tool: Option<String>,
}

/// What a caller sends to change an inbound webhook: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboundChange {
    /// What it is called: 1–100 characters.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false, max_length = 100))]
    pub name: Option<String>,
    /// Networks that may send, in CIDR notation; none is everybody.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, required = false, max_items = 100))]
    pub allowlist: Option<Vec<String>>,
    /// The tool that becomes a job for each message, by name or id; `null` is none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 64))]
    pub tool: Option<Option<String>>,
}

/// What a caller sends to give an inbound webhook another secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotateInbound {
    /// Hours for which the old secret stays good: 0–720; 24 where nothing is named.
    #[cfg_attr(feature = "openapi", schema(maximum = 720))]
    pub grace_period_hours: Option<u32>,
}

/// What is shown of an inbound webhook, which is never its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboundView {
    /// The webhook's id.
    pub id: InboundId,
    /// What it is called.
    pub name: String,
    /// How messages are signed.
    pub scheme: Scheme,
    /// Networks that may send; none is everybody.
    pub allowlist: Vec<String>,
    /// The tool that becomes a job for each message: its name, or its id where it is no more. `null` is none.
    pub tool: Option<String>,
    /// Where messages are sent.
    pub url: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// An inbound webhook that was just made, with what is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedInboundView {
    /// The webhook.
    pub webhook: InboundView,
    /// What the sender signs with: `whsec_` and base64. Shown once: `null` where the same request is repeated.
    pub secret: Option<String>,
}

/// A rotation: the new secret, and until when the old one is good too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotatedInboundView {
    /// The webhook.
    pub webhook: InboundView,
    /// The new secret. Shown once: `null` where the same request is repeated.
    pub secret: Option<String>,
    /// The old one.
    pub previous: PreviousSecretView,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Outcome {
    /// It was let in.
    Accepted,
    /// It had been let in before, and had no effect.
    Repeated,
    /// It was turned away.
    Refused,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Repeated, Self::Refused];

    /// The word in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Repeated => "repeated",
            Self::Refused => "refused",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// What has come: a message that was let in, or all of an hour that met the same rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptView {
    /// The receipt's id.
    pub id: ReceiptId,
    /// What became of it.
    pub outcome: Outcome,
    /// The code of the rule that turned it away.
    pub code: Option<Code>,
    /// How many: one that was let in, or all of the hour.
    pub count: u64,
    /// Where the last of them came from.
    pub address: String,
    /// What the sender calls the message.
    pub message: Option<String>,
    /// What the message is about: its `type`.
    pub kind: Option<String>,
    /// Bytes of the body.
    pub bytes: Option<u32>,
    /// The job that it became.
    pub job: Option<JobId>,
    /// The first 2,048 characters of the body, where it became no job and is still kept.
    pub body: Option<String>,
    /// When the first of them came.
    pub received_at: DateTime<Utc>,
    /// When the last of them came.
    pub last_at: DateTime<Utc>,
}

/// What a sender is told of a message that was let in, now or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArrivalView {
    /// The receipt's id.
    pub id: ReceiptId,
    /// The job that it became.
    pub job: Option<JobId>,
    /// When it was let in.
    pub received_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for scheme in Scheme::ALL {
            assert_eq!(Scheme::from_word(scheme.as_str()), Some(scheme));
            assert_eq!(serde_json::to_value(scheme).ok(), Some(scheme.as_str().into()));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_word(outcome.as_str()), Some(outcome));
            assert_eq!(serde_json::to_value(outcome).ok(), Some(outcome.as_str().into()));
        }
        assert_eq!((Scheme::from_word("none"), Outcome::from_word("none")), (None, None));
    }

    #[test]
    fn a_change_tells_no_tool_from_nothing_said_of_one() {
        let read = |text: &str| serde_json::from_str::<InboundChange>(text);
        assert_eq!(read("{}").ok(), Some(InboundChange::default()));
        assert_eq!(read(r#"{"tool": null}"#).expect("right").tool, Some(None));
        assert_eq!(read(r#"{"tool": "echo"}"#).expect("right").tool, Some(Some("echo".into())));
        for wrong in [r#"{"name": null}"#, r#"{"allowlist": null}"#, r#"{"scheme": "stripe"}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
