//! Where addresses must be proven: an account begins with its proof, and a sign-up tells nobody who has one.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantry_domain::accounts;
use tenantry_testkit::{Client, PostOffice, Reply, ServerOptions, TestOperator, TestServer};

const SIGN_UP: &str = "/api/v1/auth/sign-up";
const SIGN_IN: &str = "/api/v1/auth/sign-in";
const VERIFY: &str = "/api/v1/auth/email/verify";
const PASSWORD: &str = "correct horse battery";

async fn strict() -> TestServer {
    let options = ServerOptions { worker: false, require_verified_email: true, ..ServerOptions::default() };
    TestServer::with(options).await
}

fn wish(email: &str, password: &str) -> Value {
    json!({"name": "Ada Lovelace", "email": email, "password": password})
}

async fn sign_in(client: &Client, email: &str, password: &str) -> Reply {
    client.post(SIGN_IN, &json!({"email": email, "password": password})).await
}

#[tokio::test]
async fn an_account_begins_with_the_proof_of_its_address() {
    let server = strict().await;
    let office = PostOffice::open(&server.database.services, None);
    let reply = server.post(SIGN_UP, &wish("ada@example.com", PASSWORD)).await.expect(202);
    assert_eq!((reply.text().as_str(), reply.cookie()), ("", None));
    sign_in(&server, "ada@example.com", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    let token = office.token("ada@example.com").await;
    server.post(VERIFY, &json!({"token": token})).await.expect(204);
    sign_in(&server, "ada@example.com", PASSWORD).await.expect(200);
    server.post(VERIFY, &json!({"token": token})).await.refused(410, "EXPIRED");
}

#[tokio::test]
async fn a_taken_address_is_answered_like_a_free_one_and_told_by_mail() {
    let server = strict().await;
    let office = PostOffice::open(&server.database.services, None);
    server.post(SIGN_UP, &wish("ada@example.com", PASSWORD)).await.expect(202);
    server.post(VERIFY, &json!({"token": office.token("ada@example.com").await})).await.expect(204);
    let taken = server.post(SIGN_UP, &wish("ada@example.com", "eve's own password")).await.expect(202);
    let free = server.post(SIGN_UP, &wish("new@example.com", "eve's own password")).await.expect(202);
    assert_eq!(taken.indistinguishable(), free.indistinguishable());
    let told = office.mails("ada@example.com").await.remove(0);
    assert_eq!(told.subject, "You have an account already");
    assert!(!told.text.contains("token="), "{}", told.text);
    sign_in(&server, "ada@example.com", "eve's own password").await.refused(401, "INVALID_CREDENTIALS");
    sign_in(&server, "ada@example.com", PASSWORD).await.expect(200);
    assert_eq!(server.database.truth::<i64>("select count(*) from platform.users").await, 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_up_is_told_at_once() {
    let server = strict().await;
    let reply = server.post(SIGN_UP, &json!({"name": "", "email": "x", "password": "short"})).await;
    assert_eq!(reply.refused(422, "INVALID").fields(), ["name", "email", "password"]);
    assert_eq!(server.database.truth::<i64>("select count(*) from platform.mails").await, 0);
}

#[tokio::test]
async fn of_two_sign_ups_with_an_address_each_link_has_its_own_password_and_the_first_counts() {
    let server = strict().await;
    let office = PostOffice::open(&server.database.services, None);
    server.post(SIGN_UP, &wish("ada@example.com", "eve's own password")).await.expect(202);
    let hers = office.token("ada@example.com").await;
    server.post(SIGN_UP, &wish("ada@example.com", PASSWORD)).await.expect(202);
    let own = office.token("ada@example.com").await;
    assert_ne!(hers, own);
    server.post(VERIFY, &json!({"token": own})).await.expect(204);
    sign_in(&server, "ada@example.com", PASSWORD).await.expect(200);
    server.post(VERIFY, &json!({"token": hers})).await.refused(410, "EXPIRED");
    sign_in(&server, "ada@example.com", "eve's own password").await.refused(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn a_proof_that_comes_after_a_day_comes_too_late() {
    let server = strict().await;
    let office = PostOffice::open(&server.database.services, None);
    server.post(SIGN_UP, &wish("ada@example.com", PASSWORD)).await.expect(202);
    let token = office.token("ada@example.com").await;
    server.database.turn_clock(TimeDelta::hours(25)).await;
    server.post(VERIFY, &json!({"token": token})).await.refused(410, "EXPIRED");
    server.post(SIGN_UP, &wish("ada@example.com", PASSWORD)).await.expect(202);
    server.post(VERIFY, &json!({"token": office.token("ada@example.com").await})).await.expect(204);
}

#[tokio::test]
async fn an_account_from_before_gets_a_link_when_its_person_signs_in() {
    let server = strict().await;
    let office = PostOffice::open(&server.database.services, None);
    let before = server.another().await;
    let ada = before.sign_up("Ada").await;
    sign_in(&server, &ada.email, "some other password").await.refused(401, "INVALID_CREDENTIALS");
    assert_eq!(office.mails(&ada.email).await.len(), 0, "who does not know the password causes no mail");
    sign_in(&server, &ada.email, &ada.password).await.refused(403, "FORBIDDEN");
    server.post(VERIFY, &json!({"token": office.token(&ada.email).await})).await.expect(204);
    sign_in(&server, &ada.email, &ada.password).await.expect(200);
}

#[tokio::test]
async fn another_password_by_mail_proves_the_address_too() {
    let server = strict().await;
    let office = PostOffice::open(&server.database.services, None);
    let before = server.another().await;
    let ada = before.sign_up("Ada").await;
    server.post("/api/v1/auth/password/forgot", &json!({"email": ada.email})).await.expect(202);
    let body = json!({"token": office.token(&ada.email).await, "password": "another horse staple"});
    server.post("/api/v1/auth/password/reset", &body).await.expect(204);
    sign_in(&server, &ada.email, "another horse staple").await.expect(200);
}

#[tokio::test]
async fn the_operators_word_opens_an_account() {
    let server = strict().await;
    let services = &server.database.services;
    let operator = TestOperator::over(services);
    server.post(SIGN_UP, &wish("ada@example.com", PASSWORD)).await.expect(202);
    let user = accounts::vouch_for(services, &operator.operator, " Ada@Example.com").await.expect("a sign-up");
    assert_eq!((user.name.as_str(), user.email.as_str()), ("Ada Lovelace", "ada@example.com"));
    sign_in(&server, "ada@example.com", PASSWORD).await.expect(200);
    let again = accounts::vouch_for(services, &operator.operator, "ada@example.com").await.expect("an account");
    assert_eq!(again.id, user.id);
    let unknown = accounts::vouch_for(services, &operator.operator, "nobody@example.com").await;
    assert!(matches!(unknown, Err(accounts::AccountError::Unknown)), "{unknown:?}");
}
