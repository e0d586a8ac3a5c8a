//! A service elsewhere that signs what it sends, in each of the schemes, with an HMAC of its own: what the product thinks of a
//! signature is not asked of the product.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenantry_domain::services::Clock;

use crate::{Call, Client};

/// Who sends to one webhook.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Nobody, at the server's address.
    pub client: Client,
    /// The webhook's id.
    pub id: String,
    /// How it signs.
    pub scheme: String,
    /// The secret, as it was shown.
    pub secret: String,
}

impl Client {
    /// Makes an inbound webhook, with more or other fields, and answers who may send to it.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn inbound(&self, scheme: &str, changes: &Value) -> Sender {
        let mut wish = json!({"name": "crm", "scheme": scheme});
        for (name, value) in changes.as_object().expect("an object") {
            wish[name] = value.clone();
        }
        let made = self.post("/api/v1/webhooks/inbound", &wish).await.expect(201);
        let (id, secret) = (made.text_at("/webhook/id"), made.text_at("/secret"));
        Sender { client: self.with_cookie(None), id, scheme: scheme.to_owned(), secret }
    }
}

impl Sender {
    /// The path under which it sends.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/hooks/{}", self.id)
    }

    /// The same with another secret.
    #[must_use]
    pub fn signing_with(&self, secret: &str) -> Self {
        Self { secret: secret.to_owned(), ..self.clone() }
    }

    /// The same at another server.
    #[must_use]
    pub fn sending_to(&self, server: &Client) -> Self {
        Self { client: server.with_cookie(None), ..self.clone() }
    }

    /// The headers that sign a body at a time; an id is for the scheme that has one.
    ///
    /// # Panics
    /// When the secret is none.
    #[must_use]
    pub fn signed(&self, id: &str, at: i64, body: &[u8]) -> Vec<(&'static str, String)> {
        let text = self.secret.as_bytes();
        let hex = |tag: [u8; 32]| tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match self.scheme.as_str() {
            "standard" => {
                let key = self.secret.strip_prefix("whsec_").expect("a secret");
                let key = BASE64_STANDARD.decode(key).expect("base64");
                let tag = hmac(&key, &[format!("{id}.{at}.").as_bytes(), body].concat());
                let signature = format!("v1,{}", BASE64_STANDARD.encode(tag));
                vec![
                    ("webhook-id", id.to_owned()),
                    ("webhook-timestamp", at.to_string()),
                    ("webhook-signature", signature),
                ]
            }
            "stripe" => {
                let tag = hmac(text, &[format!("{at}.").as_bytes(), body].concat());
                vec![("stripe-signature", format!("t={at},v1={}", hex(tag)))]
            }
            _ => vec![("x-hub-signature-256", format!("sha256={}", hex(hmac(text, body))))],
        }
    }

    /// A call with these headers and this body.
    #[must_use]
    pub fn call(&self, headers: &[(&'static str, String)], body: impl Into<reqwest::Body>) -> Call {
        let call = self.client.call(Method::POST, &self.path()).body("application/json", body);
        headers.iter().fold(call, |call, (name, value)| call.header(name, value))
    }

    /// A right message, signed now.
    #[must_use]
    pub fn send(&self, id: &str, body: &Value) -> Call {
        let body = body.to_string();
        self.call(&self.signed(id, now(), body.as_bytes()), body)
    }
}

/// Seconds since 1970, by the machine's clock.
#[must_use]
pub fn now() -> i64 {
    Clock::default().now().timestamp()
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}
