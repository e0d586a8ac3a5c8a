//! Load: connections that are kept alive and busy, with as little work between the socket and the count as can be, since
//! client and server share the machine.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};

use crate::figures::Times;

/// One connection, and the requests that go over it.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn to(address: &str) -> Self {
        Self::from(Ipv4Addr::UNSPECIFIED, address).await
    }

    /// Connects from one of this machine's own addresses.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn from(own: Ipv4Addr, address: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((own, 0).into()).expect("one of this machine's addresses");
        let stream = socket.connect(address.parse().expect("an address")).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket can be told so");
        Self { stream, answer: Vec::with_capacity(4096) }
    }

    /// Sends a request and reads its whole answer.
    ///
    /// # Panics
    /// When it is refused: a refusal would be measured as an answer.
    pub async fn ask(&mut self, request: &[u8]) -> &[u8] {
        let body = self.exchange(request).await;
        assert!(self.answer.starts_with(b"HTTP/1.1 20"), "{}", String::from_utf8_lossy(&self.answer));
        &self.answer[body..]
    }

    /// Sends a request and reads its whole answer, whatever it is; the answer is where its body begins.
    ///
    /// # Panics
    /// When the server hangs up.
    pub async fn exchange(&mut self, request: &[u8]) -> usize {
        self.stream.write_all(request).await.expect("the server reads");
        self.answer.clear();
        let mut buffer = [0; 4096];
        loop {
            let read = self.stream.read(&mut buffer).await.expect("the server answers");
            assert!(read > 0, "the server hung up");
            self.answer.extend_from_slice(&buffer[..read]);
            if let Some(body) = body_of(&self.answer) {
                return body;
            }
        }
    }
}

/// Where the body begins, once all of it is there.
fn body_of(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    })?;
    (answer.len() >= head + length).then_some(head)
}

/// A request of a session as bytes.
#[must_use]
pub fn request(method: &str, path: &str, cookie: Option<&str>, body: &str) -> Vec<u8> {
    let cookie = cookie.map(|cookie| format!("cookie: {cookie}\r\n")).unwrap_or_default();
    request_with(method, path, &cookie, body)
}

/// A request of a program with a key as bytes.
#[must_use]
pub fn keyed(method: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    request_with(method, path, &format!("authorization: Bearer {key}\r\n"), body)
}

/// A request of a program with a key that posts a body of another media type.
#[must_use]
pub fn keyed_as(media_type: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn request_with(method: &str, path: &str, credential: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{credential}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// How many requests a second are answered over so many connections at once; each connection sends one of the requests.
pub async fn requests_a_second(address: &str, requests: &[Vec<u8>], connections: usize, time: Duration) -> f64 {
    let mut clients = JoinSet::new();
    let began = Instant::now();
    for request in requests.iter().cycle().take(connections) {
        let (address, request) = (address.to_owned(), request.clone());
        clients.spawn(async move {
            let mut connection = Connection::to(&address).await;
            let mut answered = 0_u64;
            while began.elapsed() < time {
                connection.ask(&request).await;
                answered += 1;
            }
            answered
        });
    }
    let answered: u64 = clients.join_all().await.into_iter().sum();
    answered as f64 / began.elapsed().as_secs_f64()
}

/// How long each of some requests takes, one after the other over one connection, for some time.
pub async fn times(address: &str, requests: &[Vec<u8>], time: Duration) -> Times {
    let mut connection = Connection::to(address).await;
    let (began, mut times) = (Instant::now(), Times::default());
    while began.elapsed() < time {
        for request in requests {
            let asked = Instant::now();
            connection.ask(request).await;
            times.add(asked.elapsed());
        }
    }
    times
}
