//! Sign-up, sign-in, sign-out and the session's cookie.

use std::time::Instant;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::query_scalar;
use tenantry_testkit::{ServerOptions, TestServer, redacted};

const SIGN_UP: &str = "/api/v1/auth/sign-up";
const SIGN_IN: &str = "/api/v1/auth/sign-in";
const SIGN_OUT: &str = "/api/v1/auth/sign-out";
const ME: &str = "/api/v1/auth/me";

fn wish(email: &str) -> Value {
    json!({"name": "Ada Lovelace", "email": email, "password": "correct horse battery"})
}

#[tokio::test]
async fn a_person_signs_up_and_is_known_from_then_on() {
    let server = TestServer::without_worker().await;
    let reply = server.post(SIGN_UP, &wish(" Ada@Example.COM ")).await.expect(201);
    assert_json_snapshot!("sign_up", redacted(&reply.json()));
    let (cookie, _) = reply.cookie().expect("a cookie");
    let me = server.with_cookie(Some(cookie)).get(ME).await.expect(200);
    assert_json_snapshot!("me_of_somebody_new", redacted(&me.json()));
}

#[tokio::test]
async fn the_cookie_is_for_this_host_and_out_of_reach_of_scripts() {
    let server = TestServer::without_worker().await;
    let (cookie, mut attributes) = server.post(SIGN_UP, &wish("ada@example.com")).await.cookie().expect("a cookie");
    assert!(cookie.starts_with("tenantry="), "{cookie}");
    let expires = attributes.pop().expect("it ends");
    assert!(expires.starts_with("Expires="), "{expires}");
    assert_eq!(attributes, ["Path=/", "HttpOnly", "SameSite=Lax"]);
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host_and_secure() {
    let server = TestServer::with(ServerOptions { https: true, worker: false, ..ServerOptions::default() }).await;
    let reply = server.post(SIGN_UP, &wish("ada@example.com")).await.expect(201);
    assert!(reply.header("strict-transport-security").is_some_and(|value| value.starts_with("max-age=31536000")));
    let (cookie, attributes) = reply.cookie().expect("a cookie");
    assert!(cookie.starts_with("__Host-tenantry="), "{cookie}");
    assert_eq!(attributes[..4], ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"]);
    server.with_cookie(Some(cookie.clone())).get(ME).await.expect(200);
    let plain = cookie.trim_start_matches("__Host-").to_owned();
    server.with_cookie(Some(plain)).get(ME).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_taken_address_is_taken_in_any_spelling() {
    let server = TestServer::without_worker().await;
    server.post(SIGN_UP, &wish("ada@example.com")).await.expect(201);
    let reply = server.post(SIGN_UP, &wish("ADA@example.com")).await.refused(409, "EMAIL_TAKEN");
    assert_eq!(reply.fields(), ["email"]);
    assert!(reply.cookie().is_none());
    assert_eq!(server.database.truth::<i64>("select count(*) from platform.users").await, 1);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let wrong = json!({"email": ada.email, "password": "wrong horse battery"});
    let wrong = server.post(SIGN_IN, &wrong).await.refused(401, "INVALID_CREDENTIALS");
    let unknown = json!({"email": "nobody@example.com", "password": "correct horse battery"});
    let unknown = server.post(SIGN_IN, &unknown).await.refused(401, "INVALID_CREDENTIALS");
    assert_eq!(wrong.indistinguishable(), unknown.indistinguishable());
    assert!(wrong.cookie().is_none());
}

#[tokio::test]
async fn the_time_of_a_refusal_does_not_tell_who_has_an_account() {
    let server = TestServer::without_worker().await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for person in ["Ada", "Bob", "Cleo"] {
        let somebody = server.sign_up(person).await;
        for number in 0..7 {
            let nobody = format!("nobody.{person}@example.com").to_lowercase();
            for (times, email) in [(&mut known, &somebody.email), (&mut unknown, &nobody)] {
                let body = json!({"email": email, "password": format!("wrong horse {person} {number}")});
                let started = Instant::now();
                server.post(SIGN_IN, &body).await.refused(401, "INVALID_CREDENTIALS");
                times.push(started.elapsed());
            }
        }
    }
    known.sort();
    unknown.sort();
    let ratio = known[10].as_secs_f64() / unknown[10].as_secs_f64();
    assert!((0.5..=2.0).contains(&ratio), "{:?} and {:?}", known[10], unknown[10]);
}

#[tokio::test]
async fn a_sign_in_makes_a_new_session_and_ends_the_one_that_was_held() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let other_device = ada.signed_in_again().await;
    let body = json!({"email": ada.email.to_uppercase(), "password": ada.password});
    let (cookie, _) = ada.post(SIGN_IN, &body).await.expect(200).cookie().expect("a cookie");
    assert_ne!(Some(cookie.as_str()), ada.cookie());
    ada.get(ME).await.refused(401, "UNAUTHENTICATED");
    server.with_cookie(Some(cookie)).get(ME).await.expect(200);
    other_device.get(ME).await.expect(200);
}

#[tokio::test]
async fn a_failed_sign_in_leaves_the_session_that_was_held() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    ada.post(SIGN_IN, &json!({"email": ada.email, "password": "not the password"})).await.expect(401);
    ada.get(ME).await.expect(200);
}

#[tokio::test]
async fn signing_out_ends_the_session_here_and_on_the_server() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let reply = ada.post(SIGN_OUT, &json!({})).await.expect(204);
    let (cookie, attributes) = reply.cookie().expect("it is taken away");
    assert_eq!(cookie, "tenantry=");
    assert!(attributes.contains(&"Max-Age=0".to_owned()), "{attributes:?}");
    ada.get(ME).await.refused(401, "UNAUTHENTICATED");
    ada.post(SIGN_OUT, &json!({})).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn the_database_holds_hashes_alone() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let token = ada.cookie().and_then(|cookie| cookie.strip_prefix("tenantry=")).expect("a cookie").to_owned();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&token).expect("the token's text");
    let mut superuser = server.database.superuser().await;
    let known: i64 = query_scalar("select count(*) from platform.sessions where token_hash = $1")
        .bind(&Sha256::digest(token.as_bytes())[..])
        .fetch_one(&mut superuser)
        .await
        .expect("counted");
    assert_eq!(known, 1);
    let everything: String = server
        .database
        .truth("select (select string_agg(u::text, ' ') from platform.users u) || (select string_agg(s::text, ' ') from platform.sessions s)")
        .await;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    for secret in [&token, &hex, &ada.password] {
        assert!(!everything.contains(secret.as_str()));
    }
    assert!(everything.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
}

#[tokio::test]
async fn a_forged_cookie_opens_nothing() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let right = ada.cookie().expect("a cookie").to_owned();
    let mut forged: Vec<String> = ["", "x", "';drop table platform.users;--", "%00", "\"\""].map(String::from).into();
    forged.push(BASE64_URL_SAFE_NO_PAD.encode([7; 32]));
    forged.push("A".repeat(5_000));
    for value in forged {
        let client = server.with_cookie(Some(format!("tenantry={value}")));
        client.get(ME).await.refused(401, "UNAUTHENTICATED");
    }
    for cookie in [format!("{right}A"), right[..right.len() - 1].to_owned(), right.replace("tenantry=", "Tenantry=")] {
        server.with_cookie(Some(cookie)).get(ME).await.refused(401, "UNAUTHENTICATED");
    }
    server.get(ME).await.refused(401, "UNAUTHENTICATED");
    server.with_cookie(Some(format!("a=b; {right}; c=d"))).get(ME).await.expect(200);
}

#[tokio::test]
async fn a_session_ends_after_thirty_days() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    server.database.change("update platform.sessions set last_seen_at = last_seen_at + interval '20 days'").await;
    server.database.turn_clock(TimeDelta::days(30) - TimeDelta::minutes(1)).await;
    ada.get(ME).await.expect(200);
    server.database.turn_clock(TimeDelta::days(30)).await;
    ada.get(ME).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_session_notes_when_it_was_last_used() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    server.database.turn_clock(TimeDelta::hours(2)).await;
    ada.get(ME).await.expect(200);
    // It is written a moment later, together with others; whoever looks at their devices finds it written.
    ada.get("/api/v1/auth/sessions").await.expect(200);
    let fresh = "select last_seen_at > created_at + interval '119 minutes' from platform.sessions";
    assert!(server.database.truth::<bool>(fresh).await);
}

#[tokio::test]
async fn a_credential_in_a_header_beats_the_cookie_and_two_are_one_too_many() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    ada.get(ME).header("authorization", "Bearer nonsense").await.refused(401, "UNAUTHENTICATED");
    ada.get(ME).header("x-api-key", "tnt_live_nonsense").await.refused(401, "UNAUTHENTICATED");
    let both = ada.get(ME).header("authorization", "Bearer x").header("x-api-key", "y");
    both.await.refused(400, "MALFORMED");
}
