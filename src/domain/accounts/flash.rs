//! Flashes: what was typed into a form that was refused, kept for the one page that shows it again.
//!
//! Only a form that was posted without a script needs one. It is found by a token in a short-lived cookie, read once, and
//! never holds a password.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
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
    sql::insert_flash(&mut *services.db.platform().await?, &hash(&token), path, content).await?;
    Ok(token)
}

/// Takes the content for the page at `path`; the second time there is none, nor for another page or after ten minutes.
///
/// # Errors
/// When the database is away.
pub async fn take(services: &Services, token: &str, path: &str) -> Result<Option<String>, DbError> {
    sql::take_flash(&mut *services.db.platform().await?, &hash(token), path).await
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
