//! A flood of sign-ins: what the calls of everybody else cost beside it.
//!
//! A thousand sign-ins a second are far more than this machine can hash; most are told to come back, at once. What is measured
//! is the guarded call of a program, alone and beside the flood, in turns, so that what else the machine does falls on both.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tenantry_testkit::TestServer;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use crate::{
    Effort,
    figures::{Row, Times},
    load::{self, Connection},
};

/// Sign-ins a second that are sent.
const FLOOD: u32 = 1_000;

/// Connections over which they come, each from an address of its own.
const CONNECTIONS: u8 = 250;

/// Of these, how many wait for a password to be hashed while the others are told to come back, and come.
const WAITING: u8 = 100;

/// Turns that each side gets.
const TURNS: u32 = 4;

/// Keys that ask in turns: one alone may not come as fast as it is answered.
const KEYS: usize = 16;

/// Measures it.
pub async fn measure(effort: Effort) -> Row {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let mut questions = Vec::new();
    for _ in 0..KEYS {
        let (_, secret) = ada.key(&["dispatch"]).await;
        questions.push(load::keyed("POST", "/api/v1/dispatch/check", &secret, r#"{"tool":"echo"}"#));
    }
    let address = server.base().trim_start_matches("http://").to_owned();
    load::times(&address, &questions, Duration::from_millis(500)).await;
    let (mut alone, mut beside, mut rate) = (Times::default(), Times::default(), 0.0);
    for _ in 0..TURNS {
        let turn = effort.time / TURNS;
        alone.append(load::times(&address, &questions, turn).await);
        let flood = Flood::begin(&address);
        beside.append(load::times(&address, &questions, turn).await);
        rate += flood.end() / f64::from(TURNS);
    }
    let (alone, beside) = (alone.within(0.99), beside.within(0.99));
    Row {
        what: "guarded call, p99 beside a flood of sign-ins",
        measured: format!("{beside:.2} ms, ratio {:.2}, {rate:.0} sign-ins/s", beside / alone),
        reference: format!("alone {alone:.2} ms"),
        target: "ratio ≤ 2.0 at 1,000/s",
        reached: beside <= 2.0 * alone && rate >= 0.95 * f64::from(FLOOD),
    }
}

/// Sign-ins of people that there are not, each with an address of its own.
struct Flood {
    clients: JoinSet<()>,
    answered: Arc<AtomicU64>,
    began: Instant,
}

impl Flood {
    fn begin(address: &str) -> Self {
        let (mut clients, answered) = (JoinSet::new(), Arc::<AtomicU64>::default());
        for client in 0..CONNECTIONS {
            let (address, answered) = (address.to_owned(), Arc::clone(&answered));
            clients.spawn(async move {
                let mut connection = Connection::from(Ipv4Addr::new(127, 0, 1, client), &address).await;
                let mut beat = interval(Duration::from_secs(1) * (CONNECTIONS - WAITING).into() / FLOOD);
                beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
                for number in 0_u64.. {
                    beat.tick().await;
                    let body = format!(
                        r#"{{"email":"nobody{client}.{number}@example.com","password":"horse battery {client}.{number}"}}"#
                    );
                    connection.exchange(&load::request("POST", "/api/v1/auth/sign-in", None, &body)).await;
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { clients, answered, began: Instant::now() }
    }

    /// Ends it, and answers how many a second were answered.
    fn end(mut self) -> f64 {
        self.clients.abort_all();
        self.answered.load(Ordering::Relaxed) as f64 / self.began.elapsed().as_secs_f64()
    }
}
