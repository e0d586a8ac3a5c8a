//! Ten thousand addresses at once: what they leave behind is bounded, and who is known is let in beside them.

use futures::{StreamExt as _, stream};
use serde_json::json;
use tenantry_kernel::ReceiptId;
use tenantry_testkit::{Sender, ServerOptions, TestServer};

use super::{WEBHOOKS, event, met, receipts};

const ADDRESSES: u32 = 10_000;

fn address(number: u32) -> String {
    format!("10.{}.{}.{}", number / 65_536, number / 256 % 256, number % 256)
}

async fn flooded(allowlist: &[&str]) -> (TestServer, tenantry_testkit::Person, Sender) {
    let options = ServerOptions { worker: false, trusted_proxies: "127.0.0.0/8", ..ServerOptions::default() };
    let server = TestServer::with(options).await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({"tool": "echo", "allowlist": allowlist})).await;
    (server, ada, sender)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_addresses_leave_a_row_for_each_rule_they_met() {
    let (server, ada, sender) = flooded(&[]).await;
    let known = sender.send("msg_0", &event("0")).header("x-forwarded-for", "192.0.2.1");
    known.await.expect(202);
    let forged = sender.signing_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let (forged, one) = (&forged, event("1"));
    let calls = stream::iter(0..ADDRESSES).map(|number| {
        let call = match number % 2 {
            0 => forged.send("msg_1", &one),
            _ => forged.call(&forged.signed("msg_1", 0, b"{}"), "{}"),
        };
        call.header("x-forwarded-for", &address(number)).into_future()
    });
    let flood = calls.buffer_unordered(64).for_each(|reply| async move { drop(reply.expect(401)) });
    let legitimate = async {
        for number in 1..20 {
            let id = format!("msg_ok_{number}");
            sender.send(&id, &event(&id)).header("x-forwarded-for", "192.0.2.1").await.expect(202);
        }
    };
    tokio::join!(flood, legitimate);
    let half = u64::from(ADDRESSES / 2);
    let expected = [
        ("SIGNATURE_INVALID".to_owned(), half),
        ("TIMESTAMP_OUT_OF_RANGE".to_owned(), half),
        ("accepted".to_owned(), 20),
    ];
    assert_eq!(met(&ada, &sender).await, expected);
    let rows = receipts(&ada, &sender).await.len();
    assert!(rows <= 20 + 2 * 2, "two rules, and perhaps two hours: {rows} rows");
    let marks = "select count(*) from org.inbound_marks";
    assert_eq!(server.database.truth::<i64>(marks).await, 20, "who is refused is not remembered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_too_fast_is_told_to_wait_and_no_other_is() {
    let (_server, ada, sender) = flooded(&[]).await;
    let from = |number: u32, address: &str| {
        let id = format!("msg_{number}");
        sender.call(&[("webhook-id", id)], "{}").header("x-forwarded-for", address).into_future()
    };
    let replies: Vec<_> =
        stream::iter((0..2_500).map(|number| from(number, "10.0.0.1"))).buffer_unordered(64).collect().await;
    let fast = replies.into_iter().filter(|reply| reply.status == 429).count();
    assert!(fast > 0, "2,500 at once is more than any address may send");
    let one_more = sender.send("msg_1", &event("1"));
    one_more.header("x-forwarded-for", "10.0.0.2").await.expect(202);
    let met = met(&ada, &sender).await;
    let of = |code: &str| met.iter().find(|(known, _)| known == code).map_or(0, |(_, count)| *count);
    assert_eq!((of("RATE_LIMITED"), of("accepted")), (fast as u64, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_tries_ids_that_nobody_has_runs_out_of_look_ups() {
    let (server, _ada, sender) = flooded(&[]).await;
    let strange = |number: u32| {
        let id = tenantry_kernel::InboundId::from(uuid::Uuid::from_u128(u128::from(number)));
        let sender = Sender { id: id.to_string(), ..sender.clone() };
        sender.send("msg_1", &event("1")).header("x-forwarded-for", "10.0.0.1").into_future()
    };
    let replies: Vec<_> = stream::iter((0..1_500).map(strange)).buffer_unordered(32).collect().await;
    assert!(replies.iter().all(|reply| matches!(reply.status, 404 | 429)));
    assert!(replies.iter().any(|reply| reply.status == 429));
    let all = "select count(*) from org.inbound_receipts";
    assert_eq!(server.database.truth::<i64>(all).await, 0);
    sender.send("msg_1", &event("1")).header("x-forwarded-for", "10.0.0.2").await.expect(202);
}

#[tokio::test]
async fn receipts_and_bodies_are_let_go_of_beyond_those_that_are_kept() {
    let (server, ada, _) = flooded(&[]).await;
    let sender = ada.inbound("standard", &json!({})).await;
    server
        .database
        .change(
            "insert into org.inbound_receipts (organization_id, receipt_id, tenant_id, inbound_id, outcome, address, created_at)
             select w.organization_id, lpad(to_hex(n), 32, '0')::uuid, w.tenant_id, w.inbound_id, 'accepted', '192.0.2.1',
                    app.now() - case when n <= 500 then interval '31 days' else interval '1 day' end
             from directory.inbound_webhooks w, generate_series(1, 10500) n where w.tool_id is null",
        )
        .await;
    // One message in 64 looks after the others, by the chance in its id; and as many are sent as bodies are kept.
    for number in 0.. {
        let id = format!("msg_{number}");
        let send = sender.send(&id, &event(&id)).header("x-forwarded-for", &address(number));
        let receipt: ReceiptId = send.await.expect(202).text_at("/receipt/id").parse().expect("an id");
        if number >= 150 && receipt.uuid().as_u128().is_multiple_of(64) {
            break;
        }
    }
    let old = "select count(*) from org.inbound_receipts where created_at < app.now() - interval '30 days'";
    let (old, all): (i64, i64) =
        (server.database.truth(old).await, server.database.truth("select count(*) from org.inbound_receipts").await);
    assert!(old == 0 && all <= 10_000, "{old} of {all}");
    assert_eq!(server.database.truth::<i64>("select count(*) from tenant.inbound_bodies").await, 100);
    let gone = ada.get(&format!("{WEBHOOKS}/{}/receipts?limit=1", sender.id)).await.expect(200);
    assert!(gone.at("/data/0/body").is_string(), "the newest has its body");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_holds_bodies_open_takes_their_own_room_alone_and_what_is_small_needs_none() {
    let (_server, ada, sender) = flooded(&[]).await;
    let flooded_too = ada.inbound("hmac-sha256", &json!({})).await;
    // Each sends nearly all that it may and then says nothing more.
    let silent = |number: u32| {
        let sent = stream::iter([Ok::<_, std::convert::Infallible>(vec![b'x'; 1024 * 1024 - 1])]);
        let body = reqwest::Body::wrap_stream(sent.chain(stream::pending()));
        let headers = sender.signed(&format!("msg_{number}"), tenantry_testkit::now(), b"");
        tokio::spawn(sender.call(&headers, body).header("x-forwarded-for", "10.0.0.1").attempt())
    };
    let held: Vec<_> = (0..40).map(silent).collect();
    let large = "x".repeat(900 * 1024);
    let send = |body: &str, from: &str| {
        let headers = flooded_too.signed("", 0, body.as_bytes());
        flooded_too.call(&headers, body.to_owned()).header("x-forwarded-for", from).into_future()
    };
    let full = async {
        let mut number = 0;
        loop {
            number += 1;
            let reply = send(&format!("{number} {large}"), "10.0.0.1").await;
            if reply.status != 202 {
                return reply.refused(429, "RATE_LIMITED");
            }
        }
    };
    let refused = tokio::time::timeout(std::time::Duration::from_secs(15), full).await.expect("its room is full");
    assert!(refused.text().contains("bodies from your address"), "{}", refused.text());
    send("small", "10.0.0.1").await.expect(202);
    send(&large, "10.0.0.2").await.expect(202);
    held.into_iter().for_each(|held| held.abort());
}
