//! What is not let in, by which rule, and in which order the rules are.

use serde_json::json;
use tenantry_testkit::{Call, Sender, ServerOptions, TestServer, now};

use super::{SCHEMES, WEBHOOKS, event, jobs, met, three};

/// A right message's headers and body, to be spoilt.
fn right(sender: &Sender, at: i64) -> (Vec<(&'static str, String)>, String) {
    let body = event("evt_1").to_string();
    (sender.signed("msg_1", at, body.as_bytes()), body)
}

#[tokio::test]
async fn what_is_signed_is_let_in_once_by_each_scheme() {
    let (server, ada, senders) = three("free").await;
    for sender in &senders {
        let first = sender.send("msg_1", &event("evt_1")).await.expect(202);
        let again = sender.send("msg_1", &event("evt_1")).await.expect(200);
        assert_eq!(again.json(), first.json(), "{}", sender.scheme);
        assert_eq!(met(&ada, sender).await, [("accepted".to_owned(), 1), ("repeated".to_owned(), 1)]);
    }
    assert_eq!(jobs(&server).await, 3, "the same message by three webhooks is three messages");
    assert_eq!(ada.usage().await["dispatches"]["used"], 3);
}

#[tokio::test]
async fn what_is_altered_written_anew_or_not_signed_stays_out() {
    let (server, ada, senders) = three("free").await;
    for sender in &senders {
        let (headers, body) = right(sender, now());
        let spoilt = |text: &str| text.replace("1250", "9999");
        let anew = serde_json::to_string_pretty(&event("evt_1")).expect("JSON");
        let other = sender.signing_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let calls: Vec<Call> = vec![
            sender.call(&headers, spoilt(&body)),
            sender.call(&headers, anew),
            sender.call(&headers, format!("{body}\n")),
            sender.call(&headers, ""),
            sender.call(&[], body.clone()),
            sender.call(&other.signed("msg_1", now(), body.as_bytes()), body.clone()),
        ];
        let tried = calls.len() as u64;
        for call in calls {
            call.await.refused(401, "SIGNATURE_INVALID");
        }
        assert_eq!(met(&ada, sender).await, [("SIGNATURE_INVALID".to_owned(), tried)]);
    }
    assert_eq!(jobs(&server).await, 0);
}

#[tokio::test]
async fn what_is_signed_twice_under_two_names_or_for_another_scheme_stays_out() {
    let (server, _, senders) = three("free").await;
    for sender in &senders {
        let (headers, body) = right(sender, now());
        sender.call(&[headers.clone(), headers.clone()].concat(), body.clone()).await.refused(401, "SIGNATURE_INVALID");
        for other in senders.iter().filter(|other| other.scheme != sender.scheme) {
            let foreign = Sender { scheme: other.scheme.clone(), ..sender.clone() };
            let (headers, body) = right(&foreign, now());
            sender.call(&headers, body).await.refused(401, "SIGNATURE_INVALID");
        }
    }
    let (headers, body) = right(&senders[0], now());
    let svix =
        headers.iter().map(|(name, value)| (if *name == "webhook-id" { "svix-id" } else { name }, value.clone()));
    let half: Vec<_> = svix.collect();
    senders[0].call(&half, body.clone()).await.refused(401, "SIGNATURE_INVALID");
    senders[0].call(&[headers, half].concat(), body).await.refused(401, "SIGNATURE_INVALID");
    assert_eq!(jobs(&server).await, 0);
}

#[tokio::test]
async fn what_is_late_or_early_stays_out() {
    let (server, ada, senders) = three("free").await;
    for sender in &senders[..2] {
        for off in [-3600, -303, 303, 3600] {
            let (headers, body) = right(sender, now() + off);
            sender.call(&headers, body).await.refused(401, "TIMESTAMP_OUT_OF_RANGE");
        }
        for off in [-290, 290] {
            let body = event(&format!("evt{off}")).to_string();
            let headers = sender.signed(&format!("msg{off}"), now() + off, body.as_bytes());
            sender.call(&headers, body).await.expect(202);
        }
        let expected = [("TIMESTAMP_OUT_OF_RANGE".to_owned(), 4), ("accepted".to_owned(), 2)];
        assert_eq!(met(&ada, sender).await, expected);
    }
    assert_eq!(jobs(&server).await, 4);
}

#[tokio::test]
async fn an_address_that_is_not_on_the_list_stays_out_whatever_it_says_of_itself() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({"allowlist": ["160.16.120.186/32"]})).await;
    let send = |id: &str| sender.send(id, &event(id));
    send("msg_1").await.refused(403, "ADDRESS_NOT_ALLOWED");
    for (header, value) in [
        ("x-forwarded-for", "160.16.120.186"),
        ("x-forwarded-for", "160.16.120.186, 127.0.0.1"),
        ("forwarded", "for=160.16.120.186"),
        ("x-real-ip", "160.16.120.186"),
    ] {
        send("msg_1").header(header, value).await.refused(403, "ADDRESS_NOT_ALLOWED");
    }
    assert_eq!(met(&ada, &sender).await, [("ADDRESS_NOT_ALLOWED".to_owned(), 5)]);
    let change = json!({"allowlist": ["127.0.0.0/8"]});
    ada.patch(&format!("{WEBHOOKS}/{}", sender.id), &change).await.expect(200);
    send("msg_1").await.expect(202);
}

#[tokio::test]
async fn behind_our_proxy_the_last_hop_that_it_names_counts() {
    let options = ServerOptions { worker: false, trusted_proxies: "127.0.0.0/8", ..ServerOptions::default() };
    let server = TestServer::with(options).await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({"allowlist": ["160.16.120.186/32"]})).await;
    let from = |id: &str, hops: &str| sender.send(id, &event(id)).header("x-forwarded-for", hops);
    from("msg_1", "160.16.120.186, 203.0.113.7").await.refused(403, "ADDRESS_NOT_ALLOWED");
    from("msg_1", "203.0.113.7, 160.16.120.186").await.expect(202);
    let told = super::receipts(&ada, &sender).await;
    let of = |outcome: &str| told.iter().find(|one| one["outcome"] == outcome).map(|one| one["address"].clone());
    assert_eq!((of("accepted"), of("refused")), (Some(json!("160.16.120.186")), Some(json!("203.0.113.7"))));
}

#[tokio::test]
async fn the_first_rule_that_is_broken_is_the_one_that_is_told() {
    let (server, ada, senders) = three("free").await;
    let fenced = ada.inbound("standard", &json!({"allowlist": ["192.0.2.1/32"]})).await;
    let large = "x".repeat(1024 * 1024 + 1);
    // Everything is wrong with it: the rules say so in their order.
    let late = fenced.signed("msg_1", now() - 3600, b"{}");
    let nowhere = Sender { id: "inb_7zzzzzzzzzzzzzzzzzzzzzzzzz".into(), ..fenced.clone() };
    nowhere.call(&late, large.clone()).await.refused(404, "NOT_FOUND");
    fenced.call(&late, large.clone()).await.refused(413, "BODY_TOO_LARGE");
    fenced.call(&late, "{}").await.refused(403, "ADDRESS_NOT_ALLOWED");
    senders[0].call(&[("webhook-id", "a.b".into())], "{}").await.refused(401, "SIGNATURE_INVALID");
    // Late and altered: its time is looked at before its body.
    senders[0]
        .call(&senders[0].signed("msg_1", now() - 3600, b"[]"), "{}")
        .await
        .refused(401, "TIMESTAMP_OUT_OF_RANGE");
    for id in ["nonsense", "ten_7zzzzzzzzzzzzzzzzzzzzzzzzz", "inb_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"] {
        server.post(&format!("/hooks/{id}"), &json!({})).await.refused(404, "NOT_FOUND");
    }
    server.get(&fenced.path()).await.expect(405);
}

#[tokio::test]
async fn a_workspace_that_is_closed_is_one_that_is_not_there() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({"tool": "echo"})).await;
    sender.send("msg_1", &event("1")).await.expect(202);
    let missing = Sender { id: "inb_7zzzzzzzzzzzzzzzzzzzzzzzzz".into(), ..sender.clone() };
    server.database.set_suspended(acme.tenant, true).await;
    server.database.services.memory.forget_all();
    let closed = sender.send("msg_2", &event("2")).await.refused(404, "NOT_FOUND");
    let missing = missing.send("msg_2", &event("2")).await.refused(404, "NOT_FOUND");
    assert_eq!(closed.indistinguishable(), missing.indistinguishable());
    assert_eq!(jobs(&server).await, 1);
    server.database.set_suspended(acme.tenant, false).await;
    server.database.services.memory.forget_all();
    sender.send("msg_2", &event("2")).await.expect(202);
}

#[tokio::test]
async fn no_message_is_a_browsers_and_none_counts_as_a_call_of_the_day() {
    let (_server, ada, senders) = three("free").await;
    for (sender, scheme) in senders.iter().zip(SCHEMES) {
        let call = sender.send("msg_1", &event("evt_1")).header("sec-fetch-site", "cross-site");
        let reply = call.header("origin", "https://evil.example").await.expect(202);
        assert!(reply.header("ratelimit").is_none() && reply.cookie().is_none(), "{scheme}");
    }
    assert_eq!(ada.usage().await["api_calls"]["used"], 0);
}
