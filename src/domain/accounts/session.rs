//! Sessions: the database holds a hash, the browser the token, and a sign-in always makes a new one.

use std::net::IpAddr;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use tenantry_kernel::{SessionId, TenantId, UserId};

use super::{Client, sql};
use crate::{Services, db::DbError};

/// How long a session lives at most; one that nobody uses for two weeks ends before (`platform.live_sessions`).
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;

/// Longest description of a device that is kept, in bytes.
const DEVICE_BYTES: usize = 256;

/// What the browser holds; never written down, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SessionToken(…)")
    }
}

impl SessionToken {
    /// A new one.
    pub(super) fn new(services: &Services) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(services.entropy.bytes::<TOKEN_BYTES>()))
    }

    /// Reads a cookie's value; `None` for what cannot be a token, so a forged cookie costs no query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == TOKEN_BYTES).then(|| Self(text.to_owned()))
    }

    /// The text for the cookie.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database knows it by. A token has 256 random bits, so a plain hash cannot be turned around.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// A session that was just made.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// What the browser is to hold.
    pub token: SessionToken,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Starts a session for a client.
pub(crate) async fn start(
    services: &Services,
    connection: &mut PgConnection,
    user: UserId,
    client: impl Into<Client<'_>>,
) -> Result<NewSession, DbError> {
    let client = client.into();
    let client = Client { device: shortened(client.device), ..client };
    let token = SessionToken::new(services);
    let id = services.new_id();
    let expires_at = sql::insert_session(connection, id, user, &token.hash(), client, LIFETIME).await?;
    Ok(NewSession { id, token, expires_at })
}

/// As much of a device's description as is kept.
pub(super) fn shortened(device: &str) -> &str {
    &device[..device.floor_char_boundary(DEVICE_BYTES)]
}

/// Ends a session by its token, and its kin on other hosts.
pub(super) async fn end(connection: &mut PgConnection, token: &SessionToken) -> Result<(), DbError> {
    sql::revoke_session(connection, &token.hash()).await
}

/// Notes that sessions were used, and from where.
pub(crate) async fn seen(
    connection: &mut PgConnection,
    sessions: &[(SessionId, Option<IpAddr>)],
) -> Result<(), DbError> {
    sql::touch_sessions(connection, sessions).await
}

/// Lets a session act in a tenant from now on. Whether the person belongs there, the caller has found out.
pub(crate) async fn act_in(connection: &mut PgConnection, session: SessionId, tenant: TenantId) -> Result<(), DbError> {
    sql::set_current_tenant(connection, session, tenant).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_token_is_none() {
        let token = BASE64_URL_SAFE_NO_PAD.encode([7; TOKEN_BYTES]);
        assert!(SessionToken::parse(&token).is_some());
        for text in ["", "x", &token[1..], &format!("{token}A"), "'; drop table users --"] {
            assert!(SessionToken::parse(text).is_none(), "{text}");
        }
        assert_eq!(format!("{:?}", SessionToken::parse(&token).expect("a token")), "SessionToken(…)");
    }
}
