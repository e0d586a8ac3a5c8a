//! What people do to their own accounts, by the verbs behind the account's page: each asks for the password beside the session.

use chrono::TimeDelta;
use futures::future::join;
use serde_json::json;
use tenantry_domain::{
    Services,
    access::{self, Destination, Host, Principal},
    accounts::{
        AccountError, SessionToken,
        email_change::{self, Progress},
        own::{self, OwnError},
    },
};
use tenantry_kernel::{Problem, Role};
use tenantry_testkit::{Person, PostOffice, TestServer, token_of};

const SIGN_IN: &str = "/api/v1/auth/sign-in";
const VERIFY: &str = "/api/v1/auth/email/verify";
const ME: &str = "/api/v1/auth/me";
const ANOTHER: &str = "another horse staple";

async fn principal(server: &TestServer, person: &Person) -> Principal {
    let text = person.cookie().and_then(|cookie| cookie.split_once('=')).expect("a cookie").1;
    let token = SessionToken::parse(text).expect("a session");
    let entered = access::enter(services(server), &token, &Host::Main, &Destination::Current).await;
    entered.expect("a session that lives").principal
}

fn services(server: &TestServer) -> &Services {
    &server.database.services
}

/// The fields that a refusal names.
fn fields(refused: Result<(), OwnError>) -> Vec<String> {
    let problem = Problem::from(refused.expect_err("it is refused"));
    problem.errors.into_iter().map(|error| error.field).collect()
}

#[tokio::test]
async fn another_password_needs_the_old_one_and_signs_every_other_device_out() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(services(&server), None);
    let ada = server.sign_up("Ada").await;
    let elsewhere = ada.signed_in_again().await;
    let own = principal(&server, &ada).await;
    let change =
        |current: &'static str, another: &'static str| own::change_password(services(&server), &own, current, another);
    assert_eq!(fields(change("not the password", ANOTHER).await), ["current_password"]);
    assert_eq!(fields(change("", "short").await), ["current_password", "password"]);
    assert_eq!(fields(change("correct horse battery", "password123").await), ["password"]);
    elsewhere.get(ME).await.expect(200);
    change("correct horse battery", ANOTHER).await.expect("changed");
    ada.get(ME).await.expect(200);
    elsewhere.get(ME).await.refused(401, "UNAUTHENTICATED");
    server
        .post(SIGN_IN, &json!({"email": ada.email, "password": ada.password}))
        .await
        .refused(401, "INVALID_CREDENTIALS");
    server.post(SIGN_IN, &json!({"email": ada.email, "password": ANOTHER})).await.expect(200);
    let told = office.mails(&ada.email).await;
    let told = told.iter().find(|mail| mail.subject == "Your password was changed").expect("it is told");
    assert!(told.text.contains("somebody who was signed in") && !told.text.contains("by a link"), "{}", told.text);
    let proven = "select count(*) from platform.users where email_verified_at is not null";
    assert_eq!(server.database.truth::<i64>(proven).await, 0, "a password says nothing about a mailbox");
}

#[tokio::test]
async fn wrong_passwords_beside_a_session_wait_like_those_of_a_sign_in() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let own = principal(&server, &ada).await;
    for number in 0..10 {
        let guess = format!("guess number {number}");
        assert_eq!(fields(own::change_password(services(&server), &own, &guess, ANOTHER).await), ["current_password"]);
    }
    let refused = own::change_password(services(&server), &own, &ada.password, ANOTHER).await;
    assert!(matches!(refused, Err(OwnError::Account(AccountError::TooFast(_)))), "{refused:?}");
    server.post(SIGN_IN, &json!({"email": ada.email, "password": ada.password})).await.refused(429, "RATE_LIMITED");
}

#[tokio::test]
async fn an_address_is_proven_by_its_link_and_asked_for_no_more() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(services(&server), None);
    let ada = server.sign_up("Ada").await;
    let own = principal(&server, &ada).await;
    assert!(!own::read(services(&server), &own).await.expect("read").proven);
    own::prove_address(services(&server), &own, None).await.expect("asked");
    let link = office.token(&ada.email).await;
    server.post(VERIFY, &json!({"token": link})).await.expect(204);
    assert!(own::read(services(&server), &own).await.expect("read").proven);
    own::prove_address(services(&server), &own, None).await.expect("asked, and nothing is to be said");
    assert_eq!(office.mails(&ada.email).await.len(), 1);
}

#[tokio::test]
async fn another_address_counts_once_both_have_agreed_in_either_order() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(services(&server), None);
    for (first, second) in [(0, 1), (1, 0)] {
        let ada = server.sign_up("Ada").await;
        let own = principal(&server, &ada).await;
        let new = format!("new.{}", ada.email);
        email_change::ask(services(&server), &own, &new, &ada.password, None).await.expect("asked");
        let links = [office.token(&ada.email).await, office.token(&new).await];
        server.post(VERIFY, &json!({"token": links[first]})).await.expect(204);
        server.post(VERIFY, &json!({"token": links[first]})).await.refused(410, "EXPIRED");
        assert_eq!(ada.get(ME).await.expect(200).text_at("/user/email"), ada.email, "one alone changes nothing");
        server.post(VERIFY, &json!({"token": links[second]})).await.expect(204);
        assert_eq!(ada.get(ME).await.expect(200).text_at("/user/email"), new);
        let old = json!({"email": ada.email, "password": ada.password});
        server.post(SIGN_IN, &old).await.refused(401, "INVALID_CREDENTIALS");
        server.post(SIGN_IN, &json!({"email": new, "password": ada.password})).await.expect(200);
        assert_eq!(office.mails(&ada.email).await[0].subject, "Your account has another address");
    }
}

#[tokio::test]
async fn an_address_that_somebody_has_is_told_to_them_alone_and_taken_from_nobody() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(services(&server), None);
    let (ada, eve) = (server.sign_up("Ada").await, server.sign_up("Eve").await);
    let own = principal(&server, &eve).await;
    email_change::ask(services(&server), &own, &ada.email, &eve.password, None)
        .await
        .expect("the same answer as for a free one");
    let told = office.mails(&ada.email).await;
    assert_eq!((told.len(), told[0].subject.as_str(), token_of(&told[0])), (1, "You have an account already", None));
    let link = office.token(&eve.email).await;
    server.post(VERIFY, &json!({"token": link})).await.expect(204);
    assert_eq!(eve.get(ME).await.expect(200).text_at("/user/email"), eve.email);
    assert_eq!(fields(email_change::ask(services(&server), &own, &eve.email, &eve.password, None).await), ["email"]);
    assert_eq!(fields(email_change::ask(services(&server), &own, "nobody", "wrong", None).await), ["email"]);
}

#[tokio::test]
async fn a_wish_that_was_taken_back_or_replaced_or_is_old_leads_nowhere() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(services(&server), None);
    let ada = server.sign_up("Ada").await;
    let own = principal(&server, &ada).await;
    let mut links = Vec::new();
    for new in ["one@example.com", "two@example.com", "three@example.com"] {
        email_change::ask(services(&server), &own, new, &ada.password, None).await.expect("asked");
        links.push(office.token(new).await);
        if new == "two@example.com" {
            email_change::forget(services(&server), &own).await.expect("taken back");
        }
    }
    for link in &links[..2] {
        server.post(VERIFY, &json!({"token": link})).await.refused(410, "EXPIRED");
    }
    server.database.turn_clock(TimeDelta::hours(25)).await;
    server.post(VERIFY, &json!({"token": links[2]})).await.refused(410, "EXPIRED");
    // A link of one kind is none of another.
    server
        .post("/api/v1/auth/password/reset", &json!({"token": links[2], "password": ANOTHER}))
        .await
        .refused(410, "EXPIRED");
    assert_ne!(Progress::Half, Progress::Whole);
}

#[tokio::test]
async fn two_accounts_that_want_one_address_at_once_do_not_both_get_it() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(services(&server), None);
    let (ada, bob) = (server.sign_up("Ada").await, server.sign_up("Bob").await);
    let mut links = Vec::new();
    for person in [&ada, &bob] {
        let own = principal(&server, person).await;
        email_change::ask(services(&server), &own, "wanted@example.com", &person.password, None).await.expect("asked");
        let (old, new) = (office.token(&person.email).await, office.token("wanted@example.com").await);
        server.post(VERIFY, &json!({"token": old})).await.expect(204);
        links.push(new);
    }
    let take = |link: String| {
        let body = json!({"token": link});
        let server = &server;
        async move { server.post(VERIFY, &body).await.status }
    };
    let (one, other) = (links.remove(0), links.remove(0));
    let statuses = join(take(one), take(other)).await;
    assert!(matches!(statuses, (204, 410) | (410, 204)), "{statuses:?}");
    let taken = "select count(*) from platform.users where email = 'wanted@example.com'";
    assert_eq!(server.database.truth::<i64>(taken).await, 1);
}

#[tokio::test]
async fn who_deletes_their_account_leaves_nothing_that_names_them_or_opens_anything() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(services(&server), None);
    let (_, acme) = server.owner("Ada", "pro").await;
    let bob = server.member(&acme, Role::Admin).await;
    bob.dispatched(json!({"text": "hello"})).await;
    let pair = bob.post("/api/v1/auth/token", &json!({})).await.expect(200);
    let own = principal(&server, &bob).await;
    assert_eq!(fields(own::delete(services(&server), &own, "not the password").await), ["current_password"]);
    server.post("/api/v1/auth/password/forgot", &json!({"email": bob.email})).await.expect(202);
    assert_eq!(office.mails(&bob.email).await.len(), 1);
    own::delete(services(&server), &own, &bob.password).await.expect("deleted");
    bob.get(ME).await.refused(401, "UNAUTHENTICATED");
    server.with_key(&pair.text_at("/access_token")).get(ME).await.refused(401, "UNAUTHENTICATED");
    let refresh = json!({"refresh_token": pair.text_at("/refresh_token")});
    server.post("/api/v1/auth/token", &refresh).await.refused(401, "UNAUTHENTICATED");
    let sign_in = json!({"email": bob.email, "password": bob.password});
    server.post(SIGN_IN, &sign_in).await.refused(401, "INVALID_CREDENTIALS");
    let named: String = server.database.truth("select string_agg(u::text, ' ') from platform.users u").await;
    assert!(!named.contains(&bob.email) && named.contains("Deleted person"), "{named}");
    let members = "select count(*) from directory.memberships";
    assert_eq!(server.database.truth::<i64>(members).await, 1);
    assert_eq!(server.database.truth::<i64>("select count(*) from org.jobs").await, 1, "what he did stays");
    let left = office.mails(&bob.email).await;
    assert_eq!((left.len(), left[0].subject.as_str()), (1, "Your account was deleted"), "nothing else is sent or kept");
    // The address is free for somebody new.
    let again = json!({"name": "Bob", "email": bob.email, "password": bob.password});
    server.post("/api/v1/auth/sign-up", &again).await.expect(201);
}

#[tokio::test]
async fn an_only_owner_cannot_go_and_of_two_who_go_at_once_one_stays() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let bob = server.member(&acme, Role::Admin).await;
    let (adas, bobs) = (principal(&server, &ada).await, principal(&server, &bob).await);
    let refused = own::delete(services(&server), &adas, &ada.password).await.expect_err("she owns it alone");
    let problem = Problem::from(refused);
    assert_eq!((problem.code.as_str(), problem.status), ("LAST_OWNER", 409));
    assert!(problem.detail.contains("Ada's company"), "{}", problem.detail);
    ada.get(ME).await.expect(200);
    server.database.change("update directory.memberships set owner = true").await;
    let other = server.database.other_process();
    let outcomes =
        join(own::delete(services(&server), &adas, &ada.password), own::delete(&other, &bobs, &bob.password)).await;
    assert!(outcomes.0.is_ok() != outcomes.1.is_ok(), "{outcomes:?}");
    let owners = "select count(*) from directory.memberships where owner";
    assert_eq!(server.database.truth::<i64>(owners).await, 1);
}

#[tokio::test]
async fn a_token_of_a_programs_does_nothing_to_the_account() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let own = Principal { by_token: true, ..principal(&server, &ada).await };
    let services = services(&server);
    for refused in [
        own::rename(services, &own, "Eve").await,
        own::change_password(services, &own, &ada.password, ANOTHER).await,
        own::delete(services, &own, &ada.password).await,
        email_change::ask(services, &own, "eve@example.com", &ada.password, None).await,
        email_change::forget(services, &own).await,
        own::prove_address(services, &own, None).await,
    ] {
        assert!(matches!(refused, Err(OwnError::ByToken)), "{refused:?}");
    }
}
