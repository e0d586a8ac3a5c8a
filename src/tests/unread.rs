//! A body that was not read: the answer comes all the same, and the next request of the connection finds its way, or is told
//! beforehand that there is none.

use std::time::Duration;

use tenantry_testkit::{Client, TestServer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// How long an answer may take that needs nothing more from us.
const PATIENCE: Duration = Duration::from_secs(5);

/// A call of nobody, whose body is refused before it is read.
fn head(length: usize, more: &str) -> String {
    format!(
        "POST /api/v1/dispatch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{more}\r\n"
    )
}

/// A connection on which several requests are sent.
struct Line(TcpStream);

impl Line {
    async fn to(client: &Client) -> Self {
        let address = client.base().trim_start_matches("http://");
        Self(TcpStream::connect(address).await.expect("the server listens"))
    }

    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("the connection is open");
    }

    /// The next answer, or what came until the connection closed.
    async fn answer(&mut self) -> String {
        let mut text = String::new();
        let reading = async {
            let mut buffer = [0; 4096];
            while !is_whole(&text) {
                match self.0.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
                }
            }
        };
        timeout(PATIENCE, reading).await.expect("the server answers without waiting for more");
        text
    }
}

fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

fn closes(answer: &str) -> bool {
    let (head, _) = answer.split_once("\r\n\r\n").expect("a head");
    head.lines().any(|line| line.eq_ignore_ascii_case("connection: close"))
}

#[tokio::test]
async fn a_small_rest_is_read_and_the_next_request_finds_its_way() {
    let server = TestServer::without_worker().await;
    let mut line = Line::to(&server).await;
    for length in [1, 8 * 1024, 60 * 1024] {
        line.say(&head(length, "")).await;
        // The rest comes behind the head, as it does from afar.
        tokio::time::sleep(Duration::from_millis(10)).await;
        line.say(&"x".repeat(length)).await;
        let answer = line.answer().await;
        assert!(answer.starts_with("HTTP/1.1 401 ") && !closes(&answer), "{answer}");
    }
    line.say("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(line.answer().await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn before_a_large_rest_or_one_that_does_not_come_the_end_is_announced() {
    let server = TestServer::without_worker().await;
    for length in [100 * 1024, 1_000] {
        let mut line = Line::to(&server).await;
        line.say(&head(length, "")).await;
        line.say("x").await;
        let answer = line.answer().await;
        assert!(answer.starts_with("HTTP/1.1 401 ") && closes(&answer), "{answer}");
        assert_eq!(line.answer().await, "", "and it is the end");
    }
}

#[tokio::test]
async fn who_waits_to_be_asked_for_a_body_is_refused_without() {
    let server = TestServer::without_worker().await;
    let mut line = Line::to(&server).await;
    line.say(&head(1_000, "expect: 100-continue\r\n")).await;
    let answer = line.answer().await;
    assert!(answer.starts_with("HTTP/1.1 401 ") && closes(&answer), "{answer}");
}

#[tokio::test]
async fn a_body_that_was_read_closes_nothing() {
    let server = TestServer::without_worker().await;
    let mut line = Line::to(&server).await;
    for _ in 0..2 {
        let body = r#"{"email": "ada"}"#;
        let sign_in = head(body.len(), "").replace("/api/v1/dispatch", "/api/v1/auth/sign-in");
        line.say(&format!("{sign_in}{body}")).await;
        let answer = line.answer().await;
        assert!(answer.starts_with("HTTP/1.1 422 ") && !closes(&answer), "{answer}");
    }
}
