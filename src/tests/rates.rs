//! Rates: what an address and an account pay for what fails, and that nobody else pays for it.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_testkit::{Call, Client, Reply, ServerOptions, TestServer};

const SIGN_UP: &str = "/api/v1/auth/sign-up";
const SIGN_IN: &str = "/api/v1/auth/sign-in";
const ME: &str = "/api/v1/auth/me";

/// Lets no time pass for limiters that have been asked before: a moment before the first that they saw is the first.
fn stand_still(server: &TestServer) {
    turn(server, -600);
}

/// Turns the program's clock alone, which is what rates go by.
fn turn(server: &TestServer, seconds: i64) {
    server.database.services.clock.set_offset(TimeDelta::seconds(seconds));
}

/// Makes a call again and again; answers how many were answered with `status` before the first that was too fast, and that.
async fn flood(status: u16, call: impl Fn() -> Call) -> (usize, Reply) {
    for answered in (0..2_000).step_by(50) {
        let replies = join_all((0..50).map(|_| call().into_future())).await;
        let (slow, fast): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status != 429);
        let count = answered + slow.len();
        slow.into_iter().for_each(|reply| drop(reply.expect(status)));
        if let Some(refused) = fast.into_iter().next() {
            return (count, refused.refused(429, "RATE_LIMITED"));
        }
    }
    panic!("2,000 calls were answered and none was too fast");
}

fn forged(client: &Client) -> Call {
    client.with_cookie(Some("tenantry=forged".into())).get(ME)
}

fn seconds(reply: &Reply) -> u32 {
    reply.header("retry-after").expect("a hint").parse().expect("seconds")
}

/// A server of which nobody's address has anything left, with somebody who was there before.
async fn exhausted() -> (TestServer, tenantry_testkit::Person) {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    forged(&server).await.refused(401, "UNAUTHENTICATED");
    stand_still(&server);
    flood(401, || forged(&server)).await;
    (server, ada)
}

#[tokio::test]
async fn a_flood_of_credentials_that_open_nothing_is_told_to_wait() {
    let server = TestServer::without_worker().await;
    forged(&server).await.refused(401, "UNAUTHENTICATED");
    stand_still(&server);
    let (answered, refused) = flood(401, || forged(&server)).await;
    assert_eq!(answered, 499, "with the first one they are the whole bucket");
    assert_eq!(seconds(&refused), 1);
    let facts = refused.json();
    assert_eq!([&facts["policy"], &facts["limit"], &facts["remaining"]], [&json!("address"), &json!(500), &json!(0)]);
}

#[tokio::test]
async fn every_kind_of_credential_that_opens_nothing_counts_and_none_does_not() {
    let (server, _) = exhausted().await;
    let unknown = format!("tenantry={}", BASE64_URL_SAFE_NO_PAD.encode([7; 32]));
    server.with_cookie(Some(unknown)).get(ME).await.refused(429, "RATE_LIMITED");
    server.get(ME).header("authorization", "Bearer nonsense").await.refused(429, "RATE_LIMITED");
    server.get(ME).header("x-api-key", "tnt_live_nonsense").await.refused(429, "RATE_LIMITED");
    server.get(ME).await.refused(401, "UNAUTHENTICATED");
    turn(&server, 1);
    forged(&server).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_authenticates_is_never_refused_for_its_address() {
    let (server, ada) = exhausted().await;
    for _ in 0..20 {
        ada.get(ME).await.expect(200);
    }
    ada.create_organization("Acme", "free").await;
    ada.dispatched(json!({})).await;
    ada.naming("no-such-place").get("/api/v1/tools").await.refused(404, "NOT_FOUND");
    ada.signed_in_again().await;
    server.sign_up("Bob").await;
}

#[tokio::test]
async fn a_wrong_password_costs_its_address_too() {
    let (server, ada) = exhausted().await;
    let wrong = json!({"email": ada.email, "password": "wrong horse battery"});
    let refused = server.post(SIGN_IN, &wrong).await.refused(429, "RATE_LIMITED");
    assert_eq!(refused.at("/policy"), "address");
    ada.signed_in_again().await;
}

#[tokio::test]
async fn a_clients_own_forwarding_header_is_worth_nothing() {
    let server = TestServer::without_worker().await;
    forged(&server).await.refused(401, "UNAUTHENTICATED");
    stand_still(&server);
    let number = std::sync::atomic::AtomicU32::new(0);
    let next = || std::net::Ipv4Addr::from(number.fetch_add(1, std::sync::atomic::Ordering::Relaxed)).to_string();
    let (answered, _) = flood(401, || forged(&server).header("x-forwarded-for", &next())).await;
    assert_eq!(answered, 499);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_pays_for_itself() {
    let options = ServerOptions { worker: false, trusted_proxies: "127.0.0.0/8", ..ServerOptions::default() };
    let server = TestServer::with(options).await;
    let from = |chain: &str| forged(&server).header("x-forwarded-for", chain);
    from("203.0.113.7").await.refused(401, "UNAUTHENTICATED");
    stand_still(&server);
    let (answered, _) = flood(401, || from("203.0.113.7")).await;
    assert_eq!(answered, 499);
    for same in ["198.51.100.1, 203.0.113.7", "203.0.113.7, 127.0.0.9", "::ffff:203.0.113.7"] {
        from(same).await.refused(429, "RATE_LIMITED");
    }
    for other in ["203.0.113.8", "203.0.113.7, 203.0.113.8", "nonsense"] {
        from(other).await.refused(401, "UNAUTHENTICATED");
    }
    forged(&server).await.refused(401, "UNAUTHENTICATED");

    flood(401, || from("2001:db8:1:2::1")).await;
    from("2001:db8:1:2:ffff::1").await.refused(429, "RATE_LIMITED");
    from("2001:db8:1:3::1").await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn sign_ups_of_an_address_are_slowed_before_they_are_read() {
    let server = TestServer::without_worker().await;
    let began = std::time::Instant::now();
    let ada = server.sign_up("Ada").await;
    let (answered, refused) = flood(422, || server.post(SIGN_UP, &json!({}))).await;
    // All servers count them together, by the database's clock, which goes on meanwhile: a second gives one back.
    let given_back = usize::try_from(began.elapsed().as_secs()).expect("seconds") + 1;
    assert!((599..=599 + given_back).contains(&answered), "{answered}, {given_back} given back");
    assert_eq!((seconds(&refused), refused.at("/policy")), (1, json!("address")));
    assert_eq!(refused.at("/limit"), 600);
    // Nor is there one within half a minute, however long the next call takes to be made.
    let owed =
        "update platform.attempts set forgotten_at = forgotten_at + interval '30 seconds' where kind = 'sign_up'";
    server.database.change(owed).await;
    server.call(reqwest::Method::POST, SIGN_UP).body("text/plain", "x").await.refused(429, "RATE_LIMITED");
    ada.signed_in_again().await;
    turn_all(&server, 60).await;
    server.sign_up("Bob").await;
}

/// Turns the database's clock too: what all servers count together goes by it.
async fn turn_all(server: &TestServer, seconds: i64) {
    server.database.turn_clock(TimeDelta::seconds(seconds)).await;
}

fn wrong(email: &str) -> Value {
    json!({"email": email, "password": "wrong horse battery"})
}

#[tokio::test]
async fn ten_wrong_passwords_are_free_and_then_known_and_unknown_accounts_wait_alike() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let mut answers = Vec::new();
    for (start, email) in [(0, ada.email.as_str()), (100, "nobody@example.com")] {
        turn_all(&server, start).await;
        server.post(SIGN_IN, &wrong(email)).await.refused(401, "INVALID_CREDENTIALS");
        for _ in 1..10 {
            server.post(SIGN_IN, &wrong(&email.to_uppercase())).await.refused(401, "INVALID_CREDENTIALS");
        }
        let refused = server.post(SIGN_IN, &wrong(email)).await.refused(429, "RATE_LIMITED");
        assert!((1..=30).contains(&seconds(&refused)), "{}", seconds(&refused));
        turn_all(&server, start + 31).await;
        server.post(SIGN_IN, &wrong(email)).await.refused(401, "INVALID_CREDENTIALS");
        let doubled = server.post(SIGN_IN, &wrong(email)).await.refused(429, "RATE_LIMITED");
        assert!((31..=60).contains(&seconds(&doubled)), "{}", seconds(&doubled));
        let mut body = doubled.json();
        let varying = ["request_id", "resets_at"].map(|name| body[name].take());
        assert!(varying.iter().all(Value::is_string), "{varying:?}");
        answers.push(body);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!([&answers[0]["policy"], &answers[0]["limit"]], [&json!("account"), &json!(10)]);
}

#[tokio::test]
async fn while_an_account_waits_the_right_password_waits_too_and_then_forgives_all() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let right = json!({"email": ada.email, "password": ada.password});
    let tries = join_all((0..30).map(|_| async { server.post(SIGN_IN, &wrong(&ada.email)).await.status })).await;
    assert_eq!(tries.iter().filter(|status| **status == 401).count(), 10, "thirty at once are ten: {tries:?}");
    server.post(SIGN_IN, &right).await.refused(429, "RATE_LIMITED");
    ada.get(ME).await.expect(200);
    server.sign_up("Bob").await.signed_in_again().await;
    turn_all(&server, 31).await;
    server.post(SIGN_IN, &right).await.expect(200);
    for _ in 0..9 {
        server.post(SIGN_IN, &wrong(&ada.email)).await.refused(401, "INVALID_CREDENTIALS");
    }
    server.post(SIGN_IN, &right).await.expect(200);
}

#[tokio::test]
async fn what_is_tried_against_an_account_is_counted_for_all_servers_together() {
    let server = TestServer::without_worker().await;
    let other = server.another().await;
    let ada = server.sign_up("Ada").await;
    for number in 0..10 {
        let client = [&*server, &*other][number % 2];
        client.post(SIGN_IN, &wrong(&ada.email)).await.refused(401, "INVALID_CREDENTIALS");
    }
    for client in [&*server, &*other] {
        let refused = client.post(SIGN_IN, &wrong(&ada.email)).await.refused(429, "RATE_LIMITED");
        assert_eq!(refused.at("/policy"), json!("account"));
    }
}

#[tokio::test]
async fn a_password_that_is_tried_on_every_account_waits_wherever_it_comes_from() {
    let options = ServerOptions { worker: false, trusted_proxies: "127.0.0.0/8", ..ServerOptions::default() };
    let server = TestServer::with(options).await;
    let ada = server.sign_up("Ada").await;
    let offer = |email: &str, password: &str| {
        let from = format!("203.0.113.{}", email.len() + password.len());
        let body = json!({"email": email, "password": password});
        server.post(SIGN_IN, &body).header("x-forwarded-for", &from)
    };
    for number in 0..30 {
        let email = format!("{}nobody@example.com", "x".repeat(number));
        offer(&email, "seven golden harbours").await.refused(401, "INVALID_CREDENTIALS");
    }
    let refused = offer("another@example.com", "seven golden harbours").await.refused(429, "RATE_LIMITED");
    assert_eq!([refused.at("/policy"), refused.at("/limit")], [json!("password"), json!(30)]);
    // An account that waits too gives nothing back: nothing was taken from it.
    server
        .database
        .change("update platform.attempts set waits_until = app.now() + interval '10 minutes' where kind = 'account'")
        .await;
    for number in 0..30 {
        let email = format!("{}nobody@example.com", "x".repeat(number));
        let refused = offer(&email, "seven golden harbours").await.refused(429, "RATE_LIMITED");
        assert_eq!(refused.at("/policy"), json!("account"));
        offer("another@example.com", "seven golden harbours").await.refused(429, "RATE_LIMITED");
    }
    server.database.change("update platform.attempts set waits_until = '-infinity' where kind = 'account'").await;
    // Everybody else comes in, and an account that was tried has lost nothing.
    offer("xnobody@example.com", "seven silver harbours").await.refused(401, "INVALID_CREDENTIALS");
    offer(&ada.email, &ada.password).await.expect(200);
    turn_all(&server, 31).await;
    offer("another@example.com", "seven golden harbours").await.refused(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn a_database_that_is_away_counts_against_nobody() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    server.database.take_away().await;
    let right = json!({"email": ada.email, "password": ada.password});
    for _ in 0..12 {
        server.post(SIGN_IN, &right).await.refused(503, "GUARD_UNAVAILABLE");
    }
    forged(&server).await.refused(401, "UNAUTHENTICATED");
    server.database.give_back().await;
    let well = async {
        loop {
            let reply = server.post(SIGN_IN, &right).await;
            if reply.status == 200 {
                return;
            }
            reply.refused(503, "GUARD_UNAVAILABLE");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), well).await.expect("the server recovers by itself");
}
