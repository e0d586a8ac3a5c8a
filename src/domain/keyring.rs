//! The installation's keys: for what lies sealed in the database, and for what is handed out signed.
//!
//! Both are made of the installation's secret, so a stolen copy of the tables opens nothing. What is sealed is bound to its
//! place: moved to another row, column or tenant it does not open.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use uuid::Uuid;

use crate::{db::secret::InstallationSecret, services::Entropy};

/// The first byte of what is sealed: how it was.
const FORMAT: u8 = 1;

/// Where something sealed lies.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table, with its schema.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's own id.
    pub row: Uuid,
    /// The tenant or organization whose row it is; nil for the installation's.
    pub owner: Uuid,
}

impl Place<'_> {
    /// The associated data (RFC 5116): names cannot hold the byte between them, and ids have a fixed length.
    fn bytes(&self) -> Vec<u8> {
        let names = [self.table.as_bytes(), &[0], self.column.as_bytes(), &[0]];
        [names.concat(), self.row.as_bytes().to_vec(), self.owner.as_bytes().to_vec()].concat()
    }
}

/// Keys of the installation, shared by every clone.
#[derive(Clone)]
pub struct Keyring(Arc<Keys>);

struct Keys {
    sealing: LessSafeKey,
    signing: hmac::Key,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

impl Keyring {
    /// The keys that belong to an installation's secret.
    ///
    /// # Panics
    /// Never: the key has the length that the cipher asks for.
    #[must_use]
    #[expect(clippy::expect_used, reason = "32 bytes are a key of AES-256")]
    pub fn of(secret: &InstallationSecret) -> Self {
        let sealing = UnboundKey::new(&AES_256_GCM, &secret.derive("tenantry/sealing")).expect("32 bytes");
        let signing = hmac::Key::new(hmac::HMAC_SHA256, &secret.derive("tenantry/signing"));
        Self(Arc::new(Keys { sealing: LessSafeKey::new(sealing), signing }))
    }

    /// Seals bytes for a place, with AES-256-GCM and a random nonce: format, nonce, ciphertext and tag.
    ///
    /// # Panics
    /// Beyond 64 GiB, which is what the cipher can seal at a time.
    #[must_use]
    #[expect(clippy::expect_used, reason = "nothing that is stored comes near the cipher's bound")]
    pub fn seal(&self, entropy: Entropy, place: Place<'_>, bytes: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut content = bytes.to_vec();
        let place = Aad::from(place.bytes());
        let sealing = &self.0.sealing;
        sealing
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place, &mut content)
            .expect("it is shorter than 64 GiB");
        [&[FORMAT], nonce.as_slice(), &content].concat()
    }

    /// Opens what was sealed for the place; `None` for anything else.
    #[must_use]
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, content) = sealed.strip_prefix(&[FORMAT])?.split_first_chunk::<NONCE_LEN>()?;
        let mut content = content.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.sealing.open_in_place(nonce, Aad::from(place.bytes()), &mut content).ok()?.len();
        content.truncate(opened);
        Some(content)
    }

    /// Signs a message for one purpose: HMAC-SHA256 over the purpose, a zero byte and the message.
    #[must_use]
    pub fn sign(&self, purpose: &str, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0.signing, &framed(purpose, message)).as_ref().to_vec()
    }

    /// Is this the message's signature for the purpose? Takes the same time whatever the answer.
    #[must_use]
    pub fn verify(&self, purpose: &str, message: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.0.signing, &framed(purpose, message), signature).is_ok()
    }
}

fn framed(purpose: &str, message: &[u8]) -> Vec<u8> {
    [purpose.as_bytes(), &[0], message].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(text: &str) -> Keyring {
        Keyring::of(&InstallationSecret::from_text(&text.repeat(32)).expect("long enough"))
    }

    fn place() -> Place<'static> {
        Place { table: "tenant.tools", column: "secret", row: Uuid::from_u128(1), owner: Uuid::from_u128(2) }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let keyring = keyring("a");
        let sealed = keyring.seal(Entropy, place(), b"a secret");
        assert!(!sealed.windows(8).any(|window| window == b"a secret"));
        assert_eq!(keyring.open(place(), &sealed).as_deref(), Some(&b"a secret"[..]));
        for elsewhere in [
            Place { table: "tenant.tool", ..place() },
            Place { column: "secrets", ..place() },
            Place { row: Uuid::from_u128(2), ..place() },
            Place { owner: Uuid::from_u128(1), ..place() },
        ] {
            assert_eq!(keyring.open(elsewhere, &sealed), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn what_was_changed_cut_or_sealed_by_another_does_not_open() {
        let sealed = keyring("a").seal(Entropy, place(), b"a secret");
        assert_eq!(keyring("b").open(place(), &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keyring("a").open(place(), &changed), None, "byte {at}");
            assert_eq!(keyring("a").open(place(), &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn the_same_content_is_never_sealed_alike() {
        assert_ne!(keyring("a").seal(Entropy, place(), b"x"), keyring("a").seal(Entropy, place(), b"x"));
    }

    #[test]
    fn a_signature_is_for_one_purpose_and_message() {
        let signature = keyring("a").sign("callback", b"a job");
        assert!(keyring("a").verify("callback", b"a job", &signature));
        assert!(!keyring("a").verify("other", b"a job", &signature));
        assert!(!keyring("a").verify("callback", b"another", &signature));
        assert!(!keyring("b").verify("callback", b"a job", &signature));
        assert!(!keyring("a").verify("callback", b"a job", &signature[1..]));
    }
}
