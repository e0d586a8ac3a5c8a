//! API keys: their form, what they open, how they end, and how soon everybody knows.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_testkit::{Client, Person, TestServer};

/// A revocation is known everywhere within this.
const PROMISED: Duration = Duration::from_secs(1);

async fn with_key(owner: &Person, scopes: &[&str]) -> (String, Client) {
    let (id, secret) = owner.key(scopes).await;
    (id, owner.with_key(&secret))
}

#[tokio::test]
async fn a_key_has_the_form_of_the_contract_and_its_secret_is_shown_once() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "pro").await;
    let body = json!({"name": "ci", "scopes": ["read", "dispatch"], "environment": "test"});
    let made = owner.post("/api/v1/keys", &body).once("once").await.expect(201);
    let (id, secret) = (made.text_at("/key/id"), made.text_at("/secret"));
    let prefix = made.text_at("/key/prefix");
    assert_eq!(prefix, format!("tnt_test_{}_", id.trim_start_matches("key_")));
    assert!(secret.starts_with(&prefix) && secret.len() == prefix.len() + 36);
    assert!(secret.ends_with(&made.text_at("/key/last4")));
    assert_eq!(made.at("/key/scopes"), json!(["read", "dispatch"]));
    assert_eq!(made.at("/key/last_used_at"), Value::Null);
    // A repeat makes no second key, and does not tell the secret again.
    let repeat = owner.post("/api/v1/keys", &body).once("once").await.expect(201);
    assert_eq!((repeat.at("/key"), repeat.at("/secret")), (made.at("/key"), Value::Null));
    assert_eq!(repeat.header("idempotency-replayed"), Some("true"));
    let list = owner.get("/api/v1/keys").await.expect(200);
    assert_eq!(list.at("/data"), json!([made.at("/key")]));
    assert!(!list.text().contains(&secret));
    assert_eq!(owner.get(&format!("/api/v1/keys/{id}")).await.expect(200).at("/key"), made.at("/key"));
    let stored: String = server.database.truth("select string_agg(k::text, '') from directory.api_keys k").await;
    assert!(!stored.contains(&secret[prefix.len()..]), "the database holds a hash alone");
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_name_and_nothing_else() {
    let server = TestServer::without_worker().await;
    let (owner, acme) = server.owner("Ada", "pro").await;
    let (_, reader) = with_key(&owner, &["read"]).await;
    for path in ["/api/v1/jobs", "/api/v1/tools", "/api/tenant/usage"] {
        reader.get(path).await.expect(200);
    }
    let role = reader.get("/api/tenant/role").await.expect(200);
    assert_eq!((role.at("/role"), role.text_at("/organization")), (Value::Null, acme.id.to_string()));
    assert_eq!(role.at("/permissions"), json!(["job:read", "tool:read", "usage:read"]));
    reader.post("/api/v1/dispatch/check", &json!({"tool": "echo"})).await.refused(403, "FORBIDDEN");
    reader.get("/api/v1/keys").await.refused(403, "FORBIDDEN");
    // What people decide no key may, whatever its scopes.
    let (_, everything) = with_key(&owner, &["read", "dispatch", "usage", "verify", "manage"]).await;
    for path in ["/api/v1/auth/me", "/api/tenant/organizations", "/api/v1/subscription"] {
        everything.get(path).await.refused(403, "FORBIDDEN");
    }
    everything.put("/api/v1/subscription", &json!({"plan": "empire"})).await.refused(403, "FORBIDDEN");
    everything.post("/api/v1/dispatch/check", &json!({"tool": "echo"})).await.expect(200);
}

#[tokio::test]
async fn a_key_never_gives_a_scope_that_it_lacks() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "pro").await;
    let (_, manager) = with_key(&owner, &["manage"]).await;
    let more = json!({"name": "more", "scopes": ["manage", "read"]});
    manager.post("/api/v1/keys", &more).await.refused(403, "FORBIDDEN");
    manager.post("/api/v1/keys", &json!({"name": "same", "scopes": ["manage"]})).await.expect(201);
    let (stronger, _) = with_key(&owner, &["dispatch"]).await;
    let path = format!("/api/v1/keys/{stronger}/rotate");
    manager.post(&path, &json!({})).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn whatever_is_wrong_with_a_key_the_answer_is_the_same() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "pro").await;
    let (revoked, secret) = owner.key(&["read"]).await;
    owner.call(Method::DELETE, &format!("/api/v1/keys/{revoked}")).await.expect(204);
    owner.call(Method::DELETE, &format!("/api/v1/keys/{revoked}")).await.refused(404, "NOT_FOUND");
    let (_, other) = owner.key(&["read"]).await;
    let slipped = format!("{}{}", &other[..other.len() - 1], if other.ends_with('a') { 'b' } else { 'a' });
    // The right form and check around another key's secret.
    let forged = forge(&other);
    let answers: Vec<_> = {
        let mut answers = Vec::new();
        for text in [secret.as_str(), &slipped, &forged, "tnt_live_", "eyJhbGciOiJub25lIn0.e30.", ""] {
            answers.push(server.with_key(text).get("/api/v1/jobs").await.refused(401, "UNAUTHENTICATED"));
        }
        answers
    };
    for answer in &answers {
        assert_eq!(answer.indistinguishable(), answers[0].indistinguishable());
    }
    let both = owner.with_key(&other).get("/api/v1/jobs").header("x-api-key", &other).await;
    both.refused(400, "MALFORMED");
    owner.get("/api/v1/jobs").header("x-api-key", &other).await.expect(200);
    owner.get("/api/v1/jobs").header("x-api-key", "nonsense").await.refused(401, "UNAUTHENTICATED");
}

/// A key of the right form with the id of `key` and another secret.
fn forge(key: &str) -> String {
    let body = format!("{}{}", &key[..key.len() - 36], "0".repeat(30));
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut crc = !0_u32;
    for byte in body.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut rest = !crc;
    let mut check = [b'0'; 6];
    for digit in check.iter_mut().rev() {
        *digit = digits[(rest % 62) as usize];
        rest /= 62;
    }
    format!("{body}{}", String::from_utf8_lossy(&check))
}

#[tokio::test]
async fn a_revocation_counts_at_once_here_and_within_a_second_on_every_server() {
    let server = TestServer::without_worker().await;
    let there = server.another().await;
    let (owner, _) = server.owner("Ada", "pro").await;
    let (id, secret) = owner.key(&["read"]).await;
    let (here, there) = (server.with_key(&secret), there.with_key(&secret));
    for _ in 0..3 {
        here.get("/api/v1/jobs").await.expect(200);
        there.get("/api/v1/jobs").await.expect(200);
    }
    owner.call(Method::DELETE, &format!("/api/v1/keys/{id}")).await.expect(204);
    let revoked = Instant::now();
    here.get("/api/v1/jobs").await.refused(401, "UNAUTHENTICATED");
    loop {
        let asked = revoked.elapsed();
        let status = there.get("/api/v1/jobs").await.status;
        if status == 401 {
            break;
        }
        assert!(asked < PROMISED, "still let in {asked:?} after the revocation");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    there.get("/api/v1/jobs").await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_change_of_plan_and_a_suspension_reach_the_keys_of_every_server() {
    let server = TestServer::without_worker().await;
    let there = server.another().await;
    let (owner, acme) = server.owner("Ada", "free").await;
    let (_, secret) = owner.key(&["read"]).await;
    let there = there.with_key(&secret);
    let policy = |reply: &tenantry_testkit::Reply| reply.header("ratelimit-policy").unwrap_or_default().to_owned();
    assert!(policy(&there.get("/api/v1/jobs").await.expect(200)).contains("\"api-day\";q=100;w=86400"));
    owner.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    let here = server.with_key(&secret).get("/api/v1/jobs").await.expect(200);
    assert!(policy(&here).contains("\"api-day\";q=1000;w=86400"), "{}", policy(&here));
    tokio::time::sleep(PROMISED).await;
    assert!(policy(&there.get("/api/v1/jobs").await.expect(200)).contains("\"api-day\";q=1000;w=86400"));
    server.database.set_suspended(acme.tenant, true).await;
    tokio::time::sleep(PROMISED).await;
    there.get("/api/v1/jobs").await.refused(403, "TENANT_SUSPENDED");
    there.get("/api/tenant/usage").await.expect(200);
}

#[tokio::test]
async fn a_rotated_key_is_good_until_the_last_second_of_its_grace() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "pro").await;
    let (id, secret) = owner.key(&["read"]).await;
    let rotated = owner.post(&format!("/api/v1/keys/{id}/rotate"), &json!({"grace_period_hours": 1})).await.expect(201);
    assert_eq!(rotated.text_at("/previous/id"), id);
    let (old, new) = (server.with_key(&secret), server.with_key(&rotated.text_at("/secret")));
    new.get("/api/v1/jobs").await.expect(200);
    let hour = TimeDelta::hours(1);
    server.database.turn_clock(hour - TimeDelta::seconds(20)).await;
    old.get("/api/v1/jobs").await.expect(200);
    let verify = |client: Client, key: String| async move {
        client.post("/api/v1/keys/verify", &json!({"key": key})).await.expect(200).json()
    };
    assert_eq!(verify(owner.client.clone(), secret.clone()).await["valid"], true);
    server.database.turn_clock(hour + TimeDelta::seconds(1)).await;
    old.get("/api/v1/jobs").await.refused(401, "UNAUTHENTICATED");
    new.get("/api/v1/jobs").await.expect(200);
    let ended = verify(owner.client.clone(), secret).await;
    assert_eq!((&ended["valid"], &ended["code"]), (&json!(false), &json!("EXPIRED")));
    let owner = owner.signed_in_again().await;
    owner.post(&format!("/api/v1/keys/{id}/rotate"), &json!({})).await.refused(409, "CONFLICT");
}

#[tokio::test]
async fn a_rotation_without_grace_ends_the_old_key_at_once() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "pro").await;
    let (id, secret) = owner.key(&["read"]).await;
    server.with_key(&secret).get("/api/v1/jobs").await.expect(200);
    owner.post(&format!("/api/v1/keys/{id}/rotate"), &json!({"grace_period_hours": 0})).await.expect(201);
    server.with_key(&secret).get("/api/v1/jobs").await.refused(401, "UNAUTHENTICATED");
    // Nothing said is a day.
    let (id, secret) = owner.key(&["read"]).await;
    owner.call(Method::POST, &format!("/api/v1/keys/{id}/rotate")).await.expect(201);
    server.with_key(&secret).get("/api/v1/jobs").await.expect(200);
    let path = format!("/api/v1/keys/{id}/rotate");
    assert_eq!(
        owner.post(&path, &json!({"grace_period_hours": 721})).await.refused(422, "INVALID").fields(),
        ["grace_period_hours"]
    );
}

#[tokio::test]
async fn a_gateway_learns_of_its_own_organizations_keys_alone() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let (eve, _) = server.owner("Eve", "pro").await;
    let (_, gateway) = with_key(&ada, &["verify"]).await;
    let (_, own) = ada.key(&["read"]).await;
    let (_, foreign) = eve.key(&["read"]).await;
    let ask = |key: &str, scope: Option<&str>| {
        let mut body = json!({"key": key});
        if let Some(scope) = scope {
            body["scope"] = json!(scope);
        }
        gateway.post("/api/v1/keys/verify", &body)
    };
    let good = ask(&own, Some("read")).await.expect(200).json();
    assert_eq!((&good["valid"], &good["code"]), (&json!(true), &json!("VALID")));
    assert_eq!(good["organization"], json!(acme.id.to_string()));
    assert_eq!(good["tenant"], json!(acme.tenant.to_string()));
    assert_eq!(good["scopes"], json!(["read"]));
    assert_eq!(ask(&own, Some("dispatch")).await.expect(200).at("/code"), json!("FORBIDDEN"));
    let strange = ask(&foreign, None).await.expect(200);
    let missing = ask(&forge(&foreign), None).await.expect(200);
    assert_eq!(strange.json(), json!({"valid": false, "code": "NOT_FOUND"}));
    assert_eq!(strange.indistinguishable(), missing.indistinguishable());
    let (_, reader) = with_key(&ada, &["read"]).await;
    reader.post("/api/v1/keys/verify", &json!({"key": own})).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn a_key_of_another_tenant_is_as_missing_as_one_that_never_was() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let (eve, other) = server.owner("Eve", "pro").await;
    let (hers, secret) = ada.key(&["manage"]).await;
    let missing = "key_7zzzzzzzzzzzzzzzzzzzzzzzzz";
    for (method, path) in [(Method::GET, ""), (Method::DELETE, ""), (Method::POST, "/rotate")] {
        let call = |id: &str| eve.call(method.clone(), &format!("/api/v1/keys/{id}{path}"));
        let (strange, never) = (call(&hers).await.refused(404, "NOT_FOUND"), call(missing).await);
        assert_eq!(strange.indistinguishable(), never.indistinguishable(), "{method} {path}");
    }
    server.with_key(&secret).get("/api/v1/keys").await.expect(200);
    // The tenant that a request names may only agree with the key's.
    let program = server.with_key(&secret);
    program.within(&acme).get("/api/v1/keys").await.expect(200);
    program.naming(&acme.tenant_slug).get("/api/v1/keys").await.expect(200);
    let strange = program.within(&other).get("/api/v1/keys").await.refused(404, "NOT_FOUND");
    let never = program.naming("ten_7zzzzzzzzzzzzzzzzzzzzzzzzz").get("/api/v1/keys").await.refused(404, "NOT_FOUND");
    assert_eq!(strange.indistinguishable(), never.indistinguishable());
}

#[tokio::test]
async fn fields_out_of_bounds_are_named() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "pro").await;
    let refused = |body: Value| owner.post("/api/v1/keys", &body);
    assert_eq!(refused(json!({})).await.refused(422, "INVALID").fields(), ["name", "scopes"]);
    assert_eq!(
        refused(json!({"name": "ci", "scopes": ["root"]})).await.refused(422, "INVALID").fields(),
        ["scopes[0]"]
    );
    let past = json!({"name": "ci", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"});
    assert_eq!(refused(past).await.refused(422, "INVALID").fields(), ["expires_at"]);
    for never in ["+262142-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "+10000-01-01T00:00:00Z"] {
        let late = json!({"name": "ci", "scopes": ["read"], "expires_at": never});
        let refused = refused(late).await.refused(422, "INVALID");
        assert_eq!([refused.at("/errors/0/field"), refused.at("/errors/0/code")], ["expires_at", "OUT_OF_RANGE"]);
    }
    let last = json!({"name": "ci", "scopes": ["read"], "expires_at": "9999-12-31T23:59:59.999999Z"});
    let id = refused(last).await.expect(201).text_at("/key/id");
    let rotated = owner.post(&format!("/api/v1/keys/{id}/rotate"), &json!({})).await.expect(201);
    assert_eq!(rotated.at("/key/expires_at"), json!("9999-12-31T23:59:59.999999Z"), "it ends where time does");
    let future = json!({"name": "ci", "scopes": ["read"], "expires_at": "2999-01-01T00:00:00Z"});
    assert_eq!(refused(future).await.expect(201).at("/key/expires_at"), json!("2999-01-01T00:00:00Z"));
}

#[tokio::test]
async fn the_last_use_of_a_key_is_seen() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "pro").await;
    let (id, program) = with_key(&owner, &["read"]).await;
    program.get("/api/v1/jobs").await.expect(200);
    assert!(owner.get(&format!("/api/v1/keys/{id}")).await.expect(200).at("/key/last_used_at").is_string());
}
