//! Forgotten passwords: a link by mail, once, for half an hour, and nothing that tells who has an account.

use std::time::Instant;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_testkit::{Client, PostOffice, Reply, TestServer};

const FORGOT: &str = "/api/v1/auth/password/forgot";
const RESET: &str = "/api/v1/auth/password/reset";
const VERIFY: &str = "/api/v1/auth/email/verify";
const SIGN_IN: &str = "/api/v1/auth/sign-in";
const ME: &str = "/api/v1/auth/me";
const ANOTHER: &str = "another horse staple";

async fn forgot(client: &Client, email: &str) -> Reply {
    client.post(FORGOT, &json!({"email": email})).await
}

fn with(token: &str) -> Value {
    json!({"token": token, "password": ANOTHER})
}

#[tokio::test]
async fn a_link_sets_another_password_once_and_ends_every_session() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    let ada = server.sign_up("Ada").await;
    let elsewhere = ada.signed_in_again().await;
    forgot(&server, &ada.email).await.expect(202);
    let token = office.token(&ada.email).await;
    ada.get(ME).await.expect(200);
    let reply = server.post(RESET, &with(&token)).await.expect(204);
    assert_eq!((reply.text().as_str(), reply.cookie()), ("", None), "nobody is signed in by it");
    for session in [&ada, &elsewhere] {
        session.get(ME).await.refused(401, "UNAUTHENTICATED");
    }
    let sign_in = |password: &str| server.post(SIGN_IN, &json!({"email": ada.email, "password": password}));
    sign_in(&ada.password).await.refused(401, "INVALID_CREDENTIALS");
    sign_in(ANOTHER).await.expect(200);
    server.post(RESET, &with(&token)).await.refused(410, "EXPIRED");
    let told = office.mails(&ada.email).await.remove(0);
    assert_eq!(told.subject, "Your password was changed");
    assert!(!told.text.contains("token=") && told.text.starts_with("Hello Ada,"), "{}", told.text);
}

#[tokio::test]
async fn an_address_that_nobody_has_proven_gets_no_name_and_one_that_is_gets_it() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    let ada = server.sign_up("Ada").await;
    forgot(&server, &ada.email).await.expect(202);
    let told = office.mails(&ada.email).await.remove(0);
    assert!(told.text.starts_with("Hello,") && !told.html.contains("Ada"), "{}", told.text);
    server.post(RESET, &with(&office.token(&ada.email).await)).await.expect(204);
    forgot(&server, &ada.email).await.expect(202);
    let told = office.mails(&ada.email).await.remove(0);
    assert!(told.text.starts_with("Hello Ada,"), "{}", told.text);
}

#[tokio::test]
async fn a_password_that_is_made_of_the_address_is_refused_and_the_link_works_on() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    let email = "grace.hopper@navy.example";
    let sign_up = json!({"name": "Grace", "email": email, "password": "correct horse battery"});
    server.post("/api/v1/auth/sign-up", &sign_up).await.expect(201);
    forgot(&server, email).await.expect(202);
    let token = office.token(email).await;
    let own = json!({"token": token, "password": "grace.hopper1906"});
    let refused = server.post(RESET, &own).await.refused(422, "INVALID");
    assert_eq!(refused.at("/errors/0/code"), "TOO_COMMON");
    server.post(RESET, &with(&token)).await.expect(204);
}

#[tokio::test]
async fn the_answer_is_the_same_whoever_has_the_address() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let (known, unknown) = (forgot(&server, &ada.email).await, forgot(&server, "nobody@example.com").await);
    assert_eq!(known.expect(202).indistinguishable(), unknown.expect(202).indistinguishable());
    // What a request writes is the same, too, but for the address.
    let rows: i64 = server
        .database
        .truth("select count(*) from (select distinct kind, letter, state, attempts from platform.mails) rows")
        .await;
    assert_eq!((rows, server.database.truth::<i64>("select count(*) from platform.mails").await), (1, 2));
    let office = PostOffice::open(&server.database.services, None);
    assert_eq!(office.mails(&ada.email).await.len(), 1);
    assert_eq!(office.mails("nobody@example.com").await.len(), 0);
    assert_eq!(server.database.truth::<i64>("select count(*) from platform.mails").await, 1);
}

#[tokio::test]
async fn the_time_does_not_tell_who_has_an_account() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..40 {
        for (times, email) in [(&mut known, ada.email.clone()), (&mut unknown, format!("nobody{number}@example.com"))] {
            let started = Instant::now();
            forgot(&server, &email).await.expect(202);
            times.push(started.elapsed());
        }
    }
    known.sort();
    unknown.sort();
    let ratio = known[20].as_secs_f64() / unknown[20].as_secs_f64();
    assert!((0.5..=2.0).contains(&ratio), "{:?} and {:?}", known[20], unknown[20]);
}

#[tokio::test]
async fn a_link_ends_after_half_an_hour() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    let ada = server.sign_up("Ada").await;
    forgot(&server, &ada.email).await.expect(202);
    let token = office.token(&ada.email).await;
    server.database.turn_clock(TimeDelta::minutes(31)).await;
    server.post(RESET, &with(&token)).await.refused(410, "EXPIRED");
    forgot(&server, &ada.email).await.expect(202);
    let newer = office.token(&ada.email).await;
    server.post(RESET, &with(&newer)).await.expect(204);
}

#[tokio::test]
async fn a_password_that_is_refused_leaves_the_link_as_it_was() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    let ada = server.sign_up("Ada").await;
    forgot(&server, &ada.email).await.expect(202);
    let token = office.token(&ada.email).await;
    for password in ["", "short", "password123"] {
        let reply = server.post(RESET, &json!({"token": token, "password": password})).await.refused(422, "INVALID");
        assert_eq!(reply.fields(), ["password"]);
    }
    server.post(RESET, &with(&token)).await.expect(204);
}

#[tokio::test]
async fn what_is_no_link_of_ours_opens_nothing() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    let ada = server.sign_up("Ada").await;
    forgot(&server, &ada.email).await.expect(202);
    let token = office.token(&ada.email).await;
    let turned: String = token.chars().rev().collect();
    for wrong in ["x", &token[1..], &turned, &format!("{token}A"), "'; drop table users --"] {
        server.post(RESET, &with(wrong)).await.refused(410, "EXPIRED");
    }
    server.post(VERIFY, &json!({"token": token})).await.refused(410, "EXPIRED");
    let reply = server.post(RESET, &json!({})).await.refused(422, "INVALID");
    assert_eq!(reply.fields(), ["token", "password"]);
    server.post(VERIFY, &json!({})).await.refused(422, "INVALID");
    server.post(RESET, &json!({"token": token, "password": ANOTHER, "user": "x"})).await.refused(422, "INVALID");
    server.post(FORGOT, &json!({"email": "nobody"})).await.refused(422, "INVALID");
    server.post(RESET, &with(&token)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_bring_a_link_at_once_one_comes_in() {
    let server = TestServer::without_worker().await;
    let other = server.another().await;
    let office = PostOffice::open(&server.database.services, None);
    let ada = server.sign_up("Ada").await;
    forgot(&server, &ada.email).await.expect(202);
    let token = office.token(&ada.email).await;
    let clients = [&*server, &*other];
    let replies = join_all((0..6).map(|number| clients[number % 2].post(RESET, &with(&token)).into_future())).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 410, 410, 410, 410, 410]);
}

#[tokio::test]
async fn nobodys_mailbox_is_filled_by_whoever_types_its_address() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    let ada = server.sign_up("Ada").await;
    for _ in 0..8 {
        forgot(&server, &ada.email).await.expect(202);
    }
    assert_eq!(office.mails(&ada.email).await.len(), 3);
    server.database.turn_clock(TimeDelta::minutes(16)).await;
    forgot(&server, &ada.email).await.expect(202);
    assert_eq!(office.mails(&ada.email).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_can_ask_only_so_fast() {
    let server = TestServer::without_worker().await;
    let replies = join_all((0..140).map(|number| forgot_at(&server, number))).await;
    let refused: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 429).collect();
    // A hundred at once, and one a second meanwhile.
    assert!((1..=40).contains(&refused.len()), "{}", refused.len());
    for reply in refused {
        assert_eq!(reply.code(), "RATE_LIMITED");
        assert!(reply.header("retry-after").is_some());
    }
}

async fn forgot_at(server: &TestServer, number: u32) -> Reply {
    forgot(server, &format!("nobody{number}@example.com")).await
}

#[tokio::test]
async fn without_its_database_nothing_is_promised() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    server.database.take_away().await;
    forgot(&server, &ada.email).await.refused(503, "GUARD_UNAVAILABLE");
    server.database.give_back().await;
    let office = PostOffice::open(&server.database.services, None);
    assert_eq!(office.mails(&ada.email).await.len(), 0);
}
