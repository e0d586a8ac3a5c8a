//! The guarded call: what "is this allowed?" costs beside answering at all.
//!
//! The reference is a bare axum handler that reads the same body and answers the same bytes, asked by the same client over
//! as many connections. Both are measured in turns, so that what else the machine does falls on both.

use std::time::Duration;

use axum::{Router, body::Bytes, http::header, routing::post};
use tenantry_testkit::TestServer;
use tokio::net::TcpListener;

use crate::{
    Effort,
    figures::Row,
    load::{self, Connection},
};

const PATH: &str = "/api/v1/dispatch/check";
const BODY: &str = r#"{"tool":"echo"}"#;

/// Turns that each side gets.
const TURNS: u32 = 4;

/// What goes before the measurement, so that pools and caches are warm on both sides.
const WARM_UP: Duration = Duration::from_millis(500);

/// Measures it.
pub async fn measure(effort: Effort) -> Row {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    // A key for each connection, as programs have: one alone may not come faster than its plan says.
    let mut questions = Vec::new();
    for _ in 0..effort.connections {
        let (_, secret) = ada.key(&["dispatch"]).await;
        questions.push(load::keyed("POST", PATH, &secret, BODY));
    }
    let guarded = server.base().trim_start_matches("http://").to_owned();
    let answer = Connection::to(&guarded).await.ask(&questions[0]).await.to_vec();
    let bare = bare_server(answer).await;

    let (mut with_guards, mut without) = (0.0, 0.0);
    for address in [&guarded, &bare] {
        load::requests_a_second(address, &questions, effort.connections, WARM_UP).await;
    }
    for _ in 0..TURNS {
        let turn = effort.time / TURNS;
        without += load::requests_a_second(&bare, &questions, effort.connections, turn).await / f64::from(TURNS);
        with_guards += load::requests_a_second(&guarded, &questions, effort.connections, turn).await / f64::from(TURNS);
    }
    let ratio = with_guards / without;
    Row {
        what: "guarded call, by key",
        measured: format!("{with_guards:.0}/s, ratio {ratio:.2}"),
        reference: format!("bare axum {without:.0}/s"),
        target: "ratio ≥ 0.50",
        reached: ratio >= 0.5,
    }
}

/// A handler that reads the body and answers these bytes, and nothing around it.
async fn bare_server(answer: Vec<u8>) -> String {
    let answer = Bytes::from(answer);
    let handler = move |_: Bytes| {
        let answer = answer.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], answer) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("a bound port has an address").to_string();
    tokio::spawn(axum::serve(listener, Router::new().route(PATH, post(handler))).into_future());
    address
}
