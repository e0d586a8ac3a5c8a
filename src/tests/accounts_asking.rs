//! How many mails can be asked for: by an address and for a mailbox, counted once however many servers there are, and in the
//! same way whoever has the mailbox.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Instant,
};

use futures::future::join;
use serde_json::{Value, json};
use tenantry_domain::{
    Services,
    accounts::{self, AccountError, ForgotPassword, email_change},
    mail::worker,
};
use tenantry_kernel::Problem;
use tenantry_testkit::{PostOffice, ServerOptions, TestServer};

const FORGOT: &str = "/api/v1/auth/password/forgot";
const SIGN_IN: &str = "/api/v1/auth/sign-in";

/// Where the tests' clients are.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Somewhere else.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

async fn forgot(services: &Services, email: &str, from: IpAddr) -> Result<(), AccountError> {
    accounts::forgot_password(services, &ForgotPassword { email: email.to_owned() }, Some(from)).await
}

/// Asks in turn of each process, from here, until nothing is left, nor will be within a minute; answers how much there was.
async fn use_up(server: &TestServer, processes: &[&Services]) -> usize {
    for number in 0..400 {
        let asked = forgot(processes[number % processes.len()], &format!("nobody{number}@example.com"), HERE).await;
        match asked {
            Ok(()) => {}
            Err(AccountError::TooFast(_)) => {
                let owed = "update platform.attempts set forgotten_at = forgotten_at + interval '1 minute'
                            where kind = 'mail'";
                server.database.change(owed).await;
                return number;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("400 mails were asked for from one address");
}

#[tokio::test]
async fn mails_that_an_address_asks_for_are_counted_for_all_servers_together() {
    let server = TestServer::without_worker().await;
    let (services, other) = (&server.database.services, server.database.other_process());
    let began = Instant::now();
    let asked = use_up(&server, &[services, &other]).await;
    // A second gives one back.
    let given_back = usize::try_from(began.elapsed().as_secs()).expect("seconds") + 1;
    assert!((100..=100 + given_back).contains(&asked), "{asked}, {given_back} given back");
    let refused = Problem::from(forgot(&other, "nobody@example.com", HERE).await.expect_err("nothing is left"));
    let facts = refused.limit.expect("facts");
    assert_eq!((facts.policy.as_str(), facts.limit), ("address", Some(100)));
    for process in [services, &other] {
        forgot(process, "nobody@example.com", ELSEWHERE).await.expect("another address has its own");
    }
}

#[tokio::test]
async fn every_way_to_a_mail_is_counted_and_refused_before_it_says_who_has_an_account() {
    let server = TestServer::without_worker().await;
    let services = &server.database.services;
    let ada = server.sign_up("Ada").await;
    let own = ada.principal(services).await;
    let wanted = email_change::ask(services, &own, "ada.new@example.com", &ada.password, Some(HERE)).await;
    wanted.expect("there is one left");
    let asked = "select count(*) from platform.mails";
    let before: i64 = server.database.truth(asked).await;
    let more = i64::try_from(use_up(&server, &[services]).await).expect("few");
    let refused = email_change::ask(services, &own, "ada.new@example.com", &ada.password, Some(HERE)).await;
    assert_eq!(Problem::from(refused.expect_err("nothing is left")).status, 429);
    assert_eq!(server.database.truth::<i64>(asked).await, before + more, "who is refused writes nothing");
    let mut answers = Vec::new();
    for email in [ada.email.as_str(), "nobody@example.com"] {
        let refused = server.post(FORGOT, &json!({"email": email})).await.refused(429, "RATE_LIMITED");
        assert!(refused.header("retry-after").is_some());
        let mut body = refused.json();
        let varying = ["request_id", "resets_at"].map(|name| body[name].take());
        assert!(varying.iter().all(Value::is_string), "{varying:?}");
        answers.push(body);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn another_proof_of_an_address_is_a_mail_that_was_asked_for() {
    let options = ServerOptions { worker: false, require_verified_email: true, ..ServerOptions::default() };
    let server = TestServer::with(options).await;
    let office = PostOffice::open(&server.database.services, None);
    let ada = server.another().await.sign_up("Ada").await;
    let body = json!({"email": ada.email, "password": ada.password});
    use_up(&server, &[&server.database.services]).await;
    server.post(SIGN_IN, &body).await.refused(429, "RATE_LIMITED");
    assert_eq!(office.mails(&ada.email).await.len(), 0);
    server.database.turn_clock(chrono::TimeDelta::minutes(3)).await;
    server.post(SIGN_IN, &body).await.refused(403, "FORBIDDEN");
    assert_eq!(office.mails(&ada.email).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_gets_three_however_many_servers_write_at_once() {
    let server = TestServer::without_worker().await;
    let (services, other) = (&server.database.services, server.database.other_process());
    let people = [server.sign_up("Ada").await, server.sign_up("Bob").await, server.sign_up("Eve").await];
    for _ in 0..8 {
        for person in &people {
            let (one, another) =
                join(forgot(services, &person.email, HERE), forgot(&other, &person.email, ELSEWHERE)).await;
            one.and(another).expect("asked");
        }
    }
    let (one, another) = join(worker::write_asked(services), worker::write_asked(&other)).await;
    one.and(another).expect("the database is there");
    let posted = "select array_agg(n order by n) from (
                      select count(*) as n from platform.mails where state = 'waiting' group by recipient) posted";
    assert_eq!(server.database.truth::<Vec<i64>>(posted).await, [3, 3, 3]);
    assert_eq!(server.database.truth::<i64>("select count(*) from platform.mails where state = 'asked'").await, 0);
}

#[tokio::test]
async fn a_database_that_is_away_promises_no_mail_and_counts_nothing() {
    let server = TestServer::without_worker().await;
    let (services, other) = (&server.database.services, server.database.other_process());
    let ada = server.sign_up("Ada").await;
    let own = ada.principal(services).await;
    server.database.take_away().await;
    for process in [services, &other] {
        let told = Problem::from(forgot(process, &ada.email, HERE).await.expect_err("it is away"));
        assert_eq!((told.status, told.code.as_str()), (503, "GUARD_UNAVAILABLE"));
    }
    let wish = email_change::ask(services, &own, "ada.new@example.com", &ada.password, Some(HERE)).await;
    assert_eq!(Problem::from(wish.expect_err("it is away")).status, 503);
    server.database.give_back().await;
    let counted = "select count(*) from platform.attempts where kind = 'mail'";
    assert_eq!(server.database.truth::<i64>(counted).await, 0);
}
