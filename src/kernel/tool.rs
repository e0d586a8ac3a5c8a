//! Tools: what they are, and what is shown of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ToolId;

/// How many tools a tenant may have, the built-in ones among them.
pub const MOST_TOOLS: u32 = 1_000;

/// Seconds that a run may take where nothing is named.
pub const TIMEOUT_SECONDS: i32 = 60;

/// Longest time-out of a tool, in seconds: a day.
pub const LONGEST_TIMEOUT_SECONDS: i32 = 86_400;

/// Longest address of a tool, in bytes.
pub const LONGEST_URL: usize = 2_048;

/// What kind of thing a tool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ToolKind {
    /// Part of Tenantry.
    Builtin,
    /// It lives elsewhere: its jobs are sent to its address.
    Webhook,
}

impl ToolKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Builtin, Self::Webhook];

    /// The word in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Webhook => "webhook",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Something that can be dispatched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolView {
    /// The tool's id.
    pub id: ToolId,
    /// What a dispatch calls it.
    pub name: String,
    /// What kind of thing it is.
    pub kind: ToolKind,
    /// Where a webhook's jobs are sent; a built-in tool has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// The feature that a plan must grant; `null` needs none.
    pub feature: Option<String>,
    /// Seconds that a run may take.
    pub timeout_seconds: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A tool that was just made, with what is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedToolView {
    /// The tool.
    pub tool: ToolView,
    /// What its jobs are signed with: `whsec_` and base64. Shown once: `null` where the same request is repeated.
    pub secret: Option<String>,
}

/// The secret that a rotation replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviousSecretView {
    /// Until when jobs are signed with it too.
    pub expires_at: DateTime<Utc>,
}

/// A rotation: the new secret, and until when the old one signs too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotatedToolView {
    /// The tool.
    pub tool: ToolView,
    /// The new secret: `whsec_` and base64. Shown once: `null` where the same request is repeated.
    pub secret: Option<String>,
    /// The old one.
    pub previous: PreviousSecretView,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for kind in ToolKind::ALL {
            assert_eq!(ToolKind::from_word(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.as_str().into()));
        }
        assert_eq!(ToolKind::from_word("plugin"), None);
    }
}
