//! Another time zone gives nobody another day: the one that runs goes on, with what was counted, to a midnight there.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgConnection;
use tenantry_kernel::quota::{Every, Meter};
use tenantry_testkit::{Client, Person, TestDatabase, TestOperator, TestServer, hard, hard_on_events};

use super::SETTINGS;

/// Turns the clock to a moment.
async fn at(server: &TestServer, moment: &str) {
    let moment: DateTime<Utc> = moment.parse().expect("a moment");
    let now: DateTime<Utc> = server.database.truth("select now()").await;
    server.database.turn_clock(moment - now).await;
}

async fn move_to(person: &Person, zone: &str) {
    person.patch(SETTINGS, &json!({"time_zone": zone})).await.expect(200);
}

/// What the day has used, and when it ends.
async fn day(person: &Person) -> (Value, Value) {
    let usage = person.usage().await;
    (usage["api_calls"]["used"].clone(), usage["api_calls"]["resets_at"].clone())
}

/// How many of one event are taken in.
async fn sent(person: &Person, id: &str) -> Value {
    let event = json!({"specversion": "1.0", "id": id, "source": "/tests", "type": "images"});
    let call = person.call(Method::POST, "/api/v1/usage/events");
    call.body("application/cloudevents+json", event.to_string()).await.expect(202).at("/accepted")
}

/// How many of some calls are let through.
async fn let_through(program: &Client, calls: usize) -> usize {
    let mut passed = 0;
    for _ in 0..calls {
        passed += usize::from(program.get("/api/v1/jobs").await.status == 200);
    }
    passed
}

/// Ada with five calls a day, and a key of hers, at noon of a Wednesday.
async fn scene() -> (TestServer, Person, Client) {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read"]).await;
    TestOperator::over(&server.database.services).set(acme.id, hard(Meter::ApiCalls, Some(5))).await.expect("set");
    at(&server, "2028-03-01T12:00:00Z").await;
    let (ada, program) = (ada.signed_in_again().await, server.with_key(&secret));
    (server, ada, program)
}

#[tokio::test]
async fn what_was_counted_stays_counted_until_the_day_has_gone_on_to_a_midnight_there() {
    let (server, ada, program) = scene().await;
    assert_eq!(let_through(&program, 3).await, 3);
    move_to(&ada, "Europe/Berlin").await;
    // 24:00 in UTC is one o'clock in Berlin: the day goes on to the next midnight.
    assert_eq!(day(&ada).await, (json!(3), json!("2028-03-02T23:00:00Z")));
    let policy = program.get("/api/v1/jobs").await.expect(200);
    assert!(policy.header("ratelimit-policy").is_some_and(|policy| policy.contains("w=169200")), "47 hours");
    assert_eq!(let_through(&program, 3).await, 1);
    at(&server, "2028-03-02T00:30:00Z").await;
    assert_eq!(let_through(&program, 1).await, 0, "the day has not ended");
    at(&server, "2028-03-02T23:00:01Z").await;
    let policy = program.get("/api/v1/jobs").await.expect(200);
    assert!(policy.header("ratelimit-policy").is_some_and(|policy| policy.contains("w=86400")));
    let ada = ada.signed_in_again().await;
    assert_eq!(day(&ada).await, (json!(1), json!("2028-03-03T23:00:00Z")));
}

#[tokio::test]
async fn nobody_shortens_a_day_by_changing_its_zone_and_nobody_lengthens_it_for_ever() {
    let (server, ada, program) = scene().await;
    let other = server.another().await;
    let elsewhere = program.moved_to(&other);
    assert_eq!(let_through(&program, 5).await, 5);
    let midnights = [
        ("Asia/Tokyo", "2028-03-02T15:00:00Z"),
        ("America/New_York", "2028-03-02T05:00:00Z"),
        ("Pacific/Kiritimati", "2028-03-02T10:00:00Z"),
        ("Asia/Kathmandu", "2028-03-02T18:15:00Z"),
        ("Etc/UTC", "2028-03-02T00:00:00Z"),
    ];
    for (zone, end) in midnights {
        move_to(&ada, zone).await;
        assert_eq!(day(&ada).await, (json!(5), json!(end)), "{zone}");
        assert_eq!(let_through(&program, 1).await, 0, "{zone}");
        // Another process knows it within a second.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(let_through(&elsewhere, 1).await, 0, "{zone}");
    }
}

#[tokio::test]
async fn a_days_limit_on_events_is_not_begun_anew_either() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let operator = TestOperator::over(&server.database.services);
    operator.set_of_events(acme.id, hard_on_events("images", Every::Day, 2)).await.expect("set");
    at(&server, "2028-03-01T12:00:00Z").await;
    let ada = ada.signed_in_again().await;
    assert_eq!((sent(&ada, "1").await, sent(&ada, "2").await, sent(&ada, "3").await), (json!(1), json!(1), json!(0)));
    at(&server, "2028-03-01T14:00:00Z").await;
    // An hour after midnight there: a day of its own would have begun meanwhile.
    for zone in ["Pacific/Noumea", "Pacific/Kiritimati", "UTC"] {
        move_to(&ada, zone).await;
        assert_eq!(sent(&ada, &format!("4 {zone}")).await, json!(0), "{zone}");
    }
    at(&server, "2028-03-02T00:00:01Z").await;
    assert_eq!(sent(&ada, "5").await, json!(1));
}

/// The day that a moment counts in.
async fn counted(
    connection: &mut PgConnection,
    zone: &str,
    kept: (DateTime<Utc>, DateTime<Utc>),
    moment: DateTime<Utc>,
) -> (DateTime<Utc>, DateTime<Utc>) {
    sqlx::query_as("select day_start, day_end from app.counted_day($1, $2, $3, $4)")
        .bind(zone)
        .bind(kept.0)
        .bind(kept.1)
        .bind(moment)
        .fetch_one(connection)
        .await
        .unwrap_or_else(|error| panic!("{zone} {moment}: {error}"))
}

#[tokio::test]
async fn every_moment_counts_in_one_day_before_during_and_after_a_change() {
    let database = TestDatabase::new().await;
    let mut connection = database.superuser().await;
    let midnight: DateTime<Utc> = "2028-03-01T00:00:00Z".parse().expect("a moment");
    let kept = (midnight, midnight + TimeDelta::days(1));
    for zone in ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Havana"] {
        let mut moment = midnight - TimeDelta::days(2);
        while moment < midnight + TimeDelta::days(4) {
            let (start, end) = counted(&mut connection, zone, kept, moment).await;
            assert!(start <= moment && moment < end, "{zone}: {moment} in {start} to {end}");
            let next = counted(&mut connection, zone, kept, end).await;
            assert_eq!(next.0, end, "{zone}: one day begins where the other ends");
            assert!(start == kept.0 || !(kept.0..kept.1).contains(&moment), "{zone}: {moment}");
            moment = end;
        }
        let (_, end) = counted(&mut connection, zone, kept, midnight).await;
        assert!(end >= kept.1 && end - kept.1 < TimeDelta::hours(24), "{zone}: {end}");
    }
}
