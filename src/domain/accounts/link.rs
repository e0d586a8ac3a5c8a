//! Links in mails: what each is good for, once. A link's token is its id and the installation's signature of it, so no table
//! holds one and a copy of the tables opens nothing; a token that was made up costs no query.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::sql_mail;
use crate::{Keyring, db::DbError};

/// Bytes of an id.
const ID: usize = 16;

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    /// Choosing another password.
    Reset,
    /// Proving the address.
    Verify,
    /// Letting an account go to another address, from the one that it has.
    Leave,
    /// Taking an account in, at its new address.
    Arrive,
}

impl Purpose {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Verify => "verify",
            Self::Leave => "leave",
            Self::Arrive => "arrive",
        }
    }

    /// How long a link works after it was sent.
    pub const fn lifetime(self) -> TimeDelta {
        match self {
            Self::Reset => TimeDelta::minutes(30),
            Self::Verify | Self::Leave | Self::Arrive => TimeDelta::hours(24),
        }
    }

    const fn page(self) -> &'static str {
        match self {
            Self::Reset => "/reset-password",
            Self::Verify | Self::Leave | Self::Arrive => "/verify-email",
        }
    }

    /// A token for one purpose is none for the other.
    const fn signed_as(self) -> &'static str {
        match self {
            Self::Reset => "accounts/link/reset",
            Self::Verify => "accounts/link/verify",
            Self::Leave => "accounts/link/leave",
            Self::Arrive => "accounts/link/arrive",
        }
    }
}

/// A link, without its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// What the database knows it by.
    pub id: Uuid,
    /// What it is good for.
    pub purpose: Purpose,
}

impl Link {
    /// The path of its page, with the token.
    pub fn path(self, keyring: &Keyring) -> String {
        format!("{}?token={}", self.purpose.page(), self.token(keyring))
    }

    fn token(self, keyring: &Keyring) -> String {
        let signature = keyring.sign(self.purpose.signed_as(), self.id.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode([self.id.as_bytes().as_slice(), &signature].concat())
    }

    /// The link of a token; `None` for what the installation has not made for this purpose.
    pub fn read(keyring: &Keyring, purpose: Purpose, token: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.trim()).ok()?;
        let (id, signature) = bytes.split_first_chunk::<ID>()?;
        let own = keyring.verify(purpose.signed_as(), id, signature);
        own.then(|| Self { id: Uuid::from_bytes(*id), purpose })
    }
}

/// Lets the time of a link begin, if it was not used yet.
pub(crate) async fn begin(connection: &mut PgConnection, link: Link) -> Result<(), DbError> {
    sql_mail::extend_token(connection, link.id, link.purpose.lifetime()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::secret::InstallationSecret;

    fn keyring(text: &str) -> Keyring {
        Keyring::of(&InstallationSecret::from_text(&text.repeat(32)).expect("long enough"))
    }

    #[test]
    fn a_token_is_its_own_installations_for_one_purpose() {
        let link = Link { id: Uuid::from_u128(7), purpose: Purpose::Reset };
        let token = link.token(&keyring("a"));
        assert_eq!(Link::read(&keyring("a"), Purpose::Reset, &token), Some(link));
        assert_eq!(Link::read(&keyring("a"), Purpose::Verify, &token), None);
        assert_eq!(Link::read(&keyring("b"), Purpose::Reset, &token), None);
    }

    #[test]
    fn what_was_made_up_is_none() {
        let token = Link { id: Uuid::from_u128(7), purpose: Purpose::Reset }.token(&keyring("a"));
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&token).expect("a token");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            for wrong in [&changed[..], &bytes[..at]] {
                let wrong = BASE64_URL_SAFE_NO_PAD.encode(wrong);
                assert_eq!(Link::read(&keyring("a"), Purpose::Reset, &wrong), None, "byte {at}");
            }
        }
        for wrong in ["", "x", "…", "a token"] {
            assert_eq!(Link::read(&keyring("a"), Purpose::Reset, wrong), None, "{wrong}");
        }
    }
}
