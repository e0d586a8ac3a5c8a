//! What is told to whoever sends events: what was taken, what was there before, and what is wrong with which.

use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_kernel::{Role, metering::MOST_METERS};
use tenantry_testkit::TestServer;

use super::{batch, event, one, sums_are_right, told, total, with};

#[tokio::test]
async fn one_event_and_a_batch_are_told_alike() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let reply = one(&ada, &event(1, "images", 3)).await.expect(202);
    assert_eq!(reply.json(), json!({"accepted": 1, "duplicates": 0, "invalid": []}));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(told(batch(&ada, &[event(2, "images", "0.5"), event(3, "images", 1)]).await), (2, 0));
    assert_eq!(told(batch(&ada, &[]).await), (0, 0));
    assert_eq!(total(&server.database, "images").await, "4.5");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn good_ones_of_a_bad_batch_are_taken_and_bad_ones_are_named() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let far = |by: chrono::TimeDelta| json!({"time": server.database.services.clock.now() + by});
    let reply = batch(
        &ada,
        &[
            event(0, "images", 1),
            json!(7),
            with(event(2, "images", 1), json!({"specversion": "0.3"})),
            with(event(3, "images", 1), json!({"source": ""})),
            event(4, "two words", 1),
            event(5, "dispatches", 1),
            event(6, "images", 0.5),
            event(7, "images", -1),
            with(event(8, "images", 1), far(-chrono::TimeDelta::days(36))),
            with(event(9, "images", 1), far(chrono::TimeDelta::minutes(6))),
            with(event(10, "images", 1), json!({"time": "noon"})),
            with(event(11, "images", 1), json!({"corrects": "11"})),
            event(12, "images", 1),
            event(12, "images", 1),
        ],
    );
    assert_json_snapshot!("a_bad_batch", reply.await.expect(202).json());
    assert_eq!(total(&server.database, "images").await, "2");
    // One that is wrong by itself is told so in the same words.
    let alone = one(&ada, &event("", "images", 1)).await.expect(202);
    assert_eq!(alone.json(), json!({"accepted": 0, "duplicates": 0, "invalid": [{"index": 0, "code": "ID"}]}));
}

#[tokio::test]
async fn a_repeat_is_a_duplicate_wherever_it_stands_and_another_source_is_another_event() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let (first, second) = (event(1, "images", 5), event(2, "images", 7));
    assert_eq!(told(batch(&ada, &[first.clone(), first.clone(), second.clone()]).await), (2, 1));
    assert_eq!(told(batch(&ada, &[first.clone(), second.clone()]).await), (0, 2));
    assert_eq!(told(one(&ada, &second).await), (0, 1));
    // What it says the second time does not matter; who says it does.
    assert_eq!(told(one(&ada, &event(1, "other", 50)).await), (0, 1));
    assert_eq!(told(one(&ada, &with(first.clone(), json!({"source": "/elsewhere"}))).await), (1, 0));
    // An event is the organization's, whichever workspace sends it; another organization's is another.
    let lab = server.database.add_tenant(acme.id, "lab").await;
    assert_eq!(told(one(&ada.naming(lab), &first).await), (0, 1));
    let (eve, _) = server.owner("Eve", "pro").await;
    assert_eq!(told(one(&eve, &first).await), (1, 0));
    assert_eq!(total(&server.database, "images").await, "22");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn requests_that_come_at_once_share_transactions_and_each_is_told_its_own() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let sent = (0..200).map(|number| {
        let ada = ada.client.clone();
        async move { told(one(&ada, &event(number % 100, "images", 1)).await) }
    });
    let told = futures::future::join_all(sent).await;
    assert_eq!(told.iter().filter(|told| **told == (1, 0)).count(), 100);
    assert_eq!(told.iter().filter(|told| **told == (0, 1)).count(), 100);
    assert_eq!(total(&server.database, "images").await, "100");
    let batches: i64 = server.database.truth("select batches from org.metering_gates").await;
    assert!(batches < 200, "{batches} transactions");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn who_may_not_send_is_told_so_whatever_the_body_holds() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let viewer = server.member(&acme, Role::Viewer).await;
    let operator = server.member(&acme, Role::Operator).await;
    let (_, reads) = ada.key(&["read", "dispatch", "manage", "verify"]).await;
    let (_, sends) = ada.key(&["usage"]).await;
    for body in ["", "{", "[]"] {
        let nonsense = |client: &tenantry_testkit::Client| {
            client.call(Method::POST, "/api/v1/usage/events").body("text/plain", body.to_owned())
        };
        nonsense(&server).await.refused(401, "UNAUTHENTICATED");
        nonsense(&viewer).await.refused(403, "FORBIDDEN");
        nonsense(&server.with_key(&reads)).await.refused(403, "FORBIDDEN");
        nonsense(&operator).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    assert_eq!(told(one(&operator, &event(1, "images", 1)).await), (1, 0));
    let program = server.with_key(&sends);
    assert_eq!(told(one(&program, &event(2, "images", 1)).await), (1, 0));
    program.get("/api/v1/usage?meter=images").await.refused(403, "FORBIDDEN");
    // A key carries its workspace, and names no other.
    let (eve, theirs) = server.owner("Eve", "pro").await;
    let elsewhere = one(&program.naming(theirs.tenant), &event(3, "images", 1)).await;
    let nowhere = one(&program.naming("no-such-slug"), &event(3, "images", 1)).await;
    assert_eq!(elsewhere.indistinguishable(), nowhere.indistinguishable());
    assert!(elsewhere.status == 403 || elsewhere.status == 404);
    drop(eve);
    server.database.set_suspended(acme.tenant, true).await;
    server.database.services.memory.forget_all();
    one(&ada, &event(4, "images", 1)).await.refused(403, "TENANT_SUSPENDED");
    one(&program, &event(4, "images", 1)).await.refused(403, "TENANT_SUSPENDED");
}

#[tokio::test]
async fn what_is_no_batch_of_events_is_refused_as_a_whole() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let send = |media_type: &str, body: String| ada.call(Method::POST, "/api/v1/usage/events").body(media_type, body);
    let (single, several) = ("application/cloudevents+json", "application/cloudevents-batch+json");
    let right = event(1, "images", 1).to_string();
    send("application/json", right.clone()).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    send("application/cloudevents", right.clone()).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    send(single, format!("[{right}]")).await.refused(422, "INVALID");
    send(several, right.clone()).await.refused(422, "INVALID");
    send(several, "7".to_owned()).await.refused(422, "INVALID");
    send(single, "{".to_owned()).await.refused(400, "MALFORMED");
    send(several, format!("[{right}")).await.refused(400, "MALFORMED");
    send(several, "x".repeat(1024 * 1024 + 1)).await.refused(413, "BODY_TOO_LARGE");
    let many: Vec<Value> = (0..1_001).map(|number| event(number, "images", 1)).collect();
    batch(&ada, &many).await.refused(422, "INVALID");
    assert_eq!(told(batch(&ada, &many[..1_000]).await), (1_000, 0));
    assert_eq!(told(send("Application/CloudEvents+JSON; charset=utf-8", right).await), (0, 1));
}

#[tokio::test]
async fn a_repeat_of_a_request_gets_its_answer_again() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let events = [event(1, "images", 1), event("", "images", 1)];
    let first = batch(&ada, &events).once("nightly").await.expect(202);
    let again = batch(&ada, &events).once("nightly").await.expect(202);
    assert_eq!((first.json(), first.header("idempotency-replayed")), (again.json(), None));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    batch(&ada, &events[..1]).once("nightly").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    // Without the key it is sent again, and told what it is then.
    assert_eq!(told(batch(&ada, &events).await), (0, 1));
    assert_eq!(total(&server.database, "images").await, "1");
}

#[tokio::test]
async fn a_batch_is_one_api_call() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["usage"]).await;
    let many: Vec<Value> = (0..500).map(|number| event(number, "images", 1)).collect();
    assert_eq!(told(batch(&server.with_key(&secret), &many).await), (500, 0));
    assert_eq!(ada.usage().await["api_calls"]["used"], 1);
}

#[tokio::test]
async fn tokens_that_events_say_are_part_of_those_that_are_used() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    assert_eq!(told(batch(&ada, &[event(1, "tokens", 1200), event(2, "tokens", "0.75")]).await), (2, 0));
    assert_eq!(ada.usage().await["tokens_used"], 1200);
}

#[tokio::test]
async fn no_more_meters_are_made_than_there_may_be() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let new = |range: std::ops::Range<usize>| -> Vec<Value> {
        range.map(|number| event(number, &format!("meter-{number}"), 1)).collect()
    };
    assert_eq!(told(batch(&ada, &new(0..MOST_METERS - 1)).await), (MOST_METERS as u64 - 1, 0));
    let last = batch(&ada, &new(MOST_METERS - 1..MOST_METERS + 2)).await.expect(202);
    assert_eq!(last.at("/accepted"), 1);
    assert_eq!(last.at("/invalid/0"), json!({"index": 1, "code": "TOO_MANY_METERS"}));
    assert_eq!(told(one(&ada, &event("again", "meter-0", 1)).await), (1, 0), "those that are there go on");
    assert_eq!(server.database.truth::<i64>("select count(*) from org.meters").await, MOST_METERS as i64);
}

#[tokio::test]
async fn extension_attributes_are_kept_with_who_sent_it() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (_, secret) = ada.key(&["usage"]).await;
    let sent = with(event(1, "images", 1), json!({"region": "eu", "tool": "resize", "subject": "order 7"}));
    assert_eq!(told(one(&server.with_key(&secret), &sent).await), (1, 0));
    let kept: String = server
        .database
        .truth("select concat_ws(' | ', attributes, tool, subject, key_id is not null, user_id is null) from org.metered_events")
        .await;
    assert_eq!(kept, r#"{"region":"eu","tool":"resize"} | resize | order 7 | t | t"#);
}

#[tokio::test]
async fn without_a_database_nothing_is_acknowledged_and_the_same_may_be_sent_again() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    assert_eq!(told(one(&ada, &event(1, "images", 1)).await), (1, 0));
    server.database.take_away().await;
    let away = one(&ada, &event(2, "images", 1)).await.refused(503, "GUARD_UNAVAILABLE");
    assert!(away.header("retry-after").is_some());
    server.database.give_back().await;
    let back = async {
        loop {
            let reply = one(&ada, &event(2, "images", 1)).await;
            if reply.status != 503 {
                return told(reply);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    assert_eq!(back.await, (1, 0));
    assert_eq!(total(&server.database, "images").await, "2");
}
