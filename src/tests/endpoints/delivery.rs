//! A message on its way: signed, tried again with the same id, and never in the way of others.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantry_domain::webhooks::standard;
use tenantry_testkit::{Answer, Received};

use super::{ENDPOINTS, Stage, secret};

/// The signatures that a message must have.
fn expected(message: &Received, secrets: &[&str]) -> String {
    let secrets: Vec<_> = secrets.iter().map(|text| secret(text)).collect();
    let at = message.header(standard::TIMESTAMP).and_then(|at| at.parse().ok()).expect("a time");
    standard::signatures(&secrets, message.header(standard::ID).expect("an id"), at, &message.body)
}

fn waits(deliveries: &[Value]) -> bool {
    deliveries.iter().all(|delivery| delivery["state"] == "waiting" && !delivery["next_attempt_at"].is_null())
}

#[tokio::test]
async fn an_endpoint_is_told_by_a_signed_message() {
    let stage = Stage::new().await;
    let (id, secret) = stage.endpoint("/hook", &["job.succeeded"]).await;
    stage.receiver.will("/hook", Answer::of(200, "text/plain", "thanks"));
    let job = stage.job().await;
    let deliveries = stage.until_all(&id, "delivered", 1).await;
    let received = stage.receiver.received();
    let [message] = received.as_slice() else { panic!("one message, not {received:?}") };
    assert_eq!((message.method.as_str(), message.header("content-type")), ("POST", Some("application/json")));
    assert_eq!(message.header(standard::SIGNATURE), Some(expected(message, &[&secret]).as_str()));
    assert_eq!(message.header(standard::ID), deliveries[0]["event"].as_str());
    assert!(deliveries[0]["event"].as_str().is_some_and(|id| id.starts_with("evt_")));
    let body = message.json();
    assert_eq!(body["type"], "job.succeeded");
    assert_eq!(body["timestamp"], deliveries[0]["occurred_at"]);
    let data = &body["data"];
    assert_eq!((&data["job"], &data["tool"], &data["status"]), (&json!(job), &json!("echo"), &json!("succeeded")));
    assert_eq!(data["tenant"], stage.acme.tenant.to_string());
    assert_eq!(data["organization"], stage.acme.id.to_string());
    let attempt = &deliveries[0]["timeline"][0];
    assert_eq!((&attempt["number"], &attempt["http_status"]), (&json!(1), &json!(200)));
    assert_eq!((&attempt["answer"], &attempt["error"]), (&json!("thanks"), &Value::Null));
    assert!(attempt["started_at"].is_string() && attempt["duration_ms"].is_number(), "{attempt}");
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_with_the_same_id() {
    let stage = Stage::new().await;
    let (id, _) = stage.endpoint("/hook", &["job.succeeded"]).await;
    let answers = [
        Answer::of(500, "text/html", "x".repeat(5_000)),
        Answer::Reset,
        Answer::Garbage,
        Answer::redirect(302, "/elsewhere"),
        Answer::TooShort,
        Answer::status(204),
    ];
    stage.receiver.will_in_turn("/hook", answers);
    stage.job().await;
    for attempt in 1..=5 {
        stage.until(&id, "put off", |all| !all.is_empty() && waits(all) && all[0]["attempts"] == attempt).await;
        assert!(stage.shown(&id).await["failing_since"].is_string());
        stage.hurry().await;
    }
    let delivered = stage.until_all(&id, "delivered", 1).await;
    let timeline = delivered[0]["timeline"].as_array().expect("a list");
    let statuses: Vec<_> = timeline.iter().rev().map(|attempt| attempt["http_status"].as_i64()).collect();
    assert_eq!(statuses, [Some(500), None, None, Some(302), None, Some(204)]);
    assert!(timeline[1..].iter().all(|attempt| attempt["error"].is_string()), "{timeline:?}");
    assert_eq!(timeline[5]["answer"].as_str().map(str::len), Some(1_000), "the beginning of an answer is kept");
    assert_eq!(stage.shown(&id).await["failing_since"], Value::Null);
    let received = stage.receiver.received();
    let ids: HashSet<_> = received.iter().map(|message| message.header(standard::ID).map(str::to_owned)).collect();
    let bodies: HashSet<_> = received.iter().map(|message| message.body.clone()).collect();
    assert_eq!((received.len(), ids.len(), bodies.len()), (6, 1, 1), "one id and one body over all attempts");
}

#[tokio::test]
async fn a_message_is_given_up_after_nine_attempts_and_can_be_sent_again_by_hand() {
    let stage = Stage::new().await;
    let (id, _) = stage.endpoint("/hook", &["job.succeeded"]).await;
    stage.receiver.will("/hook", Answer::status(503));
    stage.job().await;
    for attempt in 1..=8 {
        stage.until(&id, "put off", |all| !all.is_empty() && waits(all) && all[0]["attempts"] == attempt).await;
        stage.hurry().await;
    }
    let failed = stage.until_all(&id, "failed", 1).await;
    assert_eq!((&failed[0]["attempts"], &failed[0]["next_attempt_at"]), (&json!(9), &Value::Null));
    assert_eq!(stage.shown(&id).await["enabled"], true, "a day of failing is not long enough");
    stage.hurry().await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(stage.receiver.received().len(), 9);

    stage.receiver.will("/hook", Answer::default());
    let replay = format!("{ENDPOINTS}/deliveries/{}/replay", failed[0]["id"].as_str().expect("an id"));
    let asked = stage.ada.post(&replay, &json!({})).await.expect(202).at("/delivery");
    assert_eq!((&asked["id"], &asked["state"]), (&failed[0]["id"], &json!("waiting")));
    let delivered = stage.until_all(&id, "delivered", 1).await;
    assert_eq!((&delivered[0]["attempts"], &delivered[0]["event"]), (&json!(10), &failed[0]["event"]));
    // What was taken can be asked for again too, and twice at once is once.
    let (one, other) = tokio::join!(stage.ada.post(&replay, &json!({})), stage.ada.post(&replay, &json!({})));
    assert_eq!((one.status, other.status), (202, 202));
    stage.until(&id, "delivered", |all| all[0]["state"] == "delivered" && all[0]["attempts"] == 11).await;
    let ids: HashSet<_> =
        stage.receiver.received().iter().map(|message| message.header(standard::ID).map(str::to_owned)).collect();
    assert_eq!(ids.len(), 1, "the same id, however often");
}

#[tokio::test]
async fn a_receiver_may_ask_to_be_left_alone_for_a_while() {
    let stage = Stage::new().await;
    let (id, _) = stage.endpoint("/hook", &["job.succeeded"]).await;
    let busy = Answer::status(429).with("retry-after", "3000");
    stage.receiver.will_in_turn("/hook", [busy, Answer::default()]);
    stage.job().await;
    stage.until(&id, "put off", |all| !all.is_empty() && waits(all)).await;
    let asked =
        "select due_at - app.now() between interval '2900 seconds' and interval '3000 seconds' from org.deliveries";
    assert!(stage.server.database.truth::<bool>(asked).await);
    stage.server.database.turn_clock(TimeDelta::seconds(3_001)).await;
    stage.until_all(&id, "delivered", 1).await;
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_sign() {
    let stage = Stage::new().await;
    let (id, old) = stage.endpoint("/hook", &["job.succeeded"]).await;
    let rotate = format!("{ENDPOINTS}/{id}/rotate");
    let rotated = stage.ada.post(&rotate, &json!({})).once("a").await.expect(201);
    let new = rotated.text_at("/secret");
    assert_ne!(new, old);
    let repeat = stage.ada.post(&rotate, &json!({})).once("a").await.expect(201);
    assert_eq!(repeat.at("/secret"), Value::Null, "it is shown once");
    assert_eq!(repeat.at("/previous"), rotated.at("/previous"));
    stage.trial(&id).await;
    let both = stage.receiver.until_received(1).await.pop().expect("one");
    assert_eq!(both.header(standard::SIGNATURE), Some(expected(&both, &[&new, &old]).as_str()));
    stage.until_all(&id, "delivered", 1).await;
    stage.server.database.turn_clock(TimeDelta::hours(25)).await;
    stage.trial(&id).await;
    let alone = stage.receiver.until_received(2).await.pop().expect("another");
    assert_eq!(alone.header(standard::SIGNATURE), Some(expected(&alone, &[&new]).as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_endpoint_delays_no_other() {
    let stage = Stage::new().await;
    stage.receiver.will("/never", Answer::Never);
    stage.receiver.will("/drip", Answer::Drip(Duration::from_millis(200)));
    for path in ["/never", "/drip", "/never?again", "/never?more"] {
        stage.endpoint(path, &["job.succeeded"]).await;
    }
    for _ in 0..20 {
        stage.ada.dispatched(json!({})).await;
    }
    stage.receiver.until_received(32).await;
    let (quick, _) = stage.endpoint("/quick", &["job.succeeded"]).await;
    let began = Instant::now();
    stage.job().await;
    // Of those before it some may end only now, and be told here too.
    stage.until(&quick, "delivered", |all| all.iter().any(|delivery| delivery["state"] == "delivered")).await;
    assert!(began.elapsed() < Duration::from_secs(12), "it waited {:?} for others", began.elapsed());
    let (zoe, other) = stage.server.owner("Zoe", "free").await;
    let body = json!({"url": stage.receiver.url("/zoe"), "events": ["job.succeeded"]});
    let zoes = zoe.within(&other).post(ENDPOINTS, &body).await.expect(201).text_at("/endpoint/id");
    zoe.post(&format!("{ENDPOINTS}/{zoes}/test"), &json!({})).await.expect(202);
    let began = Instant::now();
    while !stage.receiver.received().iter().any(|message| message.path == "/zoe") {
        assert!(began.elapsed() < Duration::from_secs(12), "another organization waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let under_way = "select coalesce(max(number), 0) <= 8 from (
                         select count(*) as number from org.deliveries where leased_until > app.now() group by endpoint_id) lane";
    assert!(stage.server.database.truth::<bool>(under_way).await, "more than eight at once at one endpoint");
}

#[tokio::test]
async fn a_receiver_that_never_ends_has_fifteen_seconds() {
    let stage = Stage::new().await;
    let (id, _) = stage.endpoint("/drip", &["job.succeeded"]).await;
    stage.receiver.will("/drip", Answer::Drip(Duration::from_millis(100)));
    let began = Instant::now();
    stage.trial(&id).await;
    let deliveries = stage.until(&id, "put off", |all| waits(all) && all[0]["attempts"] == 1).await;
    assert!((14..20).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert_eq!(deliveries[0]["timeline"][0]["error"], "There was no whole answer within 15 s.");
    let (endless, _) = stage.endpoint("/endless", &["job.succeeded"]).await;
    stage.receiver.will("/endless", Answer::Endless);
    stage.trial(&endless).await;
    let deliveries = stage.until(&endless, "put off", |all| waits(all) && all[0]["attempts"] == 1).await;
    assert_eq!(deliveries[0]["timeline"][0]["http_status"], Value::Null);
}

#[tokio::test]
async fn messages_can_be_looked_at_for_two_weeks() {
    let mut stage = Stage::new().await;
    let (id, _) = stage.endpoint("/hook", &["job.succeeded"]).await;
    for _ in 0..3 {
        stage.job().await;
    }
    stage.until_all(&id, "delivered", 3).await;
    let path = format!("{ENDPOINTS}/{id}/deliveries");
    let first = stage.ada.get(&format!("{path}?limit=2")).await.expect(200);
    let rest = stage.ada.get(&format!("{path}?limit=2&cursor={}", first.text_at("/next_cursor"))).await.expect(200);
    let ids: HashSet<_> = [first.at("/data"), rest.at("/data")]
        .iter()
        .flat_map(|page| page.as_array().cloned().unwrap_or_default())
        .map(|delivery| delivery["id"].to_string())
        .collect();
    assert_eq!((ids.len(), rest.at("/next_cursor")), (3, Value::Null));
    stage.ada.get(&format!("{path}?cursor={id}")).await.refused(422, "INVALID");
    stage.server.database.turn_clock(TimeDelta::days(13)).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(stage.deliveries(&id).await.len(), 3);
    stage.server.database.turn_clock(TimeDelta::hours(24 * 14 + 1)).await;
    // A session that was last used so long ago would have ended as well.
    stage.ada = stage.ada.signed_in_again().await;
    stage.until(&id, "gone", <[Value]>::is_empty).await;
    let left = "select (select count(*) from org.endpoint_events) + (select count(*) from org.delivery_attempts)
                     + (select count(*) from directory.delivery_backlog)";
    let began = Instant::now();
    while stage.server.database.truth::<i64>(left).await > 0 {
        assert!(began.elapsed() < Duration::from_secs(10), "something is left");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
