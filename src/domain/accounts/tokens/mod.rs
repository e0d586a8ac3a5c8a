//! Tokens of programs that act for a person: a JWT of a quarter of an hour, and a refresh token that gets the next pair once.
//!
//! Both stand on a session and end with it. Refresh tokens come in families: each use makes the next generation, and an older
//! one that is shown again was stolen or copied, so its family ends, with the access tokens of it. Only a client that shows the
//! last one again within seconds, because it lost the answer or asked twice, gets the same answer.

mod claims;
mod refresh;
mod signing;
mod sql;

use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use tenantry_kernel::{Problem, account::TokensView};

pub(crate) use claims::{Claims, read};
pub use signing::{KeyRing, PublicKey, Rotation, jwks, rotate, signing_keys};

use super::Client;
use crate::{
    Services,
    access::{AccessError, Visitor},
    db::DbError,
    rate::Neighbour,
};
use refresh::RefreshToken;
use sql::Family;

/// How long an access token is good for.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// How long the last refresh token gets its answer again.
pub const GRACE: TimeDelta = TimeDelta::seconds(10);

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The session or the refresh token is none, or has ended.
    #[error("nothing that tokens could stand on")]
    Unauthenticated,
    /// A token makes no other: a stolen one would live for ever.
    #[error("an access token gets no tokens")]
    ByToken,
    /// The key that signs cannot be opened or used.
    #[error("the signing key cannot be used")]
    Unsignable,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        use tenantry_kernel::Code;
        match error {
            TokenError::Unauthenticated => AccessError::Unauthenticated.into(),
            TokenError::ByToken => Self::new(Code::Forbidden, "An access token gets no other tokens.")
                .with_fix("Use the refresh token of the last pair, or a session."),
            TokenError::Unsignable => {
                tracing::error!(
                    "The key that signs access tokens cannot be opened: was the installation's secret replaced?"
                );
                Self::new(Code::Internal, "Something went wrong on our side.")
            }
            TokenError::Db(error) => error.into(),
        }
    }
}

/// Makes the first pair of a family for the visitor's session, in the tenant where they stand.
///
/// # Errors
/// For a visitor who came by a token, [`TokenError::ByToken`]; the database.
pub async fn issue(services: &Services, visitor: &Visitor, client: Client<'_>) -> Result<TokensView, TokenError> {
    if visitor.principal.by_token {
        return Err(TokenError::ByToken);
    }
    let tenant = visitor.place.as_ref().map(|place| place.tenant);
    let family = Family {
        id: services.new_id(),
        session: visitor.principal.session,
        user: visitor.user(),
        tenant,
        generation: 0,
    };
    let mut connection = services.db.platform().await?;
    sql::insert_family(&mut connection, &family, &fingerprint(client)).await?;
    pair(services, &mut connection, &family).await
}

/// Takes a refresh token for the next pair.
///
/// # Errors
/// [`TokenError::Unauthenticated`] for one that is none, was used before, or whose session has ended; the database.
pub async fn refresh(services: &Services, token: &str, client: Client<'_>) -> Result<TokensView, TokenError> {
    let token = RefreshToken::read(&services.keyring, token).ok_or(TokenError::Unauthenticated)?;
    let client = fingerprint(client);
    let mut connection = services.db.platform().await?;
    let next = match sql::rotate(&mut connection, token, &client).await? {
        Some(next) => Some(next),
        // Used before: the same answer to the one who has just asked, the end of the family to anybody else.
        None => sql::again(&mut connection, token, &client, GRACE).await?,
    };
    match next {
        Some(family) => {
            services.sightings.note(services, family.session, None);
            pair(services, &mut connection, &family).await
        }
        None => {
            if sql::end_family(&mut connection, token.family).await? {
                tracing::warn!(family.id = %token.family, "A refresh token was shown twice; its family has ended.");
            }
            Err(TokenError::Unauthenticated)
        }
    }
}

async fn pair(
    services: &Services,
    connection: &mut sqlx::PgConnection,
    family: &Family,
) -> Result<TokensView, TokenError> {
    let (key, now) = signing::current(services, connection).await?;
    let claims = Claims::new(services, family, now);
    Ok(TokensView {
        access_token: key.sign(&claims).ok_or(TokenError::Unsignable)?,
        expires_in: u32::try_from(ACCESS_LIFETIME.num_seconds()).unwrap_or_default(),
        refresh_token: RefreshToken::of(family).text(&services.keyring),
    })
}

/// What tells a client from another: what it calls itself, and whom its address is shared with.
fn fingerprint(client: Client<'_>) -> [u8; 32] {
    let from = client.address.map(|address| format!("{:?}", Neighbour::from(address))).unwrap_or_default();
    Sha256::digest(format!("{}\n{from}", client.device)).into()
}
