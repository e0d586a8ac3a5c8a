//! Warnings by mail: to owners and admins, each once, whoever makes the mails and whatever breaks.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tenantry_kernel::{Role, quota::Meter};
use tenantry_testkit::{PostOffice, TestMailServer, TestOperator, TestServer, hard};
use uuid::Uuid;

/// Waits until every warning is told.
async fn all_told(server: &TestServer) {
    let started = Instant::now();
    let untold = "select count(*) from org.usage_warnings where mailed_at is null";
    while server.database.truth::<i64>(untold).await > 0 {
        assert!(started.elapsed() < Duration::from_secs(30), "warnings are not told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_and_admins_are_told_once_at_each_mark_by_two_processes() {
    let (server, smtp) = (TestServer::without_worker().await, TestMailServer::start());
    let (ada, acme) = server.owner("Ada", "free").await;
    let (eve, other) = server.owner("Eve", "free").await;
    let admin = server.member(&acme, Role::Admin).await;
    let viewer = server.member(&acme, Role::Viewer).await;
    let runner = server.member(&acme, Role::Operator).await;
    server.database.change("update platform.users set email_verified_at = app.now()").await;
    let operator = TestOperator::over(&server.database.services);
    operator.set(acme.id, hard(Meter::Dispatches, Some(20))).await.expect("set");
    let elsewhere = server.database.other_process();
    let _offices =
        [PostOffice::open(&server.database.services, Some(&smtp)), PostOffice::open(&elsewhere, Some(&smtp))];
    let replies = join_all((0..20).map(|number| ada.dispatch(json!(number)))).await;
    assert!(replies.iter().all(|reply| reply.status == 202));
    eve.within(&other).dispatched(json!({})).await;
    for person in [&ada, &admin] {
        let mails = smtp.expect(&person.email, 2).await;
        let mut subjects: Vec<&str> = mails.iter().filter_map(|mail| mail["subject"].as_str()).collect();
        subjects.sort_unstable();
        let name = "Ada's company has used";
        let told =
            [format!("{name} 80 % of its dispatches of the month"), format!("{name} up its dispatches of the month")];
        assert_eq!(subjects, told);
        let link = format!("/dashboard?tenant={}", acme.tenant);
        assert!(mails.iter().all(|mail| mail["text"].as_str().is_some_and(|text| text.contains(&link))), "{mails:#?}");
    }
    all_told(&server).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(smtp.taken().len(), 4);
    for person in [&viewer, &runner, &eve] {
        assert_eq!(smtp.taken_for(&person.email).len(), 0);
    }
    assert_eq!(server.database.truth::<i64>("select count(*) from directory.unmailed").await, 0);
}

#[tokio::test]
async fn the_days_api_calls_are_told_of_too() {
    let server = TestServer::without_worker().await;
    let office = PostOffice::open(&server.database.services, None);
    let (ada, _) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read"]).await;
    let program = server.with_key(&secret);
    for _ in 0..100 {
        program.get("/api/v1/jobs").await.expect(200);
    }
    let started = Instant::now();
    while office.mails(&ada.email).await.len() < 2 {
        assert!(started.elapsed() < Duration::from_secs(30), "they do not come");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let subjects: Vec<String> = office.mails(&ada.email).await.into_iter().map(|mail| mail.subject).collect();
    assert!(subjects.iter().all(|subject| subject.ends_with("API calls of the day")), "{subjects:?}");
}

/// The mail and the mark are one transaction: where the one fails, there is none of the other.
#[tokio::test]
async fn what_breaks_between_the_mark_and_the_mail_leaves_neither() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.set_used(acme.id, 399).await;
    let database = &server.database;
    database.change("alter function app.post_mail(uuid, uuid, text, text) rename to post_no_mail").await;
    ada.dispatched(json!({})).await;
    let office = PostOffice::open(&database.services, None);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let left = "select count(*) from org.usage_warnings w join directory.unmailed using (organization_id) where w.mailed_at is null";
    assert_eq!(database.truth::<i64>(left).await, 1);
    assert_eq!(office.mails(&ada.email).await.len(), 0);
    database.change("alter function app.post_no_mail(uuid, uuid, text, text) rename to post_mail").await;
    all_told(&server).await;
    assert_eq!(office.mails(&ada.email).await.len(), 1);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(office.mails(&ada.email).await.len(), 1);
}

#[tokio::test]
async fn the_applications_role_can_write_no_other_mail() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let mut app = PgConnection::connect_with(&server.database.connections.app).await.expect("the role enters");
    let own = Uuid::from(acme.id).to_string();
    for (organization, kind, allowed) in
        [(own.as_str(), "reset_password", false), ("", "quota_warning", false), (own.as_str(), "quota_warning", true)]
    {
        let statement = format!(
            "set app.organization_id = '{organization}'; select app.post_mail(gen_random_uuid(), '{}', '{kind}', '{{}}')",
            Uuid::from(ada.id)
        );
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut app).await;
        assert_eq!(done.is_ok(), allowed, "{organization} {kind}: {done:?}");
    }
    assert!(sqlx::query("select from platform.mails").execute(&mut app).await.is_err(), "it reads none");
}
