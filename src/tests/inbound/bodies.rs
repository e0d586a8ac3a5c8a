//! Bodies that are too large, endless, broken off or no text.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use futures::stream;
use serde_json::{Value, json};
use tenantry_testkit::{TestServer, now};

use super::{WEBHOOKS, event, jobs, met};
use crate::raw;

const LARGEST: usize = 1024 * 1024;

#[tokio::test]
async fn a_body_of_a_mebibyte_is_let_in_and_one_byte_more_is_not() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({})).await;
    for (length, status) in [(LARGEST, 202), (LARGEST + 1, 413)] {
        let body = vec![b'x'; length];
        let headers = sender.signed(&format!("msg_{length}"), now(), &body);
        let reply = sender.call(&headers, body).await.expect(status);
        if status == 413 {
            reply.refused(413, "BODY_TOO_LARGE");
        }
    }
    assert_eq!(met(&ada, &sender).await, [("BODY_TOO_LARGE".to_owned(), 1), ("accepted".to_owned(), 1)]);
    let receipts = super::receipts(&ada, &sender).await;
    let kept = receipts.iter().find(|receipt| receipt["outcome"] == "accepted").expect("it was let in");
    assert_eq!((&kept["bytes"], kept["body"].as_str().map(str::len)), (&json!(LARGEST), Some(2_048)));
    let refused = receipts.iter().find(|receipt| receipt["outcome"] == "refused").expect("it was not");
    assert_eq!((&refused["body"], &refused["bytes"], &refused["message"]), (&Value::Null, &Value::Null, &Value::Null));
    let whole = format!("{WEBHOOKS}/receipts/{}/body", kept["id"].as_str().expect("an id"));
    assert_eq!(ada.get(&whole).await.expect(200).body.len(), LARGEST);
}

#[tokio::test]
async fn a_body_that_never_ends_is_left_as_soon_as_it_is_too_much() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({"tool": "echo"})).await;
    let endless = stream::repeat_with(|| Ok::<_, Infallible>(vec![b'x'; 16 * 1024]));
    let headers = sender.signed("msg_1", now(), b"");
    let asked = Instant::now();
    let reply = sender.call(&headers, reqwest::Body::wrap_stream(endless)).attempt().await;
    // Whoever goes on sending may find the connection closed before the answer is read.
    assert!(reply.is_none_or(|reply| reply.status == 413));
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    assert_eq!(met(&ada, &sender).await, [("BODY_TOO_LARGE".to_owned(), 1)]);
    assert_eq!(jobs(&server).await, 0);
}

#[tokio::test]
async fn who_is_not_let_in_is_told_before_the_body_comes() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({})).await;
    let head = |extra: &str| {
        let host = server.base().trim_start_matches("http://");
        format!("POST {} HTTP/1.1\r\nHost: {host}\r\n{extra}\r\n", sender.path()).into_bytes()
    };
    let late = sender.signed("msg_1", now() - 3600, b"");
    let late: String = late.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    for (extra, status, code) in [
        ("Content-Length: 1048577\r\n".to_owned(), 413, "BODY_TOO_LARGE"),
        ("Content-Length: 99999999999999999999\r\n".to_owned(), 400, ""),
        ("Content-Length: 1000\r\n".to_owned(), 401, "SIGNATURE_INVALID"),
        ("Transfer-Encoding: chunked\r\n".to_owned(), 401, "SIGNATURE_INVALID"),
        (format!("Content-Length: 1000\r\n{late}"), 401, "TIMESTAMP_OUT_OF_RANGE"),
    ] {
        let reply = raw::send(&server, &head(&extra)).await;
        assert_eq!(reply.status, status, "{extra}: {}", reply.text);
        assert!(reply.text.contains(code), "{extra}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_has_no_effect() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let sender = ada.inbound("standard", &json!({"tool": "echo"})).await;
    let body = event("1").to_string();
    let headers = sender.signed("msg_1", now(), body.as_bytes());
    let broken = stream::iter([Ok(body.clone()), Err(std::io::Error::other("cut"))]);
    sender.call(&headers, reqwest::Body::wrap_stream(broken)).attempt().await;
    assert_eq!(jobs(&server).await, 0);
    sender.call(&headers, body).await.expect(202);
}

#[tokio::test]
async fn a_tool_is_given_json_as_it_was_sent_and_any_other_text_as_text() {
    let server = TestServer::start().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let sender = ada.inbound("hmac-sha256", &json!({"tool": "echo"})).await;
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let large = format!("\"{}\"", "x".repeat(256 * 1024));
    for (body, payload) in [
        (r#"{"type": "invoice.paid", "a": 1.50}"#, json!({"type": "invoice.paid", "a": 1.5})),
        ("name=Ada&city=London", json!("name=Ada&city=London")),
        ("null", Value::Null),
    ] {
        let reply = sender.call(&sender.signed("", 0, body.as_bytes()), body).await.expect(202);
        let job = ada.job_over(&reply.text_at("/receipt/job")).await;
        assert_eq!((&job["payload"], &job["status"]), (&payload, &json!("succeeded")), "{body}");
        let action = if body.starts_with('{') { "invoice.paid" } else { "webhook" };
        assert_eq!((&job["tool"], &job["action"]), (&json!("echo"), &json!(action)));
    }
    for body in [deep.as_bytes(), large.as_bytes(), b"\xff\xfe"] {
        sender.call(&sender.signed("", 0, body), body.to_vec()).await.refused(422, "INVALID");
    }
    assert_eq!(met(&ada, &sender).await, [("INVALID".to_owned(), 3), ("accepted".to_owned(), 3)]);
}
