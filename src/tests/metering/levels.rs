//! Levels: what a workspace has in the database, measured and read over time; nobody sees another's.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantry_domain::metering::measure_due;
use tenantry_testkit::TestServer;
use tokio_util::sync::CancellationToken;

use super::series;

async fn measured(server: &TestServer) -> usize {
    measure_due(&server.database.services, &CancellationToken::new()).await.expect("measured")
}

fn value(point: &(String, Value, Value)) -> i64 {
    point.2.as_i64().expect("bytes")
}

#[tokio::test]
async fn a_level_is_what_was_measured_last_and_workspaces_are_added_up() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let lab = server.database.add_tenant(acme.id, "lab").await;
    let (eve, _) = server.owner("Eve", "empire").await;
    assert_eq!(measured(&server).await, 3, "every workspace");
    assert_eq!(measured(&server).await, 0, "a measurement stands");
    let query = "meter=database_bytes&step=day";
    let first = series(&ada, query).await;
    let empty = value(&first[0]);
    // What is stored compressed is measured as it is stored.
    let mut seed = 88_172_645_463_325_252_u64;
    let mut letter = |_| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        char::from(b'0' + (seed % 64) as u8)
    };
    let noise: String = (0..60_000).map(&mut letter).filter(|letter| letter.is_ascii_alphanumeric()).collect();
    ada.dispatched(json!({"noise": noise})).await;
    server.database.turn_clock(TimeDelta::hours(7)).await;
    assert_eq!(measured(&server).await, 3);
    let (ada, eve) = (ada.signed_in_again().await, eve.signed_in_again().await);
    let now = series(&ada, query).await;
    let last = value(now.last().expect("a point"));
    assert!(last > empty + 10_000, "{empty} and then {last}");
    let by_tenant = series(&ada, &format!("{query}&group_by=tenant")).await;
    let of_lab = by_tenant.iter().filter(|(_, group, _)| *group == json!(lab)).count();
    assert!(of_lab >= 1, "{by_tenant:?}");
    let of_last_day = by_tenant.iter().filter(|(start, ..)| *start == now.last().expect("a point").0);
    assert_eq!(of_last_day.map(value).sum::<i64>(), last, "workspaces are added up");
    let alone = series(&ada, &format!("{query}&of=tenant:{lab}")).await;
    assert!(value(alone.last().expect("a point")) < last);
    let others = series(&eve, query).await;
    assert!(value(others.last().expect("a point")) < last, "nobody pays for another's rows");
}

#[tokio::test]
async fn a_suspended_workspace_keeps_the_level_that_it_had() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    assert_eq!(measured(&server).await, 1);
    server.database.set_suspended(acme.tenant, true).await;
    server.database.turn_clock(TimeDelta::hours(7)).await;
    assert_eq!(measured(&server).await, 0);
    let levels = series(&ada.signed_in_again().await.client, "meter=database_bytes&step=day").await;
    assert!(levels.iter().all(|level| value(level) > 0), "{levels:?}");
}

#[tokio::test]
async fn nobody_sends_a_level() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let sent = super::one(&ada, &super::event(1, "database_bytes", 1)).await.expect(202);
    assert_eq!(sent.at("/invalid/0/code"), "METER_RESERVED");
}
