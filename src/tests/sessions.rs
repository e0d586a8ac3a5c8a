//! The devices on which a person is signed in: what they see of them, and how they end.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_domain::accounts::tokens;
use tenantry_testkit::{Client, Person, PostOffice, ServerOptions, TestServer};

const SESSIONS: &str = "/api/v1/auth/sessions";
const SIGN_IN: &str = "/api/v1/auth/sign-in";
const ME: &str = "/api/v1/auth/me";

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

/// Signs somebody in with a browser that calls itself so, from behind a proxy.
async fn signed_in(server: &Client, ada: &Person, browser: &str, from: &str) -> Client {
    let body = json!({"email": ada.email, "password": ada.password});
    let call = server.post(SIGN_IN, &body).header("user-agent", browser).header("x-forwarded-for", from);
    let (cookie, _) = call.await.expect(200).cookie().expect("a cookie");
    server.with_cookie(Some(cookie))
}

async fn behind_a_proxy() -> TestServer {
    let options = ServerOptions { worker: false, trusted_proxies: "127.0.0.0/8", ..ServerOptions::default() };
    TestServer::with(options).await
}

async fn sessions(client: &Client) -> Vec<Value> {
    client.get(SESSIONS).await.expect(200).at("/data").as_array().expect("a list").clone()
}

fn end(client: &Client, session: &Value) -> tenantry_testkit::Call {
    client.call(Method::DELETE, &format!("{SESSIONS}/{}", session["id"].as_str().expect("an id")))
}

#[tokio::test]
async fn a_person_sees_each_device_with_what_it_is_and_where() {
    let server = behind_a_proxy().await;
    let ada = server.sign_up("Ada").await;
    let phone = signed_in(&server, &ada, SAFARI, "203.0.113.7").await;
    signed_in(&server, &ada, FIREFOX, "2001:db8::7").await;
    let seen = sessions(&phone).await;
    let words = |name: &str| seen.iter().map(|session| session[name].clone()).collect::<Vec<_>>();
    assert_eq!(words("device"), ["Firefox on Linux", "Safari on iPhone", "An unknown device"]);
    assert_eq!(words("address"), ["2001:db8::7", "203.0.113.7", "127.0.0.1"]);
    assert_eq!(words("current"), [false, true, false]);
    for member in ["id", "created_at", "last_seen_at", "expires_at"] {
        assert!(words(member).iter().all(Value::is_string), "{member}");
    }
    let page = ada.get(&format!("{SESSIONS}?limit=2")).await.expect(200);
    let rest = ada.get(&format!("{SESSIONS}?limit=2&cursor={}", page.text_at("/next_cursor"))).await.expect(200);
    assert_eq!(rest.at("/data").as_array().map(Vec::len), Some(1));
    assert_eq!(rest.at("/next_cursor"), Value::Null);
    ada.get(&format!("{SESSIONS}?cursor=nonsense")).await.refused(422, "INVALID");
}

#[tokio::test]
async fn one_device_signs_another_out_and_nobody_elses() {
    let server = TestServer::without_worker().await;
    let (ada, eve) = (server.sign_up("Ada").await, server.sign_up("Eve").await);
    let lost = ada.signed_in_again().await;
    let devices = sessions(&ada).await;
    let hers = devices.iter().find(|session| session["current"] == false).expect("the other").clone();
    let stranger = end(&eve, &hers).await.refused(404, "NOT_FOUND");
    let never = json!({"id": "ses_01h2xcejqtf2nbrexx3vqjhp41"});
    let missing = end(&eve, &never).await.refused(404, "NOT_FOUND");
    assert_eq!(stranger.indistinguishable(), missing.indistinguishable());
    lost.get(ME).await.expect(200);
    end(&ada, &hers).await.expect(204);
    lost.get(ME).await.refused(401, "UNAUTHENTICATED");
    end(&ada, &hers).await.refused(404, "NOT_FOUND");
    assert_eq!(sessions(&ada).await.len(), 1);
    let own = sessions(&ada).await.remove(0);
    end(&ada, &own).await.expect(204);
    ada.get(ME).await.refused(401, "UNAUTHENTICATED");
    eve.get(ME).await.expect(200);
}

#[tokio::test]
async fn a_device_ends_on_every_server_at_once() {
    let server = TestServer::without_worker().await;
    let other = server.another().await;
    let ada = server.sign_up("Ada").await;
    let lost = ada.signed_in_again().await.moved_to(&other);
    lost.get(ME).await.expect(200);
    let devices = sessions(&ada).await;
    end(&ada, devices.iter().find(|session| session["current"] == false).expect("the other")).await.expect(204);
    lost.get(ME).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_session_that_nobody_uses_for_two_weeks_ends_and_one_in_use_after_thirty_days() {
    let server = TestServer::without_worker().await;
    let (ada, bob) = (server.sign_up("Ada").await, server.sign_up("Bob").await);
    for days in [13, 26] {
        server.database.turn_clock(TimeDelta::days(days)).await;
        // What was noted is written by the time that somebody looks.
        assert_eq!(sessions(&ada).await.len(), 1);
        assert_eq!(sessions(&ada).await[0]["current"], true);
    }
    bob.get(ME).await.refused(401, "UNAUTHENTICATED");
    server.database.turn_clock(TimeDelta::days(30)).await;
    ada.get(ME).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_outlives_a_session_asks_for_a_proof_of_late() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let wish = json!({"name": "ci", "scopes": ["read"]});
    let (id, _) = ada.key(&["read"]).await;
    server.database.turn_clock(TimeDelta::minutes(31)).await;
    ada.post("/api/v1/keys", &wish).await.refused(403, "REAUTHENTICATION_REQUIRED");
    ada.post(&format!("/api/v1/keys/{id}/rotate"), &json!({})).await.refused(403, "REAUTHENTICATION_REQUIRED");
    ada.get("/api/v1/keys").await.expect(200);
    // What closes something is never put off.
    ada.call(Method::DELETE, &format!("/api/v1/keys/{id}")).await.expect(204);
    let again = ada.signed_in_again().await;
    again.post("/api/v1/keys", &wish).await.expect(201);
    // A token is as old as the sign-in that it stands on.
    let access = ada.post("/api/v1/auth/token", &json!({})).await.expect(200).text_at("/access_token");
    server.with_key(&access).post("/api/v1/keys", &wish).await.refused(403, "REAUTHENTICATION_REQUIRED");
    let access = again.post("/api/v1/auth/token", &json!({})).await.expect(200).text_at("/access_token");
    server.with_key(&access).post("/api/v1/keys", &wish).await.expect(201);
    assert_eq!(tokens::ACCESS_LIFETIME, TimeDelta::minutes(15));
}

#[tokio::test]
async fn a_new_device_is_told_by_mail_once_and_a_known_one_never() {
    let server = behind_a_proxy().await;
    let office = PostOffice::open(&server.database.services, None);
    let ada = server.sign_up("Ada").await;
    ada.signed_in_again().await;
    assert_eq!(office.mails(&ada.email).await.len(), 0, "the device of the sign-up is known");
    signed_in(&server, &ada, SAFARI, "203.0.113.7").await;
    let mail = office.mails(&ada.email).await.remove(0);
    assert_eq!(mail.subject, "A new device signed in");
    assert!(mail.text.contains("Safari on iPhone, at 203.0.113.7"), "{}", mail.text);
    assert!(mail.links[0].ends_with("/account"), "{:?}", mail.links);
    signed_in(&server, &ada, SAFARI, "203.0.113.8").await;
    let wrong = json!({"email": ada.email, "password": "wrong horse battery"});
    server.post(SIGN_IN, &wrong).header("user-agent", FIREFOX).await.refused(401, "INVALID_CREDENTIALS");
    assert_eq!(office.mails(&ada.email).await.len(), 1, "whoever did not come in is no device");
}

#[tokio::test]
async fn a_session_that_was_planted_in_a_browser_opens_nothing_after_the_sign_in() {
    let server = TestServer::without_worker().await;
    let (ada, eve) = (server.sign_up("Ada").await, server.sign_up("Eve").await);
    let planted = eve.cookie().expect("a cookie").to_owned();
    let forged = "tenantry=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
    for fixed in [planted, forged] {
        let browser = server.with_cookie(Some(fixed.clone()));
        let body = json!({"email": ada.email, "password": ada.password});
        let (cookie, _) = browser.post(SIGN_IN, &body).await.expect(200).cookie().expect("a cookie");
        assert_ne!(cookie, fixed, "the browser is given a name of ours");
        let id = server.with_cookie(Some(cookie)).get(ME).await.expect(200).text_at("/user/id");
        assert_eq!(id, ada.id.to_string());
        server.with_cookie(Some(fixed)).get(ME).await.refused(401, "UNAUTHENTICATED");
    }
}
