//! What an access token says, and the reading of one: a JWT (RFC 7519) signed with EdDSA (RFC 8037), and nothing else.
//!
//! Only the form and the signature are judged here. Whether the token's time, key, family and session still stand is asked of
//! the database in the one look-up that finds out who it is, by the database's clock.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};
use tenantry_kernel::{SessionId, SigningKeyId, TenantId, TokenFamilyId, UserId};

use super::{ACCESS_LIFETIME, sql::Family};
use crate::{Services, Settings, access::AccessError};

/// The `typ` of an access token (RFC 9068), so that no other JWT of ours is ever taken for one.
pub(super) const TYPE: &str = "at+jwt";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    /// Who.
    pub sub: UserId,
    /// The session that it stands on.
    pub sid: SessionId,
    /// The family of the refresh token that came with it.
    pub family: TokenFamilyId,
    /// The tenant that it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    iat: i64,
    /// Seconds of the Unix epoch.
    pub exp: i64,
}

impl Claims {
    pub(super) fn new(services: &Services, family: &Family, now: DateTime<Utc>) -> Self {
        let issuer = issuer(&services.settings);
        Self {
            aud: issuer.clone(),
            iss: issuer,
            sub: family.user,
            sid: family.session,
            family: family.id,
            tenant: family.tenant,
            iat: now.timestamp(),
            exp: (now + ACCESS_LIFETIME).timestamp(),
        }
    }
}

/// The installation's address: who signs, and for whom.
fn issuer(settings: &Settings) -> String {
    settings.link("")
}

/// Reads a token, and answers what it says and which key has signed it.
///
/// # Errors
/// [`AccessError::Unauthenticated`] for whatever a key of this installation has not signed for it; the database, where the key
/// is not known yet.
pub(crate) async fn read(services: &Services, token: &str) -> Result<(Claims, SigningKeyId), AccessError> {
    let header = decode_header(token).map_err(|_| AccessError::Unauthenticated)?;
    let is_ours = header.alg == Algorithm::EdDSA && header.typ.as_deref() == Some(TYPE);
    let kid = header.kid.filter(|_| is_ours).and_then(|kid| kid.parse().ok()).ok_or(AccessError::Unauthenticated)?;
    let key = services.signing.public_key(services, kid).await?.ok_or(AccessError::Unauthenticated)?;
    let decoded = decode::<Claims>(token, key.decoding(), &validation(&services.settings));
    Ok((decoded.map_err(|_| AccessError::Unauthenticated)?.claims, kid))
}

/// The one algorithm, our name twice, and every claim: what is missing or of another type does not read. The time is the
/// database's to judge.
fn validation(settings: &Settings) -> Validation {
    let issuer = issuer(settings);
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    validation.set_audience(&[&issuer]);
    validation.set_issuer(&[&issuer]);
    validation.validate_exp = false;
    validation
}
