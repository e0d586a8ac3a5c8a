//! Signatures as an attacker makes them, and the knowing of ours as anybody can: with the primitives, past the product's code.

use aws_lc_rs::{
    hmac,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use tenantry_domain::{Services, keyring::Place};
use tenantry_kernel::SigningKeyId;
use uuid::Uuid;

/// An Ed25519 key pair.
pub struct SigningPair(Ed25519KeyPair);

impl SigningPair {
    /// The one of a seed.
    ///
    /// # Panics
    /// Never: any 32 bytes are a seed.
    #[must_use]
    pub fn of(seed: [u8; 32]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&seed).expect("32 bytes are a seed"))
    }

    /// The installation's own, which nobody without its secret can open.
    ///
    /// # Panics
    /// When it is sealed otherwise.
    #[must_use]
    pub fn open(services: &Services, id: SigningKeyId, sealed: &[u8]) -> Self {
        let place = Place { table: "platform.signing_keys", column: "sealed_seed", row: id.uuid(), owner: Uuid::nil() };
        let seed = services.keyring.open(place, sealed).expect("it is the installation's");
        Self::of(seed.try_into().expect("a seed has 32 bytes"))
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }

    /// The public key, as a JWK has it.
    #[must_use]
    pub fn public_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.public_key())
    }
}

/// An HMAC, as HS256 is one.
#[must_use]
pub fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
}

/// Has the private key of this public one, as a JWK has it, signed the token?
///
/// # Panics
/// When it is no token.
#[must_use]
pub fn verified(token: &str, public: &str) -> bool {
    let (message, signature) = token.rsplit_once('.').expect("a token has three parts");
    let bytes = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64");
    UnparsedPublicKey::new(&ED25519, bytes(public)).verify(message.as_bytes(), &bytes(signature)).is_ok()
}
