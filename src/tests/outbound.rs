//! What leaves: whom the server calls, whom it never calls, and how much it takes from whoever answers.

mod addresses;
mod bounds;
mod names;
mod processes;
mod tool;

use std::{sync::Arc, time::Duration};

use reqwest::{
    Method, Url,
    header::{HeaderMap, HeaderValue},
};
use serde_json::json;
use tenantry_domain::{
    Settings,
    outbound::{Answered, Call, Outbound, OutboundError, Resolve},
};
use tenantry_testkit::{Answer, Receiver};

fn settings(loopback_tools: bool) -> Settings {
    Settings { loopback_tools, ..Settings::new("http://localhost".parse().expect("an address")) }
}

/// A client that may call this machine, where the receivers are.
fn open() -> Outbound {
    Outbound::new(&settings(true))
}

/// A client as a served installation has it.
fn closed() -> Outbound {
    Outbound::new(&settings(false))
}

/// A client with other names.
fn over(names: impl Resolve + 'static, loopback: bool) -> Outbound {
    Outbound::over(&settings(loopback), Arc::new(names))
}

fn url(text: &str) -> Url {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A call that asks for little and has time enough.
fn asking(text: &str) -> Call {
    Call {
        method: Method::GET,
        url: url(text),
        headers: HeaderMap::new(),
        body: Vec::new().into(),
        within: Duration::from_secs(20),
        most: 64 * 1024,
    }
}

async fn get(outbound: &Outbound, text: &str) -> Result<Answered, OutboundError> {
    outbound.call(asking(text)).await
}

#[tokio::test]
async fn a_call_arrives_as_it_was_meant_and_its_answer_comes_back() {
    let receiver = Receiver::start().await;
    receiver.will("/orders", Answer::json(201, &json!({"id": 7})).with("x-told", "yes"));
    let mut call = asking(&receiver.url("/orders?dry=1#part"));
    call.method = Method::POST;
    call.headers.insert("x-sent", HeaderValue::from_static("by us"));
    call.body = br#"{"order": 1}"#.to_vec().into();
    let answered = open().call(call).await.expect("an answer");
    assert_eq!((answered.status, &answered.headers["x-told"]), (201, &HeaderValue::from_static("yes")));
    assert_eq!(answered.body, r#"{"id":7}"#);

    let received = &receiver.received()[0];
    assert_eq!((received.method.as_str(), received.path.as_str()), ("POST", "/orders?dry=1"));
    assert_eq!(received.json(), json!({"order": 1}));
    assert_eq!(received.header("x-sent"), Some("by us"));
    assert_eq!(received.header("user-agent"), Some(concat!("Tenantry/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(received.header("host"), Some(format!("127.0.0.1:{}", receiver.port()).as_str()));
}

#[tokio::test]
async fn every_status_is_an_answer_and_no_redirect_is_followed() {
    let (receiver, private) = (Receiver::start().await, Receiver::start().await);
    let outbound = open();
    for status in [200, 204, 404, 410, 500, 503] {
        receiver.will("/", Answer::status(status));
        assert_eq!(get(&outbound, &receiver.url("/")).await.expect("an answer").status, status);
    }
    let metadata = "http://169.254.169.254/latest/meta-data/".to_owned();
    for to in [private.url("/"), metadata, "/elsewhere".to_owned(), "http://[::not".to_owned(), "\\".to_owned()] {
        for status in [301, 302, 303, 307, 308] {
            receiver.will("/", Answer::redirect(status, &to));
            let answered = get(&outbound, &receiver.url("/")).await.expect("an answer");
            assert_eq!((answered.status, answered.headers["location"].as_bytes()), (status, to.as_bytes()));
        }
    }
    assert_eq!(receiver.received().len(), 6 + 5 * 5, "each was asked for once");
    assert!(private.received().is_empty());
}

#[tokio::test]
async fn nothing_of_one_call_is_in_the_next() {
    let receiver = Receiver::start().await;
    let cookie = Answer::status(200).with("set-cookie", "session=1; Path=/").with("location", "/there");
    receiver.will("/", cookie);
    let outbound = open();
    for _ in 0..2 {
        get(&outbound, &receiver.url("/")).await.expect("an answer");
    }
    let [_, second] = receiver.received().try_into().expect("two requests");
    assert_eq!((second.header("cookie"), second.header("referer")), (None, None));
    assert_eq!((second.connection, receiver.connections()), (1, 1), "the connection is kept");
}

#[tokio::test]
async fn what_makes_the_frame_of_a_request_is_not_the_callers() {
    let receiver = Receiver::start().await;
    let outbound = open();
    for name in [
        "Host",
        "Connection",
        "Content-Length",
        "Expect",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    ] {
        let mut call = asking(&receiver.url("/"));
        call.headers.insert(
            reqwest::header::HeaderName::from_bytes(name.as_bytes()).expect("a name"),
            HeaderValue::from_static("other.example.com"),
        );
        let refused = outbound.call(call).await.expect_err("refused");
        assert_eq!(
            refused.to_string(),
            format!("The header {} is written by this server and cannot be set.", name.to_ascii_lowercase())
        );
        assert!(!refused.is_worth_another_try());
    }
    let mut tunnel = asking(&receiver.url("/"));
    tunnel.method = Method::CONNECT;
    assert_eq!(outbound.call(tunnel).await, Err(OutboundError::Tunnel));
    assert!(receiver.received().is_empty());
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_body_that_is_missing_is_said_to_be() {
    let receiver = Receiver::start().await;
    for (method, length) in [(Method::POST, Some("0")), (Method::PUT, Some("0")), (Method::GET, None)] {
        let call = Call { method, ..asking(&receiver.url("/")) };
        open().call(call).await.expect("an answer");
        assert_eq!(receiver.received().last().expect("it came").header("content-length"), length);
    }
    let head = Call { method: Method::HEAD, ..asking(&receiver.url("/")) };
    let answered = open().call(head).await.expect("an answer");
    assert_eq!((answered.status, answered.body.len()), (200, 0));
}

#[tokio::test]
async fn calls_at_once_do_not_mix() {
    let receiver = Receiver::start().await;
    let outbound = open();
    let paths: Vec<String> = (0..40).map(|number| format!("/{number}")).collect();
    for path in &paths {
        receiver.will(path, Answer::of(200, "text/plain", path.clone()).after(Duration::from_millis(20)));
    }
    let calls = paths.iter().map(|path| async { get(&outbound, &receiver.url(path)).await.expect("an answer").body });
    let bodies = futures::future::join_all(calls).await;
    assert_eq!(bodies, paths);
}
