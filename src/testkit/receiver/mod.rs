//! Whoever is called: an HTTP server on a port that was free, which keeps all that it gets and answers as it was told, badly
//! too.
//!
//! It writes its bytes itself, since no server's library sends garbage, breaks off or unpacks to a gigabyte.

mod answer;
mod wire;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::{
    io::BufReader,
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use answer::{Answer, Hold};

/// How long a test waits for a request that is to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that has arrived whole.
#[derive(Clone, Debug)]
pub struct Received {
    /// In capitals.
    pub method: String,
    /// Path and query, as they were sent.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as it came.
    pub body: Vec<u8>,
    /// On which connection it came, counted from 1.
    pub connection: u64,
}

impl Received {
    /// A header, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{} {}: {error}: {}", self.method, self.path, String::from_utf8_lossy(&self.body))
        })
    }
}

/// What connections share.
#[derive(Default)]
struct Desk {
    received: Mutex<Vec<Received>>,
    /// By path, what is answered next; the last stays.
    answers: Mutex<HashMap<String, Vec<Answer>>>,
    connections: AtomicU64,
    sent: AtomicU64,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    fn answer_to(&self, path: &str) -> Answer {
        let mut answers = lock(&self.answers);
        let Some(next) = answers.get_mut(path) else { return Answer::default() };
        if next.len() > 1 { next.remove(0) } else { next[0].clone() }
    }
}

/// A server that is called. It ends with this, and its connections with it.
pub struct Receiver {
    address: SocketAddr,
    desk: Arc<Desk>,
    _stop: DropGuard,
}

impl Receiver {
    /// Starts one on 127.0.0.1. It answers 200 and `{}` where nothing else was said.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        Self::on("127.0.0.1:0").await
    }

    /// Starts one at an address of this machine.
    ///
    /// # Panics
    /// When it is taken.
    pub async fn on(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.expect("the port is free");
        let address = listener.local_addr().expect("a bound port has an address");
        let (desk, stop) = (Arc::<Desk>::default(), CancellationToken::new());
        let (accepting, stopped) = (accept(listener, Arc::clone(&desk), stop.clone()), stop.clone());
        tokio::spawn(async move { stopped.run_until_cancelled(accepting).await });
        Self { address, desk, _stop: stop.drop_guard() }
    }

    /// The address of a path, which starts with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Says what a path (without a query) answers from now on.
    pub fn will(&self, path: &str, answer: Answer) {
        self.will_in_turn(path, [answer]);
    }

    /// Says what a path (without a query) answers, one call after the other; the last stays.
    ///
    /// # Panics
    /// When there is nothing to answer.
    pub fn will_in_turn(&self, path: &str, answers: impl IntoIterator<Item = Answer>) {
        let answers: Vec<Answer> = answers.into_iter().collect();
        assert!(!answers.is_empty(), "something must be answered");
        lock(&self.desk.answers).insert(path.to_owned(), answers);
    }

    /// All that has arrived whole, in its order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        lock(&self.desk.received).clone()
    }

    /// Waits until so many requests have arrived, and answers all of them.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn until_received(&self, number: usize) -> Vec<Received> {
        let waiting = async {
            while lock(&self.desk.received).len() < number {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, waiting).await;
        let received = self.received();
        assert!(came.is_ok(), "{} requests came, not {number}: {received:?}", received.len());
        received
    }

    /// How many connections were made to it.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.desk.connections.load(Ordering::Relaxed)
    }

    /// How many bytes of answers it has got rid of, as they travel.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.desk.sent.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, desk: Arc<Desk>, stop: CancellationToken) {
    while let Ok((stream, _)) = listener.accept().await {
        let number = desk.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let (desk, stop) = (Arc::clone(&desk), stop.clone());
        tokio::spawn(async move { stop.run_until_cancelled(attend(stream, &desk, number)).await });
    }
}

/// Answers on one connection until either side has had enough.
async fn attend(stream: TcpStream, desk: &Desk, number: u64) {
    let mut stream = BufReader::new(stream);
    // What breaks off before it is a request is none.
    while let Ok(Some(mut received)) = wire::read(&mut stream).await {
        received.connection = number;
        let path = received.path.split('?').next().unwrap_or_default().to_owned();
        let is_head = received.method == "HEAD";
        lock(&desk.received).push(received);
        let answer = desk.answer_to(&path);
        // Whoever hangs up while it is answered has had enough; that is what many a test is about.
        if !matches!(answer.give(stream.get_mut(), is_head, &desk.sent).await, Ok(true)) {
            return;
        }
    }
}
