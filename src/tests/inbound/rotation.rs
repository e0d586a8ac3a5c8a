//! Secrets that change, and messages that are seen again after a while.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_testkit::{Client, Sender, TestServer, now};

use super::{SCHEMES, WEBHOOKS, event};

/// Gives it another secret; answers who signs with that one.
async fn rotated(client: &Client, sender: &Sender, wish: &Value) -> Sender {
    let reply = client.post(&format!("{WEBHOOKS}/{}/rotate", sender.id), wish).await.expect(201);
    assert_eq!(reply.text_at("/webhook/id"), sender.id);
    sender.signing_with(&reply.text_at("/secret"))
}

#[tokio::test]
async fn for_the_grace_both_secrets_are_good_and_then_the_new_one_alone() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    for scheme in SCHEMES {
        let old = ada.inbound(scheme, &json!({})).await;
        let new = rotated(&ada, &old, &json!({})).await;
        assert_ne!(new.secret, old.secret);
        old.send("old", &event("old")).await.expect(202);
        new.send("new", &event("new")).await.expect(202);
        let newest = rotated(&ada, &new, &json!({"grace_period_hours": 1})).await;
        old.send("old2", &event("old2")).await.refused(401, "SIGNATURE_INVALID");
        new.send("new2", &event("new2")).await.expect(202);
        newest.send("newest", &event("newest")).await.expect(202);
        let last = rotated(&ada, &newest, &json!({"grace_period_hours": 0})).await;
        newest.send("newest2", &event("newest2")).await.refused(401, "SIGNATURE_INVALID");
        last.send("last", &event("last")).await.expect(202);
    }
}

#[tokio::test]
async fn the_grace_ends_to_the_second() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let old = ada.inbound("hmac-sha256", &json!({})).await;
    let new = rotated(&ada, &old, &json!({})).await;
    for (hours, seconds, status) in [(23, 3590, 202), (24, 10, 401)] {
        server.database.turn_clock(TimeDelta::hours(hours) + TimeDelta::seconds(seconds)).await;
        old.send("", &event(&format!("{hours}"))).await.expect(status);
        new.send("", &event(&format!("new {hours}"))).await.expect(202);
    }
}

#[tokio::test]
async fn another_server_knows_of_it_within_a_second() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let old = ada.inbound("standard", &json!({})).await;
    let other = server.another().await;
    let there = old.sending_to(&other);
    there.send("msg_1", &event("1")).await.expect(202);
    let new = rotated(&ada, &old, &json!({"grace_period_hours": 0})).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    there.send("msg_2", &event("2")).await.refused(401, "SIGNATURE_INVALID");
    new.sending_to(&other).send("msg_2", &event("2")).await.expect(202);
    ada.call(Method::DELETE, &format!("{WEBHOOKS}/{}", old.id)).await.expect(204);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    new.sending_to(&other).send("msg_3", &event("3")).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_double_click_rotates_once() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({})).await;
    let rotate = || ada.call(Method::POST, &format!("{WEBHOOKS}/{}/rotate", sender.id)).once("once");
    let first = rotate().await.expect(201);
    let again = rotate().await.expect(201);
    assert_eq!((again.at("/previous"), again.at("/secret")), (first.at("/previous"), Value::Null));
    sender.send("msg_1", &event("1")).await.expect(202);
}

#[tokio::test]
async fn a_message_counts_as_seen_for_longer_than_its_sender_repeats_it() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let mut senders = Vec::new();
    for scheme in SCHEMES {
        senders.push(ada.inbound(scheme, &json!({})).await);
    }
    let send = async |sender: &Sender, by: TimeDelta| {
        let body = event("evt_1").to_string();
        let headers = sender.signed("msg_1", now() + by.num_seconds(), body.as_bytes());
        sender.call(&headers, body).await.status
    };
    for (by, statuses) in [
        (TimeDelta::zero(), [202, 202, 202]),
        (TimeDelta::seconds(290), [200, 200, 200]),
        (TimeDelta::seconds(310), [200, 200, 202]),
        (TimeDelta::days(3), [200, 200, 202]),
        (TimeDelta::days(6), [200, 200, 202]),
        (TimeDelta::days(8), [202, 202, 202]),
    ] {
        server.database.turn_clock(by).await;
        let mut met = Vec::new();
        for sender in &senders {
            met.push(send(sender, by).await);
        }
        assert_eq!(met, statuses, "after {by}");
    }
    let marks = "select count(*) from org.inbound_marks";
    assert_eq!(server.database.truth::<i64>(marks).await, 3, "what counts no more is let go of");
}
