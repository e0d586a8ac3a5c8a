//! Mail over a real server: each arrives once, whatever the server does, and what nobody takes is kept with the reason.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;
use tenantry_domain::mail::worker;
use tenantry_testkit::{PostOffice, TestDatabase, TestMailServer, TestServer, token_of};

const FORGOT: &str = "/api/v1/auth/password/forgot";

/// Somebody with an account at exactly this address.
async fn person(server: &TestServer, email: &str) {
    let body = json!({"name": "Ada Lovelace", "email": email, "password": "correct horse battery"});
    server.post("/api/v1/auth/sign-up", &body).await.expect(201);
}

async fn asks(server: &TestServer, email: &str) {
    server.post(FORGOT, &json!({"email": email})).await.expect(202);
}

/// Waits until the only mail has come to a state, and answers its attempts and the reason.
async fn reaches(database: &TestDatabase, state: &'static str) -> (i32, Option<String>) {
    let started = Instant::now();
    loop {
        let found: String = database.truth("select coalesce(max(state), 'none') from platform.mails").await;
        let tried: i32 = database.truth("select coalesce(max(attempts), 0) from platform.mails").await;
        let reason: Option<String> = database.truth("select max(reason) from platform.mails").await;
        if found == state && (state != "waiting" || reason.is_some()) {
            return (tried, reason);
        }
        assert!(started.elapsed() < Duration::from_secs(30), "the mail is {found} after {tried} attempts: {reason:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Lets the time of the next attempt come.
async fn try_again(database: &TestDatabase) {
    database.change("update platform.mails set due_at = app.now() where state = 'waiting'").await;
}

#[tokio::test]
async fn a_mail_arrives_once_in_text_and_html_and_nobody_is_to_answer_it() {
    let (server, smtp) = (TestServer::without_worker().await, TestMailServer::start());
    let office = PostOffice::open(&server.database.services, Some(&smtp));
    person(&server, "ada@example.com").await;
    server.database.change("update platform.users set email_verified_at = app.now()").await;
    asks(&server, "ada@example.com").await;
    let mail = smtp.expect("ada@example.com", 1).await.remove(0);
    assert_eq!(reaches(&server.database, "sent").await, (1, None));
    assert_eq!(mail["from"], "no-reply@localhost");
    assert_eq!(mail["subject"], "Reset your password");
    let header = |name: &str| {
        let headers = mail["headers"].as_array().expect("headers").iter();
        let own: Vec<_> = headers.filter(|header| header[0] == name).map(|header| header[1].clone()).collect();
        assert_eq!(own.len(), 1, "{name}: {own:?}");
        own[0].as_str().expect("text").to_owned()
    };
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("From"), "Tenantry <no-reply@localhost>");
    assert!(header("Message-ID").ends_with("@localhost>"));
    assert!(header("Date").ends_with("+0000"));
    let link = office.mails("ada@example.com").await.remove(0).links.remove(0);
    for part in ["text", "html"] {
        assert!(mail[part].as_str().expect("text").contains(&link), "{mail:#}");
    }
    assert!(mail["html"].as_str().expect("text").contains("Ada Lovelace"));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(smtp.taken().len(), 1, "and once only");
}

#[tokio::test]
async fn a_server_that_asks_to_come_back_is_come_back_to() {
    let (server, smtp) = (TestServer::without_worker().await, TestMailServer::start());
    let _office = PostOffice::open(&server.database.services, Some(&smtp));
    person(&server, "greylisted@example.com").await;
    asks(&server, "greylisted@example.com").await;
    let (attempts, reason) = reaches(&server.database, "waiting").await;
    assert_eq!(attempts, 1);
    assert!(reason.expect("a reason").contains("Come back later"));
    let wait: f64 =
        server.database.truth("select extract(epoch from due_at - app.now())::float8 from platform.mails").await;
    assert!((30.0..=80.0).contains(&wait), "{wait}");
    try_again(&server.database).await;
    smtp.expect("greylisted@example.com", 1).await;
    assert_eq!(reaches(&server.database, "sent").await, (2, None));
}

#[tokio::test]
async fn a_server_that_refuses_for_good_is_asked_once() {
    let (server, smtp) = (TestServer::without_worker().await, TestMailServer::start());
    let office = PostOffice::open(&server.database.services, Some(&smtp));
    person(&server, "refused@example.com").await;
    asks(&server, "refused@example.com").await;
    let (attempts, reason) = reaches(&server.database, "dead").await;
    assert_eq!(attempts, 1);
    assert!(reason.expect("a reason").contains("There is nobody of this name"));
    let listed = office.mails("refused@example.com").await;
    assert_eq!((listed[0].state.as_str(), listed[0].attempts), ("dead", 1));
    try_again(&server.database).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(reaches(&server.database, "dead").await.0, 1);
    assert_eq!(smtp.taken().len(), 0);
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_a_mail_costs_nothing_but_time() {
    let (server, smtp) = (TestServer::without_worker().await, TestMailServer::start());
    let _office = PostOffice::open(&server.database.services, Some(&smtp));
    person(&server, "cut@example.com").await;
    asks(&server, "cut@example.com").await;
    assert_eq!(reaches(&server.database, "waiting").await.0, 1);
    assert_eq!(smtp.taken().len(), 0);
    try_again(&server.database).await;
    smtp.expect("cut@example.com", 1).await;
    assert_eq!(reaches(&server.database, "sent").await.0, 2);
}

#[tokio::test]
async fn what_nobody_takes_for_a_day_is_given_up_with_the_reason_and_later_removed() {
    let server = TestServer::without_worker().await;
    let database = &server.database;
    // A port where nobody listens.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let office = PostOffice::at(&database.services, Some(&format!("smtp://{nobody}")));
    person(&server, "ada@example.com").await;
    asks(&server, "ada@example.com").await;
    let (_, reason) = reaches(database, "waiting").await;
    database
        .change("update platform.mails set created_at = created_at - interval '23 hours 59 minutes 50 seconds'")
        .await;
    try_again(database).await;
    assert_eq!(reaches(database, "dead").await, (2, reason));
    drop(office);
    worker::sweep(&database.services).await.expect("swept");
    assert_eq!(database.truth::<i64>("select count(*) from platform.mails").await, 1);
    database.change("update platform.mails set created_at = created_at - interval '7 days'").await;
    worker::sweep(&database.services).await.expect("swept");
    assert_eq!(database.truth::<i64>("select count(*) from platform.mails").await, 0);
}

#[tokio::test]
async fn without_a_server_mails_can_be_read_for_a_day() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    person(&server, "ada@example.com").await;
    asks(&server, "ada@example.com").await;
    let mails = office.mails("ada@example.com").await;
    assert_eq!((mails.len(), mails[0].state.as_str(), mails[0].attempts), (1, "waiting", 0));
    assert!(token_of(&mails[0]).is_some());
    drop(office);
    server.database.turn_clock(TimeDelta::hours(25)).await;
    worker::sweep(&server.database.services).await.expect("swept");
    assert_eq!(reaches(&server.database, "dead").await, (0, Some("No mail server was set within a day.".to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_send_each_mail_once() {
    let (server, smtp) = (TestServer::without_worker().await, TestMailServer::start());
    for number in 0..20 {
        person(&server, &format!("person{number}@example.com")).await;
        asks(&server, &format!("person{number}@example.com")).await;
    }
    let other = server.database.other_process();
    let _offices = [PostOffice::open(&server.database.services, Some(&smtp)), PostOffice::open(&other, Some(&smtp))];
    for number in 0..20 {
        smtp.expect(&format!("person{number}@example.com"), 1).await;
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(smtp.taken().len(), 20);
    let sent: i64 =
        server.database.truth("select count(*) from platform.mails where state = 'sent' and attempts = 1").await;
    assert_eq!(sent, 20);
}

#[tokio::test]
async fn an_attempt_that_lost_its_lease_notes_nothing() {
    let (server, smtp) = (TestServer::without_worker().await, TestMailServer::start());
    let office = PostOffice::open(&server.database.services, Some(&smtp));
    person(&server, "slow@example.com").await;
    asks(&server, "slow@example.com").await;
    smtp.expect("slow@example.com", 1).await;
    // As if another process had found the lease ended, and were trying now.
    server.database.change("update platform.mails set attempts = attempts + 1").await;
    smtp.let_go();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mails = office.mails("slow@example.com").await;
    assert_eq!((mails[0].state.as_str(), mails[0].attempts), ("waiting", 2));
}

#[tokio::test]
async fn a_copy_of_the_tables_opens_nothing() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    person(&server, "ada@example.com").await;
    asks(&server, "ada@example.com").await;
    let token = office.token("ada@example.com").await;
    let everything: String = server
        .database
        .truth(
            "select (select string_agg(m::text, ' ') from platform.mails m)
                 || (select string_agg(t::text, ' ') from platform.link_tokens t)",
        )
        .await;
    // Its first 21 characters are the id, which is no secret.
    assert!(!everything.contains(&token) && !everything.contains(&token[22..]), "{everything}");
    let id: String = server.database.truth("select token_id::text from platform.link_tokens").await;
    let body = json!({"token": id, "password": "correct horse staple"});
    server.post("/api/v1/auth/password/reset", &body).await.refused(410, "EXPIRED");
}
