//! Requests that no client library would send, written byte by byte.

use std::time::Duration;

use tenantry_testkit::Client;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// How long an answer may take that needs nothing more from us.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came back: the status, and all of it as text.
pub(crate) struct RawReply {
    pub status: u16,
    pub text: String,
}

/// Sends bytes and reads until the server closes or has answered.
///
/// The sending side stays open, so a server that waits for a body that never comes is found out by the time-out.
pub(crate) async fn send(client: &Client, bytes: &[u8]) -> RawReply {
    let address = client.base().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    // A server that has refused may close before it has read everything.
    let _closed = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let reading = async {
        let mut buffer = [0; 16 * 1024];
        while !is_whole(&answer) {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => answer.extend_from_slice(&buffer[..read]),
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the server answers without waiting for more");
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    RawReply { status: status.unwrap_or_else(|| panic!("no answer: {text:?}")), text }
}

/// Headers, and as much body as they announce.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}
