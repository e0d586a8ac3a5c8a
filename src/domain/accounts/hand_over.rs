//! The hand-over: how a session of the main host becomes one on a tenant's host, where its cookie does not reach.
//!
//! The browser that wants in keeps a nonce on the tenant's host and carries its hash, the challenge, to the main host. There
//! it gets a code for that challenge, and brings it back. The code alone is worth nothing: whoever sends somebody else a
//! link with a code of their own would sign them in as themselves, were it not for the nonce.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use tenantry_kernel::{SessionId, TenantId, text::Slug};

use super::{NewSession, SessionToken, session, sql_hosts};
use crate::{Services, db::DbError};

/// How long a code may be on its way.
pub const LIFETIME: TimeDelta = TimeDelta::seconds(30);

/// Random bytes of a nonce and of a code.
const BYTES: usize = 32;

/// What the browser holds on the tenant's host while it is handed over. It never leaves that host.
#[derive(Clone, PartialEq, Eq)]
pub struct Nonce(String);

/// The nonce's hash: what the browser shows to the main host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

/// What the browser carries from the main host to the tenant's.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryCode(String);

impl std::fmt::Debug for Nonce {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Nonce(…)")
    }
}

impl std::fmt::Debug for EntryCode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("EntryCode(…)")
    }
}

impl Nonce {
    /// A new one.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        Self(fresh(services))
    }

    /// Reads a cookie's value; `None` for what can be none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        bytes(text).map(|_| Self(text.to_owned()))
    }

    /// The text for the cookie.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the main host may know of it.
    #[must_use]
    pub fn challenge(&self) -> Challenge {
        Challenge(hash(&self.0))
    }
}

impl Challenge {
    /// Reads an address' part; `None` for what can be none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        bytes(text).map(Self)
    }
}

impl std::fmt::Display for Challenge {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl EntryCode {
    /// Reads a form's field; `None` for what can be no code, so a forged one costs no query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        bytes(text).map(|_| Self(text.to_owned()))
    }

    /// The text for the address that leads back.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Makes a code by which a session of the main host enters a tenant's host once. That its person belongs to the tenant, the
/// caller has found out; when the code is used it is looked at again.
///
/// # Errors
/// When the database is away.
pub async fn issue(
    services: &Services,
    session: SessionId,
    tenant: TenantId,
    challenge: Challenge,
) -> Result<EntryCode, DbError> {
    let code = EntryCode(fresh(services));
    let mut connection = services.db.platform().await?;
    sql_hosts::insert_entry_code(&mut connection, &hash(&code.0), session, tenant, &challenge.0, LIFETIME).await?;
    Ok(code)
}

/// Uses a code up, and starts the session of a tenant's host; `device` is what the browser calls itself. `None` where the
/// code is unknown, used, late, for another host or another browser, or of a session that has ended.
///
/// # Errors
/// When the database is away.
pub async fn redeem(
    services: &Services,
    code: &EntryCode,
    host: &Slug,
    nonce: &Nonce,
    device: &str,
) -> Result<Option<NewSession>, DbError> {
    let (id, token) = (services.new_id(), SessionToken::new(services));
    let entry = sql_hosts::Entry {
        code_hash: &hash(&code.0),
        host,
        challenge: &nonce.challenge().0,
        session: id,
        token_hash: &token.hash(),
        device: session::shortened(device),
    };
    let expires_at = sql_hosts::enter_host(&mut *services.db.platform().await?, &entry, LIFETIME).await?;
    Ok(expires_at.map(|expires_at| NewSession { id, token, expires_at }))
}

fn fresh(services: &Services) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(services.entropy.bytes::<BYTES>())
}

fn bytes(text: &str) -> Option<[u8; BYTES]> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// Of 256 random bits a plain hash cannot be turned around.
fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_none_is_none() {
        let text = BASE64_URL_SAFE_NO_PAD.encode([7; BYTES]);
        assert!(
            Nonce::parse(&text).is_some() && EntryCode::parse(&text).is_some() && Challenge::parse(&text).is_some()
        );
        for wrong in ["", "x", &text[1..], &format!("{text}A"), &format!("{text}=")] {
            assert!(Nonce::parse(wrong).is_none() && EntryCode::parse(wrong).is_none(), "{wrong}");
            assert!(Challenge::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_challenge_travels_as_text_and_tells_nothing_of_its_nonce() {
        let nonce = Nonce(BASE64_URL_SAFE_NO_PAD.encode([7; BYTES]));
        let text = nonce.challenge().to_string();
        assert_eq!(Challenge::parse(&text), Some(nonce.challenge()));
        assert_ne!(text, nonce.reveal());
        assert_eq!(format!("{nonce:?}"), "Nonce(…)");
    }
}
