//! Every way to forge an access token that is known to have worked somewhere.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sqlx::query_as;
use tenantry_kernel::SigningKeyId;
use tenantry_testkit::{Client, TestServer};
use uuid::Uuid;

use super::{ROLE, claims, pair};

/// A token of our own making: the signature is over the other parts.
fn token(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn header(token: &str) -> Value {
    let part = token.split('.').next().expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

fn with(value: &Value, name: &str, other: Value) -> Value {
    let mut value = value.clone();
    value[name] = other;
    value
}

fn without(value: &Value, name: &str) -> Value {
    let mut value = value.clone();
    value.as_object_mut().expect("an object").remove(name);
    value
}

/// The installation's own seed, as only a test can open it, to sign what the installation never would.
struct OwnKey {
    id: SigningKeyId,
    pair: tenantry_testkit::SigningPair,
    public: Vec<u8>,
}

async fn own_key(server: &TestServer) -> OwnKey {
    let mut superuser = server.database.superuser().await;
    let query = "select key_id, public_key, sealed_seed from platform.signing_keys where retired_at is null";
    let (id, public, sealed): (Uuid, Vec<u8>, Vec<u8>) =
        query_as(query).fetch_one(&mut superuser).await.expect("a key");
    let pair = tenantry_testkit::SigningPair::open(&server.database.services, id.into(), &sealed);
    OwnKey { id: id.into(), pair, public }
}

async fn refused(program: &Client, what: &str) {
    let reply = program.get(ROLE).await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "UNAUTHENTICATED"), "{what}: {}", reply.text());
}

#[tokio::test]
async fn a_token_without_a_signature_or_with_another_kind_of_one_opens_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (right, _) = pair(&ada).await;
    let (head, said, own) = (header(&right), claims(&right), own_key(&server).await);
    let parts: Vec<_> = right.split('.').collect();
    for none in ["none", "None", "NONE", ""] {
        let forged = token(&with(&head, "alg", json!(none)), &said, |_| Vec::new());
        refused(&server.with_key(&forged), none).await;
    }
    refused(&server.with_key(&format!("{}.{}.", parts[0], parts[1])), "a signature cut off").await;
    refused(&server.with_key(&format!("{}.{}", parts[0], parts[1])), "two parts").await;
    // The public key as the secret of an HMAC, raw and as text.
    let text = BASE64_URL_SAFE_NO_PAD.encode(&own.public);
    for secret in [own.public.as_slice(), text.as_bytes()] {
        for (name, head) in [("HS256", with(&head, "alg", json!("HS256"))), ("EdDSA", head.clone())] {
            let forged = token(&head, &said, |message| tenantry_testkit::hmac_sha256(secret, message));
            refused(&server.with_key(&forged), name).await;
        }
    }
    server.with_key(&right).get(ROLE).await.expect(200);
}

#[tokio::test]
async fn another_key_an_unknown_kid_and_one_that_leads_elsewhere_open_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (right, _) = pair(&ada).await;
    let (head, said, own) = (header(&right), claims(&right), own_key(&server).await);
    let stranger = tenantry_testkit::SigningPair::of([7; 32]);
    refused(&server.with_key(&token(&head, &said, |message| stranger.sign(message))), "another key").await;
    let unknown = SigningKeyId::from(Uuid::from_u128(7)).to_string();
    for kid in [json!(unknown), json!("../../etc/passwd"), json!("' or true --"), json!(7), Value::Null, json!("")] {
        let head = with(&head, "kid", kid.clone());
        refused(&server.with_key(&token(&head, &said, |message| own.pair.sign(message))), &kid.to_string()).await;
    }
    refused(&server.with_key(&token(&without(&head, "kid"), &said, |m| own.pair.sign(m))), "no kid").await;
    // A key that the token brings along, or an address of one, is nobody's business.
    let brought = with(&head, "jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": stranger.public_text()}));
    refused(&server.with_key(&token(&brought, &said, |message| stranger.sign(message))), "jwk").await;
    let elsewhere = with(&head, "jku", json!("https://evil.example/jwks.json"));
    refused(&server.with_key(&token(&elsewhere, &said, |message| stranger.sign(message))), "jku").await;
    assert_eq!(own.id.to_string(), head["kid"]);
}

#[tokio::test]
async fn claims_that_lack_or_twist_something_open_nothing_even_where_they_are_signed() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (eve, _) = server.owner("Eve", "pro").await;
    let (right, _) = pair(&ada).await;
    let (hers, _) = pair(&eve).await;
    let (head, said, other, own) = (header(&right), claims(&right), claims(&hers), own_key(&server).await);
    let sign = |claims: &Value| token(&head, claims, |message| own.pair.sign(message));
    server.with_key(&sign(&said)).get(ROLE).await.expect(200);
    for (what, claims) in [
        ("exp as text", with(&said, "exp", json!(said["exp"].to_string()))),
        ("exp as a fraction", with(&said, "exp", json!(1e300))),
        ("no exp", without(&said, "exp")),
        ("exp of null", with(&said, "exp", Value::Null)),
        ("exp in the past", with(&said, "exp", json!(1))),
        ("another audience", with(&said, "aud", json!("https://elsewhere.example"))),
        ("no audience", without(&said, "aud")),
        ("another issuer", with(&said, "iss", json!("https://elsewhere.example"))),
        ("no issuer", without(&said, "iss")),
        ("another person", with(&said, "sub", other["sub"].clone())),
        ("no person", without(&said, "sub")),
        ("another's session", with(&said, "sid", other["sid"].clone())),
        ("another's family", with(&said, "family", other["family"].clone())),
        ("no family", without(&said, "family")),
        ("a session of the wrong kind", with(&said, "sid", said["sub"].clone())),
    ] {
        refused(&server.with_key(&sign(&claims)), what).await;
    }
    // Signed for another's tenant it reads right, and finds a place that is none of theirs.
    let elsewhere = sign(&with(&said, "tenant", other["tenant"].clone()));
    server.with_key(&elsewhere).get(ROLE).await.refused(404, "NOT_FOUND");
    for typ in ["JWT", "jwt", ""] {
        let head = with(&head, "typ", json!(typ));
        refused(&server.with_key(&token(&head, &said, |message| own.pair.sign(message))), typ).await;
    }
}

#[tokio::test]
async fn a_token_that_was_changed_anywhere_opens_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (right, _) = pair(&ada).await;
    let parts: Vec<_> = right.split('.').map(str::to_owned).collect();
    for at in 0..3 {
        for index in (0..parts[at].len() - 1).step_by(7) {
            let mut changed = parts.clone();
            let other = if &changed[at][index..=index] == "A" { "B" } else { "A" };
            changed[at].replace_range(index..=index, other);
            refused(&server.with_key(&changed.join(".")), &format!("part {at} at {index}")).await;
        }
    }
    for wrong in ["..", "a.b.c", &format!("{right}.x"), &format!("{right}A"), &right.replace('.', "..")] {
        refused(&server.with_key(wrong), wrong).await;
    }
    // It is no cookie, no key and no refresh token.
    server.with_cookie(Some(format!("tenantry={right}"))).get(ROLE).await.refused(401, "UNAUTHENTICATED");
    server.get(ROLE).header("x-api-key", &right).await.refused(401, "UNAUTHENTICATED");
    super::refresh(&server, &right).await.refused(401, "UNAUTHENTICATED");
}
