//! Flashes: what a form without a script brings to the one page that comes next: what was typed and why it was refused, or
//! what is shown once.
//!
//! A flash is found by a token in a short-lived cookie and read once. The database cannot read it: the key that seals it is
//! made of the token, of which only the hash is kept.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};

use super::sql;
use crate::{Services, db::DbError};

/// Largest content that is kept, in bytes; more than any form here holds.
pub const CONTENT_BYTES: usize = 16 * 1024;

/// Keeps the content for the page at `path`; the answer is the token for the cookie. Content that is too large is
/// dropped, since a form that was refused is still worth showing empty.
///
/// # Errors
/// When the database is away.
pub async fn keep(services: &Services, path: &str, content: &str) -> Result<String, DbError> {
    let token = BASE64_URL_SAFE_NO_PAD.encode(services.entropy.bytes::<16>());
    let content = if content.len() <= CONTENT_BYTES { content } else { "{}" };
    let sealed = seal(&token, path, content).unwrap_or_default();
    sql::insert_flash(&mut *services.db.platform().await?, &hash(&token), path, &sealed).await?;
    Ok(token)
}

/// Takes the content for the page at `path`; the second time there is none, nor for another page or after ten minutes.
///
/// # Errors
/// When the database is away.
pub async fn take(services: &Services, token: &str, path: &str) -> Result<Option<String>, DbError> {
    let sealed = sql::take_flash(&mut *services.db.platform().await?, &hash(token), path).await?;
    Ok(sealed.and_then(|sealed| open(token, path, &sealed)))
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// AES-256-GCM under a key of the token's own (HKDF, RFC 5869), bound to the page.
fn seal(token: &str, path: &str, content: &str) -> Option<String> {
    let mut bytes = content.as_bytes().to_vec();
    key_of(token)?.seal_in_place_append_tag(nonce(), Aad::from(path), &mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn open(token: &str, path: &str, sealed: &str) -> Option<String> {
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let content = key_of(token)?.open_in_place(nonce(), Aad::from(path), &mut bytes).ok()?;
    String::from_utf8(content.to_vec()).ok()
}

fn key_of(token: &str) -> Option<LessSafeKey> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, token.as_bytes()).expand(b"tenantry/flash", &mut key).ok()?;
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).ok()?))
}

/// A key seals one content, so there is no second use of its nonce.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_and_the_page_open_what_is_kept() {
        let sealed = seal("a token", "/keys", "a secret").expect("sealed");
        assert!(!sealed.contains("secret"));
        assert_eq!(open("a token", "/keys", &sealed).as_deref(), Some("a secret"));
        assert_eq!(open("another", "/keys", &sealed), None);
        assert_eq!(open("a token", "/plans", &sealed), None);
        assert_eq!(open("a token", "/keys", "no base64!"), None);
    }
}
