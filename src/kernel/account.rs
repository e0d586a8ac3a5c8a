//! Views of an account: its tokens and the devices that are signed in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{SessionId, SigningKeyId};

/// A pair of tokens, shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokensView {
    /// A JWT (EdDSA) for `Authorization: Bearer`. It names its session and stops with it.
    pub access_token: String,
    /// Seconds until it ends.
    pub expires_in: u32,
    /// What gets the next pair, once.
    pub refresh_token: String,
}

impl std::fmt::Debug for TokensView {
    /// Without the tokens.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TokensView").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// A device that is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionView {
    /// The session's id.
    pub id: SessionId,
    /// What it is, as far as it says: `Firefox on Linux`.
    pub device: String,
    /// The address from which it was used last; `null` where nobody knows.
    pub address: Option<String>,
    /// Is it the one that asks?
    pub current: bool,
    /// When its person signed in.
    pub created_at: DateTime<Utc>,
    /// When it was used last; some minutes old at most.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends in any case; one that is not used ends earlier.
    pub expires_at: DateTime<Utc>,
}

/// A key that access tokens are signed with, as whoever runs the installation sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyView {
    /// Its id, which is the tokens' `kid`.
    pub id: SigningKeyId,
    /// Does it sign?
    pub signs: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the last token that it signed ends; `null` for the one that signs.
    pub believed_until: Option<DateTime<Utc>>,
}
