//! Edges of days, months and partitions, with the clock turned to them.

use chrono::{DateTime, Utc};
use serde_json::json;
use tenantry_domain::metering::upkeep;
use tenantry_testkit::{Person, TestServer};

use super::{batch, event, one, sums_are_right, told, total, with};

/// Turns the clock to a moment, give or take the second that passes.
async fn turn_to(server: &TestServer, ada: &Person, moment: &str) -> Person {
    let moment: DateTime<Utc> = moment.parse().expect("a moment");
    let now: DateTime<Utc> = server.database.truth("select now()").await;
    server.database.turn_clock(moment - now).await;
    ada.signed_in_again().await
}

/// Where each event lies, and of which day it is.
const PLACES: &str = "select string_agg(format('%s %s %s', event_id, day, tableoid::regclass), ', ' order by event_id collate \"C\") from org.metered_events";

#[tokio::test]
async fn an_event_is_of_its_own_day_and_lies_with_its_month() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let ada = turn_to(&server, &ada, "2028-03-01T00:00:30Z").await;
    let at = |id: &str, time: &str| with(event(id, "images", 1), json!({"time": time}));
    let events = [
        at("a", "2028-02-28T23:59:59.999999Z"),
        at("b", "2028-02-29T00:00:00Z"),
        at("c", "2028-02-29T23:59:59.999999Z"),
        at("d", "2028-03-01T00:00:00Z"),
        at("e", "2028-03-01T01:30:00+01:30"),
    ];
    // Nobody has made a partition for that year: nothing is refused.
    assert_eq!(told(batch(&ada, &events).await), (5, 0));
    let places: String = server.database.truth(PLACES).await;
    assert!(places.contains("b 2028-02-29 org.metered_events_rest"), "{places}");
    upkeep::once(&server.database.services).await.expect("looked after");
    upkeep::once(&server.database.services).await.expect("and again");
    let places: String = server.database.truth(PLACES).await;
    let expected = "a 2028-02-28 org.metered_events_2028_02, b 2028-02-29 org.metered_events_2028_02, \
                    c 2028-02-29 org.metered_events_2028_02, d 2028-03-01 org.metered_events_2028_03, \
                    e 2028-03-01 org.metered_events_2028_03";
    assert_eq!(places, expected);
    // What was moved is still known.
    assert_eq!(told(batch(&ada, &events).await), (0, 5));
    let days: String = server
        .database
        .truth("select string_agg(start_at::date || ' ' || events, ', ' order by start_at) from org.usage_rollups where grain = 'day'")
        .await;
    assert_eq!(days, "2028-02-28 1, 2028-02-29 2, 2028-03-01 2");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn a_repeat_after_midnight_or_in_another_month_is_a_repeat() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let ada = turn_to(&server, &ada, "2027-12-31T23:59:00Z").await;
    let (timeless, dated) =
        (event("a", "images", 1), with(event("b", "images", 1), json!({"time": "2027-12-31T23:59:30Z"})));
    assert_eq!(told(batch(&ada, &[timeless.clone(), dated.clone()]).await), (2, 0));
    for moment in ["2028-01-01T00:01:00Z", "2028-02-01T00:00:00Z"] {
        let ada = turn_to(&server, &ada, moment).await;
        assert_eq!(told(batch(&ada, &[timeless.clone(), dated.clone()]).await), (0, 2), "{moment}");
        // Nor does another time make another event of it.
        assert_eq!(told(one(&ada, &with(dated.clone(), json!({"time": moment}))).await), (0, 1), "{moment}");
    }
    assert_eq!(total(&server.database, "images").await, "2");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn the_database_computes_a_period_as_the_kernel_does() {
    use tenantry_kernel::{plan::Held, quota::Terms};
    let server = TestServer::without_worker().await;
    server.owner("Ada", "pro").await;
    let mut superuser = server.database.superuser().await;
    for (plan, anchor, expires) in [
        ("free", None, None),
        ("pro", Some("2024-01-31T10:30:00Z"), None),
        ("pro", Some("2024-02-29T00:00:00Z"), None),
        ("pro", Some("2025-12-15T23:59:59.999999Z"), Some("2026-02-10T00:00:00Z")),
    ] {
        let at = |text: &str| -> DateTime<Utc> { text.parse().expect("a moment") };
        let (anchor, expires_at) = (anchor.map(at), expires.map(at));
        sqlx::query("update directory.organizations set plan_id = $1, plan_anchor = $2, plan_expires_at = $3")
            .bind(plan)
            .bind(anchor)
            .bind(expires_at)
            .execute(&mut superuser)
            .await
            .expect("changed");
        let held = Held { plan: plan.into(), version: 1, anchor, expires_at, terms: Terms::default() };
        let moments: Vec<DateTime<Utc>> =
            (0..1200).map(|step| at("2023-11-20T10:29:59.999999Z") + chrono::TimeDelta::hours(step * 23)).collect();
        let starts: Vec<DateTime<Utc>> = sqlx::query_scalar(
            "select app.period_start(o.organization_id, m) from directory.organizations o,
                 unnest($1::timestamptz[]) with ordinality u (m, place) order by place",
        )
        .bind(&moments)
        .fetch_all(&mut superuser)
        .await
        .expect("computed");
        for (moment, start) in moments.into_iter().zip(starts) {
            assert_eq!(held.period(moment).start, start, "{plan} {anchor:?} {expires_at:?} at {moment}");
        }
    }
}
