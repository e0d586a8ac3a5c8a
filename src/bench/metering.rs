//! Metering: usage events over HTTP, durable and told from their repeats, with every sum in the same transaction; and how
//! long reading the sums takes.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tenantry_testkit::{Client, Served};
use tokio::task::JoinSet;

use crate::{
    Effort,
    admission::disk::Durable,
    figures::{Row, Times},
    load::{self, Connection},
};

const PATH: &str = "/api/v1/usage/events";

/// Events of a batch.
const BATCH: u64 = 1_000;

/// Callers that send batches, and callers that send one event after the other.
const SENDERS: usize = 4;
const SINGLES: usize = 64;

/// Days of history that are read.
const DAYS: u64 = 30;

/// How often each reading is done.
const READINGS: usize = 300;

/// Measures all of it, on a database that waits for the disk at every commit.
pub async fn measure(effort: Effort) -> Vec<Row> {
    let disk = Durable::start().await;
    let served = Served::over(disk.services(), false, |router| router).await;
    let ada = served.sign_up("Ada").await;
    ada.create_organization("Busy", "empire").await;
    let (_, secret) = ada.key(&["usage", "read"]).await;
    let ids = Arc::new(AtomicU64::new(0));
    let batches = sent(&served, &secret, &ids, BATCH, SENDERS, effort.time).await;
    let singles = sent(&served, &secret, &ids, 1, SINGLES, effort.time).await;
    history(&served, &secret, &ids).await;
    let rows = vec![
        rate("events in batches of 1,000, over HTTP, on the disk", &batches, "≥ 20,000/s", 20_000.0),
        rate("single events, over HTTP, on the disk", &singles, "≥ 2,000/s", 2_000.0),
        reading(&ada, "30 days of hours of one meter", "meter=history&step=hour", "p99 < 50 ms", 50.0).await,
        dashboard(&ada).await,
    ];
    drop(served);
    disk.end().await;
    rows
}

/// What senders had.
struct Sent {
    events: f64,
    times: Times,
}

/// A right request with so many events that nobody has sent; their times are spread over the last minute.
fn request(secret: &str, ids: &AtomicU64, events: u64) -> Vec<u8> {
    let first = ids.fetch_add(events, Ordering::Relaxed);
    let mut body = String::with_capacity(160 * events as usize);
    for id in first..first + events {
        let comma = if id == first { "" } else { "," };
        // Writing into a text cannot fail.
        let _ = write!(
            body,
            r#"{comma}{{"specversion":"1.0","id":"{id:x}","source":"/bench","type":"images","data":{{"value":"0.25"}},"tool":"t{}"}}"#,
            id % 5
        );
    }
    match events {
        1 => load::keyed_as("application/cloudevents+json", PATH, secret, &body),
        _ => load::keyed_as("application/cloudevents-batch+json", PATH, secret, &format!("[{body}]")),
    }
}

/// So many callers, each of whom sends the next request when the one before was answered.
async fn sent(
    client: &Client,
    secret: &str,
    ids: &Arc<AtomicU64>,
    events: u64,
    callers: usize,
    time: Duration,
) -> Sent {
    let address = client.base().trim_start_matches("http://").to_owned();
    let (mut senders, began) = (JoinSet::new(), Instant::now());
    for _ in 0..callers {
        let (address, secret, ids) = (address.clone(), secret.to_owned(), Arc::clone(ids));
        senders.spawn(async move {
            let (mut connection, mut times) = (Connection::to(&address).await, Vec::new());
            while began.elapsed() < time {
                let request = request(&secret, &ids, events);
                let asked = Instant::now();
                connection.ask(&request).await;
                times.push(asked.elapsed());
            }
            times
        });
    }
    let all = senders.join_all().await.concat();
    let events = all.len() as f64 * events as f64 / began.elapsed().as_secs_f64();
    let mut times = Times::default();
    all.into_iter().for_each(|time| times.add(time));
    Sent { events, times }
}

fn rate(what: &'static str, sent: &Sent, target: &'static str, least: f64) -> Row {
    let mut times = sent.times.clone();
    Row {
        what,
        measured: format!("{:.0}/s", sent.events),
        reference: format!("a request p50 {:.1} ms, p99 {:.1} ms", times.within(0.5), times.within(0.99)),
        target,
        reached: sent.events >= least,
    }
}

/// A month of events: each hour of each day has some of every tool.
async fn history(client: &Client, secret: &str, ids: &AtomicU64) {
    let address = client.base().trim_start_matches("http://").to_owned();
    let mut connection = Connection::to(&address).await;
    let now = tenantry_domain::services::Clock::default().now();
    for day in 0..DAYS {
        let first = ids.fetch_add(BATCH, Ordering::Relaxed);
        let events: Vec<String> = (0..BATCH)
            .map(|number| {
                let ago = day * 24 * 3600 + number * 24 * 3600 / BATCH;
                let time = now - Duration::from_secs(ago);
                format!(
                    r#"{{"specversion":"1.0","id":"{:x}","source":"/bench","type":"history","time":"{}","tool":"t{}"}}"#,
                    first + number,
                    time.to_rfc3339(),
                    number % 20
                )
            })
            .collect();
        let body = format!("[{}]", events.join(","));
        connection.ask(&load::keyed_as("application/cloudevents-batch+json", PATH, secret, &body)).await;
    }
}

async fn reading(client: &Client, what: &'static str, query: &str, target: &'static str, most: f64) -> Row {
    let path = format!("/api/v1/usage?{query}");
    let mut times = Times::default();
    for _ in 0..READINGS {
        let asked = Instant::now();
        client.get(&path).await.expect(200);
        times.add(asked.elapsed());
    }
    shown(what, times, target, most)
}

async fn dashboard(client: &Client) -> Row {
    let mut times = Times::default();
    for _ in 0..READINGS {
        let asked = Instant::now();
        client.usage().await;
        times.add(asked.elapsed());
    }
    shown("the dashboard's numbers", times, "p99 < 5 ms", 5.0)
}

fn shown(what: &'static str, mut times: Times, target: &'static str, most: f64) -> Row {
    let (median, last) = (times.within(0.5), times.within(0.99));
    Row {
        what,
        measured: format!("p50 {median:.1} ms, p99 {last:.1} ms"),
        reference: format!("{READINGS} readings, one after the other"),
        target,
        reached: last < most,
    }
}
