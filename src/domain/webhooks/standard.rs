//! Standard Webhooks 1.0: an id, a time and a signature over both and the body, so that a receiver knows who sent it, when,
//! and whether it has had it before (<https://www.standardwebhooks.com>).

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

/// The header of the message's id: the same at every attempt.
pub const ID: &str = "webhook-id";
/// The header of the attempt's time, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header of the signatures, one for each secret that is valid, with spaces between them.
pub const SIGNATURE: &str = "webhook-signature";

/// A signing secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<[u8]>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret")
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl Secret {
    /// The bytes, to be sealed.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads the text of a secret.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text.strip_prefix("whsec_")?).ok().map(Self::from)
    }

    /// The text that a receiver is given, once: `whsec_` and base64.
    #[must_use]
    pub fn text(&self) -> String {
        format!("whsec_{}", BASE64_STANDARD.encode(&self.0))
    }

    /// `v1,` and base64 of HMAC-SHA256 over id, time and body with dots between them.
    fn signature(&self, id: &str, at: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        context.update(format!("{id}.{at}.").as_bytes());
        context.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
    }
}

/// The value of [`SIGNATURE`]: while a secret is being rotated, both sign.
#[must_use]
pub fn signatures(secrets: &[Secret], id: &str, at: i64, body: &[u8]) -> String {
    let signatures: Vec<String> = secrets.iter().map(|secret| secret.signature(id, at, body)).collect();
    signatures.join(" ")
}

/// The headers of a message of JSON that is sent at a time, in seconds since 1970; `None` where the id cannot stand in a
/// header.
#[must_use]
pub fn headers(secrets: &[Secret], id: &str, at: i64, body: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ID, HeaderValue::try_from(id).ok()?);
    headers.insert(TIMESTAMP, HeaderValue::from(at));
    headers.insert(SIGNATURE, HeaderValue::try_from(signatures(secrets, id, at, body)).ok()?);
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification's own example.
    #[test]
    fn the_signature_is_the_specifications() {
        let secret = Secret::from(BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64"));
        let signature = secret.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b"{\"test\": 2432232314}");
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_valid_secret_signs() {
        let (new, old) = (Secret::from(vec![1; 32]), Secret::from(vec![2; 32]));
        let both = signatures(&[new.clone(), old.clone()], "job_1", 1_700_000_000, b"{}");
        let alone = |secret: &Secret| signatures(std::slice::from_ref(secret), "job_1", 1_700_000_000, b"{}");
        assert_eq!(both, format!("{} {}", alone(&new), alone(&old)));
        assert!(alone(&new).starts_with("v1,"));
        assert_ne!(alone(&new), signatures(&[new], "job_1", 1_700_000_001, b"{}"));
    }

    #[test]
    fn a_secret_is_shown_as_the_field_writes_it() {
        assert_eq!(Secret::from(vec![0; 32]).text(), "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assert_eq!(Secret::parse("whsec_BwcH"), Some(Secret::from(vec![7; 3])));
        assert!(Secret::parse("BwcH").is_none() && Secret::parse("whsec_!").is_none());
        assert_eq!(format!("{:?}", Secret::from(vec![7; 32])), "Secret");
    }
}
