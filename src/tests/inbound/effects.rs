//! From a message to a job: once, whole, or not at all.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_testkit::{Client, TestServer, now};

use super::{WEBHOOKS, event, jobs, met, receipts, three};

/// Uses up the month of Free.
async fn use_up(server: &TestServer, owner: &Client) {
    let organization = owner.usage().await["organization"].as_str().expect("an id").parse().expect("an id");
    server.database.set_used(organization, 500).await;
}

#[tokio::test]
async fn a_message_is_a_receipt_a_job_and_a_unit_of_the_month() {
    let server = TestServer::start().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({"tool": "echo"})).await;
    let reply = sender.send("msg_1", &event("evt_1")).await.expect(202);
    let job = ada.job_over(&reply.text_at("/receipt/job")).await;
    assert_eq!((&job["status"], &job["payload"]), (&json!("succeeded"), &event("evt_1")));
    assert_eq!(ada.usage().await["dispatches"]["used"], 1);
    let receipt = &receipts(&ada, &sender).await[0];
    assert_eq!((&receipt["id"], &receipt["job"]), (&reply.at("/receipt/id"), &job["id"]));
    let said = [&receipt["outcome"], &receipt["message"], &receipt["kind"], &receipt["address"], &receipt["body"]];
    assert_eq!(said, [&json!("accepted"), &json!("msg_1"), &json!("invoice.paid"), &json!("127.0.0.1"), &Value::Null]);
    assert_eq!(receipt["bytes"], event("evt_1").to_string().len());
}

#[tokio::test]
async fn the_same_message_at_the_same_moment_in_two_processes_is_one_job() {
    let (server, ada, senders) = three("empire").await;
    let other = server.another().await;
    for sender in &senders {
        let theirs = sender.sending_to(&other);
        let calls = (0..60).map(|number| {
            let sender = if number % 2 == 0 { sender } else { &theirs };
            sender.send("msg_1", &event("evt_1")).into_future()
        });
        let replies = join_all(calls).await;
        let accepted = replies.iter().filter(|reply| reply.status == 202).count();
        let same = replies.iter().all(|reply| reply.at("/receipt") == replies[0].at("/receipt"));
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 202)), "{}", sender.scheme);
        assert!(accepted == 1 && same, "{}: {accepted}", sender.scheme);
    }
    assert_eq!(jobs(&server).await, 3);
    assert_eq!(ada.usage().await["dispatches"]["used"], 3);
}

#[tokio::test]
async fn without_a_tool_it_is_one_receipt_in_two_processes_too() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({})).await;
    let (other, body) = (server.another().await, event("evt_1"));
    let theirs = sender.sending_to(&other);
    let calls =
        (0..40).map(|number| if number % 2 == 0 { &sender } else { &theirs }.send("msg_1", &body).into_future());
    let replies = join_all(calls).await;
    let accepted = replies.iter().filter(|reply| reply.status == 202).count();
    assert!(
        accepted == 1 && replies.iter().all(|reply| reply.at("/receipt") == replies[0].at("/receipt")),
        "{accepted}"
    );
    assert_eq!(jobs(&server).await, 0);
    let receipt = receipts(&ada, &sender).await.pop().expect("one");
    assert_eq!((&receipt["job"], &receipt["body"]), (&Value::Null, &json!(body.to_string())));
}

#[tokio::test]
async fn what_the_plan_refuses_has_not_been_seen_and_may_come_again() {
    let (server, ada, senders) = three("free").await;
    use_up(&server, &ada).await;
    for sender in &senders {
        for _ in 0..3 {
            let refused = sender.send("msg_1", &event("evt_1")).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
            let told = ["/title", "/detail", "/reason", "/error", "/fix"].map(|part| refused.text_at(part)).join("\n");
            assert!(!told.contains("500") && !told.contains("Free"), "what the plan says is not the sender's: {told}");
        }
    }
    assert_eq!(jobs(&server).await, 0);
    ada.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    for sender in &senders {
        sender.send("msg_1", &event("evt_1")).await.expect(202);
        let met = met(&ada, sender).await;
        assert_eq!(met, [("DISPATCH_QUOTA_EXCEEDED".to_owned(), 3), ("accepted".to_owned(), 1)]);
    }
    assert_eq!(jobs(&server).await, 3);
}

#[tokio::test]
async fn a_repeat_of_what_was_let_in_is_no_question_of_the_plan_any_more() {
    let (server, ada, senders) = three("free").await;
    for sender in &senders {
        sender.send("msg_1", &event("evt_1")).await.expect(202);
    }
    use_up(&server, &ada).await;
    for sender in &senders {
        sender.send("msg_1", &event("evt_1")).await.expect(200);
        sender.send("msg_2", &event("evt_2")).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
        sender.send("msg_1", &event("evt_1")).await.expect(200);
    }
}

#[tokio::test]
async fn where_every_slot_is_taken_its_job_waits() {
    let (server, _, senders) = three("free").await;
    for number in 0..5 {
        senders[0].send(&format!("msg_{number}"), &event("1")).await.expect(202);
    }
    assert_eq!(jobs(&server).await, 5, "Free has one slot");
}

#[tokio::test]
async fn a_tool_that_is_gone_is_told_to_the_sender_until_another_is_named() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let tool = json!({"name": "crm", "kind": "webhook", "url": "https://example.com/hook"});
    let tool = ada.post("/api/v1/tools", &tool).await.expect(201).text_at("/tool/id");
    let sender = ada.inbound("standard", &json!({"tool": tool})).await;
    let path = format!("{WEBHOOKS}/{}", sender.id);
    assert_eq!(ada.get(&path).await.expect(200).text_at("/webhook/tool"), "crm");
    ada.patch(&format!("/api/v1/tools/{tool}"), &json!({"name": "sales"})).await.expect(200);
    assert_eq!(ada.get(&path).await.expect(200).text_at("/webhook/tool"), "sales", "it is bound by id");
    sender.send("msg_1", &event("1")).await.expect(202);
    ada.call(Method::DELETE, &format!("/api/v1/tools/{tool}")).await.expect(204);
    assert_eq!(ada.get(&path).await.expect(200).text_at("/webhook/tool"), tool);
    sender.send("msg_2", &event("2")).await.refused(409, "CONFLICT");
    sender.send("msg_1", &event("1")).await.expect(200);
    ada.patch(&path, &json!({"tool": "echo"})).await.expect(200);
    sender.send("msg_2", &event("2")).await.expect(202);
    assert_eq!(
        met(&ada, &sender).await,
        [("CONFLICT".to_owned(), 1), ("accepted".to_owned(), 2), ("repeated".to_owned(), 1)]
    );
}

#[tokio::test]
async fn while_the_database_is_away_the_sender_is_asked_to_come_again() {
    let (server, ada, senders) = three("free").await;
    for sender in &senders {
        sender.send("msg_0", &event("evt_0")).await.expect(202);
    }
    server.database.take_away().await;
    for sender in &senders {
        let away = sender.send("msg_1", &event("evt_1")).await.refused(503, "GUARD_UNAVAILABLE");
        assert!(away.header("retry-after").is_some());
    }
    server.database.give_back().await;
    for sender in &senders {
        loop {
            // The pools find out by themselves that it is there again.
            let reply = sender.send("msg_1", &event("evt_1")).await;
            if reply.status != 503 {
                drop(reply.expect(202));
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(receipts(&ada, sender).await.iter().filter(|one| one["outcome"] == "accepted").count(), 2);
    }
    assert_eq!(jobs(&server).await, 6);
}

#[tokio::test]
async fn stripe_is_known_by_its_events_id_and_whoever_has_none_by_the_body() {
    let (server, _, senders) = three("empire").await;
    let stripe = &senders[1];
    // Stripe signs each attempt anew.
    for (off, status) in [(-10, 202), (-5, 200), (0, 200)] {
        let body = event("evt_1").to_string();
        stripe.call(&stripe.signed("", now() + off, body.as_bytes()), body).await.expect(status);
    }
    for (body, status) in [("{}", 202), ("{}", 200), ("{ }", 202), ("not json", 202), ("not json", 200)] {
        stripe.call(&stripe.signed("", now(), body.as_bytes()), body).await.expect(status);
    }
    let standard = &senders[0];
    standard.send("msg_1", &event("evt_1")).await.expect(202);
    standard.send("msg_2", &event("evt_1")).await.expect(202);
    standard.send("msg_1", &event("evt_2")).await.expect(200);
    assert_eq!(jobs(&server).await, 6);
}
