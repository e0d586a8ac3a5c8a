//! Corrections: what was said wrong is said again, and counts instead.

use serde_json::json;
use tenantry_testkit::TestServer;

use super::{batch, event, one, sums_are_right, told, total, with};

#[tokio::test]
async fn a_correction_counts_instead_of_what_it_corrects_whichever_comes_first() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    assert_eq!(told(one(&ada, &event("a", "images", 10)).await), (1, 0));
    let right = with(event("b", "images", 7), json!({"corrects": "a"}));
    assert_eq!(told(one(&ada, &right).await), (1, 0));
    assert_eq!(told(one(&ada, &right).await), (0, 1), "a correction is an event like any other");
    assert_eq!(total(&server.database, "images").await, "7");
    // The other way round, and in one batch.
    assert_eq!(told(one(&ada, &with(event("d", "images", 2), json!({"corrects": "c"}))).await), (1, 0));
    assert_eq!(told(one(&ada, &event("c", "images", 100)).await), (1, 0));
    let both = [with(event("f", "images", 1), json!({"corrects": "e"})), event("e", "images", 1000)];
    assert_eq!(told(batch(&ada, &both).await), (2, 0));
    assert_eq!(total(&server.database, "images").await, "10");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn of_several_corrections_the_latest_counts_and_one_may_be_corrected_itself() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let now = server.database.services.clock.now();
    let at = |minutes: i64| json!(now - chrono::TimeDelta::minutes(minutes));
    let events = [
        with(event("a", "images", 1), json!({"time": at(9)})),
        with(event("late", "images", 10), json!({"time": at(1), "corrects": "a"})),
        with(event("early", "images", 100), json!({"time": at(5), "corrects": "a"})),
    ];
    assert_eq!(told(batch(&ada, &events).await), (3, 0));
    assert_eq!(total(&server.database, "images").await, "10");
    assert_eq!(told(one(&ada, &with(event("again", "images", 4), json!({"corrects": "late"}))).await), (1, 0));
    assert_eq!(total(&server.database, "images").await, "4");
    // Nothing is left of what is corrected to nothing.
    assert_eq!(told(one(&ada, &with(event("none", "images", 0), json!({"corrects": "again"}))).await), (1, 0));
    assert_eq!(total(&server.database, "images").await, "0");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn a_correction_without_a_time_counts_when_the_corrected_one_did() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let earlier = server.database.services.clock.now() - chrono::TimeDelta::days(20);
    let wrong = with(event("a", "images", 10), json!({"time": earlier}));
    assert_eq!(told(one(&ada, &wrong).await), (1, 0));
    let right = with(event("b", "images", 7), json!({"corrects": "a"}));
    assert_eq!(told(one(&ada, &right).await), (1, 0));
    assert_eq!(told(one(&ada, &right).await), (0, 1));
    let day: String = server
        .database
        .truth("select string_agg(start_at::date::text, ' ') from org.usage_rollups where grain = 'day'")
        .await;
    assert_eq!(day, earlier.date_naive().to_string());
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn nobody_corrects_what_another_workspace_or_source_has_sent() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    assert_eq!(told(one(&ada, &event("a", "images", 10)).await), (1, 0));
    let lab = server.database.add_tenant(acme.id, "lab").await;
    let theirs = with(event("b", "images", 1), json!({"corrects": "a"}));
    assert_eq!(told(one(&ada.naming(lab), &theirs).await), (1, 0));
    let elsewhere = with(event("c", "images", 2), json!({"corrects": "a", "source": "/elsewhere"}));
    assert_eq!(told(one(&ada, &elsewhere).await), (1, 0));
    assert_eq!(total(&server.database, "images").await, "13");
    sums_are_right(&server.database).await;
}
