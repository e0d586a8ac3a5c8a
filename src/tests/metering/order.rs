//! The same events make the same sums, in whatever order, however often and in whatever batches they come. What is random
//! comes from a seed, so a failure can be had again.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_domain::{
    Services,
    access::{TenantScope, permit::UsageSend},
    metering,
};
use tenantry_testkit::{Founder, Organization, TestDatabase};

use super::{event, sums_are_right, with};
use crate::exactness::Dice;

/// Events of some meters over two months, some of which correct others.
fn events(now: DateTime<Utc>, dice: &mut Dice, number: usize) -> Vec<Value> {
    (0..number)
        .map(|id| {
            let meter = ["images", "tokens", "minutes"][dice.below(3)];
            let time = now - TimeDelta::seconds(dice.below(34 * 24 * 3600) as i64);
            let value = format!("{}.{:03}", dice.below(1000), dice.below(1000));
            let tool = [None, Some("resize"), Some("echo")][dice.below(3)];
            let mut more = json!({"time": time, "tool": tool});
            if dice.below(4) == 0 {
                more["corrects"] = json!(dice.below(number).to_string());
            }
            with(event(id, meter, value), more)
        })
        .filter(|event| event["corrects"] != event["id"])
        .collect()
}

/// Every event at least once, some more often, in another order.
fn shuffled(events: &[Value], dice: &mut Dice) -> Vec<Value> {
    let mut sent = events.to_vec();
    sent.extend((0..events.len() / 2).map(|_| events[dice.below(events.len())].clone()));
    for place in (1..sent.len()).rev() {
        sent.swap(place, dice.below(place + 1));
    }
    sent
}

/// Sends them in batches of random sizes, a few of them at once, to any of the processes.
async fn send(processes: &[Services], scope: &TenantScope<UsageSend>, mut sent: Vec<Value>, dice: &mut Dice) {
    while !sent.is_empty() {
        let mut batches = Vec::new();
        for _ in 0..1 + dice.below(4) {
            let rest = sent.split_off(sent.len().min(1 + dice.below(40)));
            batches.push((dice.below(processes.len()), std::mem::replace(&mut sent, rest)));
        }
        let sending =
            batches.into_iter().map(|(process, batch)| metering::ingest(&processes[process], scope, batch, None));
        for answer in join_all(sending).await {
            assert_eq!(answer.expect("recorded").status, 202);
        }
    }
}

/// The organization's sums, without what is its own.
async fn sums(
    database: &TestDatabase,
    organization: &Organization,
) -> Vec<(String, String, DateTime<Utc>, String, String, i64)> {
    sqlx::query_as(
        "select meter, grain, start_at, tool, value::text, events from org.usage_rollups
         where organization_id = $1 order by meter, grain, start_at, tool",
    )
    .bind(organization.id.uuid())
    .fetch_all(&mut database.superuser().await)
    .await
    .expect("the database is there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_order_any_repetition_and_any_batches_make_the_same_sums() {
    let database = TestDatabase::new().await;
    let processes = [database.services.clone(), database.other_process()];
    let now = database.services.clock.now();
    for seed in 1..=4 {
        let mut dice = Dice(seed);
        let events = events(now, &mut dice, 150);
        let mut outcomes = Vec::new();
        for way in 0..3 {
            let founder = Founder::new(&database.services, &format!("Ada{seed}{way}")).await;
            let organization = founder.found("Acme", "free").await;
            let sent = if way == 0 { events.clone() } else { shuffled(&events, &mut dice) };
            send(&processes, &founder.scope(&organization).await, sent, &mut dice).await;
            outcomes.push(sums(&database, &organization).await);
        }
        assert!(outcomes[0].len() > 100);
        assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "seed {seed}");
        sums_are_right(&database).await;
    }
}
