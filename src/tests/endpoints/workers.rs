//! Workers that are killed, and several at once: at least once with the same id, and never twice at once.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde_json::json;
use tenantry_domain::webhooks::{endpoints::worker, standard};
use tenantry_testkit::{Answer, Binary, chaos::Chance};
use tokio_util::sync::CancellationToken;

use super::{ENDPOINTS, Stage};

async fn program(stage: &Stage) -> Binary {
    let address = stage.server.database.address();
    let start = move || Binary::serve_beside(&address);
    tokio::task::spawn_blocking(start).await.expect("it starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_never_make_the_same_attempt() {
    let stage = Stage::idle().await;
    let (id, _) = stage.endpoint("/hook", &["key.created"]).await;
    stage.receiver.will("/hook", Answer::default().after(Duration::from_millis(150)));
    let stop = CancellationToken::new();
    for services in [stage.server.database.other_process(), stage.server.database.other_process()] {
        tokio::spawn(worker::run(services, stop.clone()));
    }
    for _ in 0..60 {
        stage.ada.key(&["read"]).await;
    }
    let delivered = stage.until_all(&id, "delivered", 60).await;
    stop.cancel();
    assert!(delivered.iter().all(|delivery| delivery["attempts"] == 1));
    let received = stage.receiver.received();
    let ids: HashSet<_> = received.iter().map(|message| message.header(standard::ID).map(str::to_owned)).collect();
    assert_eq!((received.len(), ids.len()), (60, 60), "each once");
}

#[tokio::test]
async fn a_lost_attempt_is_made_again_after_its_lease_and_its_late_end_is_not_written() {
    let stage = Stage::idle().await;
    let (id, _) = stage.endpoint("/hook", &["key.created"]).await;
    let (slow, hold) = Answer::status(500).held();
    stage.receiver.will_in_turn("/hook", [slow, Answer::default()]);
    stage.ada.key(&["read"]).await;
    let (first, second) = (stage.server.database.other_process(), stage.server.database.other_process());
    let organization = stage.acme.id;
    let late = tokio::spawn(async move { worker::drain(&first, organization).await });
    stage.receiver.until_received(1).await;
    assert_eq!(worker::drain(&second, organization).await.expect("the database is there"), 0, "it is the first one's");
    // As if the first had been away for longer than its lease.
    stage.hurry().await;
    assert_eq!(worker::drain(&second, organization).await.expect("the database is there"), 1);
    hold.let_go();
    late.await.expect("not panicked").expect("the database is there");
    let deliveries = stage.deliveries(&id).await;
    assert_eq!((&deliveries[0]["state"], &deliveries[0]["attempts"]), (&json!("delivered"), &json!(2)));
    assert_eq!(deliveries[0]["timeline"].as_array().map(Vec::len), Some(1), "the late end is nobody's any more");
    assert_eq!(stage.shown(&id).await["failing_since"], serde_json::Value::Null);
    let received = stage.receiver.received();
    assert_eq!(received[0].header(standard::ID), received[1].header(standard::ID));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_a_worker_is_killed_every_event_is_delivered_at_least_once() {
    let seed = Chance::seed();
    let mut chance = Chance::new(seed);
    let stage = Stage::idle().await;
    let (id, _) = stage.endpoint("/hook", &["key.created"]).await;
    let mut answer = || match chance.below(5) {
        0 => Answer::status(503),
        1 => Answer::Reset,
        2 => Answer::default().after(Duration::from_millis(chance.below(300) as u64)),
        _ => Answer::default(),
    };
    stage.receiver.will_in_turn("/hook", (0..400).map(|_| answer()).chain([Answer::default()]).collect::<Vec<_>>());
    let mut keys = HashSet::new();
    for _ in 0..6 {
        let program = program(&stage).await;
        for _ in 0..8 {
            keys.insert(stage.ada.key(&["read"]).await.0);
        }
        tokio::time::sleep(Duration::from_millis(chance.below(900) as u64)).await;
        program.kill();
        stage.hurry_what_a_killed_one_had().await;
    }
    let last = program(&stage).await;
    let over = async {
        while stage.deliveries(&id).await.iter().filter(|delivery| delivery["state"] == "delivered").count()
            < keys.len()
        {
            stage.hurry_what_is_not_under_way().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(60), over).await;
    assert!(came.is_ok(), "seed {seed}: {:#?}", stage.deliveries(&id).await);
    last.kill();
    let mut told: HashMap<String, HashSet<String>> = HashMap::new();
    for message in stage.receiver.received() {
        let key = message.json()["data"]["key"].as_str().expect("a key").to_owned();
        told.entry(key).or_default().insert(message.header(standard::ID).expect("an id").to_owned());
    }
    assert_eq!(told.keys().cloned().collect::<HashSet<_>>(), keys, "seed {seed}: every event, and no other");
    assert!(told.values().all(|ids| ids.len() == 1), "seed {seed}: one id an event: {told:?}");
    let left = "select (select count(*) from org.endpoint_events where spread_at is null)
                     + (select count(*) from org.deliveries where state <> 'delivered' or leased_until is not null)";
    assert_eq!(stage.server.database.truth::<i64>(left).await, 0, "seed {seed}");
}

/// Both forget how often a message was tried: two of five answers are refusals, and the ninth of one message would end it.
impl Stage {
    /// Lets what waits be tried now, and what a killed worker had be taken by another.
    async fn hurry_what_a_killed_one_had(&self) {
        let all =
            "update org.deliveries set due_at = app.now(), tries = 0, leased_until = null where state = 'waiting'";
        self.make_due(all).await;
    }

    /// Lets what waits for its next attempt be tried now.
    async fn hurry_what_is_not_under_way(&self) {
        let idle = "update org.deliveries set due_at = app.now(), tries = 0
                    where state = 'waiting' and leased_until is null";
        self.make_due(idle).await;
    }
}

/// The steps of a delivery one by one, each with a kill behind it: what was not committed happens again, what was is kept.
#[tokio::test]
async fn between_any_two_steps_nothing_is_lost() {
    let stage = Stage::idle().await;
    let (id, _) = stage.endpoint("/hook", &["key.created"]).await;
    let organization = stage.acme.id;
    let drain = async || {
        let services = stage.server.database.other_process();
        worker::drain(&services, organization).await.expect("the database is there")
    };
    // After the look was taken, before anything was spread: others look when that moment is over.
    stage.ada.key(&["read"]).await;
    let database = &stage.server.database;
    database.change("update directory.delivery_backlog set wake_at = app.now() + interval '30 seconds'").await;
    assert_eq!(drain().await, 0);
    database.change("update directory.delivery_backlog set wake_at = app.now()").await;
    assert_eq!(drain().await, 1);
    // After an event was spread and claimed, before it was sent: its lease ends, and it is sent.
    stage.ada.key(&["read"]).await;
    database.change("update org.deliveries set leased_until = null").await;
    database
        .change(
            "insert into org.deliveries
                 (organization_id, delivery_id, tenant_id, endpoint_id, event_id, attempts, tries, due_at, leased_until)
             select e.organization_id, gen_random_uuid(), e.tenant_id, e.endpoint_id, v.event_id, 1, 1,
                    app.now() + interval '45 seconds', app.now() + interval '45 seconds'
             from org.endpoints e join org.endpoint_events v on v.spread_at is null;
             update org.endpoint_events set spread_at = app.now()",
        )
        .await;
    assert_eq!(drain().await, 0, "it is somebody's");
    let due = "select wake_at - app.now() between interval '40 seconds' and interval '45 seconds' from directory.delivery_backlog";
    assert!(database.truth::<bool>(due).await, "it is looked at when the lease ends");
    database.turn_clock(chrono::TimeDelta::seconds(46)).await;
    assert_eq!(drain_turned(&stage).await, 1);
    let deliveries = stage.deliveries(&id).await;
    assert!(deliveries.iter().all(|delivery| delivery["state"] == "delivered"), "{deliveries:#?}");
    assert_eq!(stage.receiver.received().len(), 2);
    stage.ada.get(&format!("{ENDPOINTS}/{id}")).await.expect(200);
}

async fn drain_turned(stage: &Stage) -> usize {
    let services = &stage.server.database.services;
    worker::drain(services, stage.acme.id).await.expect("the database is there")
}
