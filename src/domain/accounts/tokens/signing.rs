//! The keys that access tokens are signed with. One signs; those before it are believed until what they signed has ended, so
//! that a rotation is noticed by nobody. A private key lies sealed in the database and is opened to sign.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use serde_json::{Value, json};
use sqlx::PgConnection;
use tenantry_kernel::{SigningKeyId, account::SigningKeyView};
use uuid::Uuid;

use super::{TokenError, claims::TYPE, sql};
use crate::{Keyring, Services, access::Operator, db::DbError, keyring::Place};

/// Keys that are remembered at most; there are never more than a few.
const MOST_REMEMBERED: usize = 64;

/// What happens to the keys before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// What they signed is good until it ends by itself.
    Graceful,
    /// Nothing that they signed is good any more: one of them may be in other hands.
    AtOnce,
}

/// A public key, by which what its private one signed is known.
pub struct PublicKey(DecodingKey);

impl PublicKey {
    pub(super) const fn decoding(&self) -> &DecodingKey {
        &self.0
    }
}

/// The public keys that a process has met. A key's bytes never change, so what is remembered is never wrong; whether it is
/// still believed is asked with each token.
#[derive(Clone, Default)]
pub struct KeyRing(Arc<RwLock<HashMap<SigningKeyId, Arc<PublicKey>>>>);

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("KeyRing").finish_non_exhaustive()
    }
}

impl KeyRing {
    /// The public key of this id, if there is one.
    ///
    /// # Errors
    /// When the database is away, for a key that was not met yet.
    pub(super) async fn public_key(
        &self,
        services: &Services,
        id: SigningKeyId,
    ) -> Result<Option<Arc<PublicKey>>, DbError> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Some(Arc::clone(known)));
        }
        let found = sql::public_key(&mut *services.db.platform().await?, id).await?;
        let Some(bytes) = found else { return Ok(None) };
        let key = Arc::new(PublicKey(DecodingKey::from_ed_der(&bytes)));
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(id, Arc::clone(&key));
        Ok(Some(key))
    }
}

/// The key that signs.
pub(super) struct SigningKey {
    id: SigningKeyId,
    key: EncodingKey,
}

impl SigningKey {
    /// Signs; `None` for a key that is none.
    pub fn sign(&self, claims: &super::Claims) -> Option<String> {
        let header =
            Header { typ: Some(TYPE.to_owned()), kid: Some(self.id.to_string()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, claims, &self.key).ok()
    }
}

/// The key that signs, and the database's time. The first one is made by whoever needs it first.
pub(super) async fn current(
    services: &Services,
    connection: &mut PgConnection,
) -> Result<(SigningKey, DateTime<Utc>), TokenError> {
    let found = match sql::current_key(connection).await? {
        Some(found) => found,
        None => {
            let made = Made::new(services)?;
            // Of two processes that make one at once, one is heard.
            sql::insert_key(connection, &made).await?;
            sql::current_key(connection).await?.ok_or(TokenError::Unsignable)?
        }
    };
    let seed = services.keyring.open(place(found.id), &found.sealed_seed).ok_or(TokenError::Unsignable)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| TokenError::Unsignable)?;
    let document = pair.to_pkcs8().map_err(|_| TokenError::Unsignable)?;
    Ok((SigningKey { id: found.id, key: EncodingKey::from_ed_der(document.as_ref()) }, found.now))
}

/// A key that is being made.
pub(super) struct Made {
    pub id: SigningKeyId,
    pub public_key: Vec<u8>,
    pub sealed_seed: Vec<u8>,
}

impl Made {
    fn new(services: &Services) -> Result<Self, TokenError> {
        let id = services.new_id();
        let seed: [u8; 32] = services.entropy.bytes();
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| TokenError::Unsignable)?;
        Ok(Self { id, public_key: pair.public_key().as_ref().to_vec(), sealed_seed: seal(services, id, &seed) })
    }
}

fn seal(services: &Services, id: SigningKeyId, seed: &[u8]) -> Vec<u8> {
    let keyring: &Keyring = &services.keyring;
    keyring.seal(services.entropy, place(id), seed)
}

const fn place(id: SigningKeyId) -> Place<'static> {
    Place { table: "platform.signing_keys", column: "sealed_seed", row: id.uuid(), owner: Uuid::nil() }
}

/// Lets another key sign from now on.
///
/// # Errors
/// When the database is away.
pub async fn rotate(services: &Services, _: &Operator, rotation: Rotation) -> Result<SigningKeyView, TokenError> {
    let made = Made::new(services)?;
    let mut transaction = services.db.platform_transaction().await?;
    match rotation {
        Rotation::Graceful => sql::retire_keys(&mut transaction).await?,
        Rotation::AtOnce => sql::remove_keys(&mut transaction).await?,
    }
    sql::insert_key(&mut transaction, &made).await?;
    let keys = sql::keys(&mut transaction, super::ACCESS_LIFETIME).await?;
    transaction.commit().await?;
    // Another operator has rotated in the same moment: theirs signs, and this one would be nobody's.
    keys.into_iter().find(|key| key.id == made.id).ok_or(TokenError::Unsignable)
}

/// The keys that are believed, newest first.
///
/// # Errors
/// When the database is away.
pub async fn signing_keys(services: &Services, _: &Operator) -> Result<Vec<SigningKeyView>, DbError> {
    sql::keys(&mut *services.db.platform().await?, super::ACCESS_LIFETIME).await
}

/// The public keys by which anybody can know our tokens (RFC 7517, RFC 8037).
///
/// # Errors
/// When the database is away.
pub async fn jwks(services: &Services) -> Result<Value, DbError> {
    let keys = sql::public_keys(&mut *services.db.platform().await?, super::ACCESS_LIFETIME).await?;
    let key = |(id, bytes): (SigningKeyId, Vec<u8>)| {
        let x = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": id, "x": x})
    };
    Ok(json!({"keys": keys.into_iter().map(key).collect::<Vec<_>>()}))
}
