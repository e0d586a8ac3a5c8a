//! How long events are kept: by the plan, whole partitions where nobody keeps any of it, and never all at once because a
//! clock is wrong. Sums stay.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tenantry_domain::metering::upkeep;
use tenantry_testkit::{Person, TestServer};

use super::{batch, event, one, sums_are_right, told, total, with};

async fn turn_to(server: &TestServer, person: &Person, moment: &str) -> Person {
    let moment: DateTime<Utc> = moment.parse().expect("a moment");
    let now: DateTime<Utc> = server.database.truth("select now()").await;
    server.database.turn_clock(moment - now).await;
    person.signed_in_again().await
}

async fn look(server: &TestServer, times: usize) {
    for _ in 0..times {
        upkeep::once(&server.database.services).await.expect("looked after");
    }
}

async fn days(server: &TestServer) -> String {
    // What the calls themselves have weighed is written at a moment of its own.
    let query =
        "select coalesce(string_agg(day::text, ', ' order by day), '') from org.metered_events where meter = 'images'";
    server.database.truth(query).await
}

async fn partitions(server: &TestServer) -> i64 {
    server.database.truth("select count(*) from pg_inherits where inhparent = 'org.metered_events'::regclass").await
}

#[tokio::test]
async fn events_go_when_the_plan_keeps_them_no_more_and_their_sums_stay() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (eve, _) = server.owner("Eve", "pro").await;
    let (ada, eve) =
        (turn_to(&server, &ada, "2028-03-01T00:00:30Z").await, turn_to(&server, &eve, "2028-03-01T00:00:30Z").await);
    look(&server, 1).await;
    let at = |id: &str, time: &str| with(event(id, "images", 1), json!({"time": time}));
    let events = [
        at("a", "2028-02-28T23:59:59.999999Z"),
        at("b", "2028-02-29T00:00:00Z"),
        at("c", "2028-02-29T23:59:59.999999Z"),
        at("d", "2028-03-01T00:00:00Z"),
    ];
    assert_eq!((told(batch(&ada, &events).await), told(batch(&eve, &events).await)), ((4, 0), (4, 0)));
    // A hundred days after the leap day its own events are the oldest that Free keeps.
    // (At noon: a clock that is turned goes on, and the looks take as long as they take.)
    turn_to(&server, &ada, "2028-06-08T12:00:00Z").await;
    // Each look goes a month further, from when the organization was made.
    look(&server, 30).await;
    assert_eq!(
        days(&server).await,
        "2028-02-28, 2028-02-29, 2028-02-29, 2028-02-29, 2028-02-29, 2028-03-01, 2028-03-01"
    );
    turn_to(&server, &ada, "2028-06-09T00:00:00Z").await;
    look(&server, 1).await;
    assert_eq!(days(&server).await, "2028-02-28, 2028-02-29, 2028-02-29, 2028-03-01, 2028-03-01");
    assert_eq!(total(&server.database, "images").await, "8", "the sums stay");
    // And they are right as far back as there are records, also when they are made anew.
    let wrong = "select count(*) from (
        select r.* from org.usage_rollups r join org.metering_gates g using (organization_id)
        where r.start_at >= g.kept_from::timestamp at time zone 'utc'
        except select c.* from org.computed_rollups c) d";
    let wrong: i64 = server.database.truth(wrong).await;
    assert_eq!(wrong, 0);
    let ada = ada.signed_in_again().await;
    assert_eq!(told(one(&ada, &event("e", "images", 1)).await), (1, 0));
}

#[tokio::test]
async fn a_partition_goes_when_nobody_keeps_any_of_it_and_others_are_there_ahead() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let ada = turn_to(&server, &ada, "2028-01-31T23:59:59Z").await;
    look(&server, 1).await;
    let made = partitions(&server).await;
    assert_eq!(told(one(&ada, &event("a", "images", 1)).await), (1, 0));
    turn_to(&server, &ada, "2030-06-15T00:00:00Z").await;
    look(&server, 1).await;
    let after_one = partitions(&server).await;
    assert!(after_one >= made, "the partitions of that time are there: {after_one}");
    look(&server, 60).await;
    let oldest: String = server
        .database
        .truth("select min(relid::text) from pg_partition_tree('org.metered_events') where relid::text ~ '_\\d{4}_'")
        .await;
    assert!(oldest.as_str() > "org.metered_events_2028_01", "{oldest}");
    assert_eq!((days(&server).await.as_str(), total(&server.database, "images").await.as_str()), ("", "1"));
}

#[tokio::test]
async fn a_clock_that_is_wrong_for_a_day_costs_no_more_than_a_month() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let start: DateTime<Utc> = server.database.truth("select now()").await;
    let at = |days: i64| json!({"time": (start - TimeDelta::days(days)).to_rfc3339()});
    assert_eq!(
        told(batch(&ada, &[with(event("old", "images", 1), at(34)), with(event("new", "images", 1), at(0))]).await),
        (2, 0)
    );
    let before = partitions(&server).await;
    server.database.turn_clock(TimeDelta::days(3_650)).await;
    look(&server, 1).await;
    assert!(partitions(&server).await >= before - 1);
    assert_eq!(total(&server.database, "images").await, "2");
    let left: i64 = server.database.truth("select count(*) from org.metered_events where event_id = 'new'").await;
    assert_eq!(left, 1, "what is young stays, whatever the clock says");
    // Set right again, it goes on as before; what is kept begins no earlier than it did.
    server.database.turn_clock(TimeDelta::zero()).await;
    look(&server, 1).await;
    let ada = ada.signed_in_again().await;
    assert_eq!(told(one(&ada, &with(event("new", "images", 1), at(0))).await), (0, 1));
    assert_eq!(told(one(&ada, &event("newer", "images", 1)).await), (1, 0));
}

#[tokio::test]
async fn two_servers_may_look_after_them_at_once() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    assert_eq!(told(one(&ada, &event("a", "images", 1)).await), (1, 0));
    let other = server.database.other_process();
    server.database.turn_clock(TimeDelta::days(800)).await;
    let (here, there) = tokio::join!(upkeep::once(&server.database.services), upkeep::once(&other));
    assert!(here.is_ok() && there.is_ok(), "{here:?} {there:?}");
    assert_eq!(total(&server.database, "images").await, "1");
}

#[tokio::test]
async fn what_is_kept_is_what_sums_are_made_of() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    assert_eq!(told(one(&ada, &event("a", "images", 3)).await), (1, 0));
    look(&server, 3).await;
    sums_are_right(&server.database).await;
}
