//! A stream of events, as a page hears it.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

/// An event that was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// What it is about.
    pub name: String,
    /// What it says.
    pub data: Value,
}

/// A stream that is open.
pub struct Events {
    response: reqwest::Response,
    read: String,
    over: bool,
}

impl Events {
    pub(crate) const fn of(response: reqwest::Response) -> Self {
        Self { response, read: String::new(), over: false }
    }

    /// The next event; `None` when none comes in time or the stream has ended.
    ///
    /// # Panics
    /// When an event's data is no JSON.
    pub async fn next(&mut self, within: Duration) -> Option<Heard> {
        let end = Instant::now() + within;
        loop {
            while let Some((block, rest)) = self.read.split_once("\n\n") {
                let heard = heard(block);
                self.read = rest.to_owned();
                if heard.is_some() {
                    return heard;
                }
            }
            match timeout_at(end, self.response.chunk()).await {
                Ok(Ok(Some(chunk))) => self.read.push_str(&String::from_utf8_lossy(&chunk)),
                Ok(Ok(None) | Err(_)) => {
                    self.over = true;
                    return None;
                }
                Err(_) => return None,
            }
        }
    }

    /// Waits for an event about something that holds, past all others.
    ///
    /// # Panics
    /// When it does not come in time.
    pub async fn until(&mut self, name: &str, within: Duration, holds: impl Fn(&Value) -> bool) -> Value {
        let (end, mut others) = (Instant::now() + within, Vec::new());
        while let Some(heard) = self.next(end.saturating_duration_since(Instant::now())).await {
            if heard.name == name && holds(&heard.data) {
                return heard.data;
            }
            others.push(heard.name);
        }
        panic!("no such {name} within {within:?}, only {others:?}; over: {}", self.over);
    }

    /// Everything that is heard until then.
    pub async fn all_within(&mut self, within: Duration) -> Vec<Heard> {
        let (end, mut all) = (Instant::now() + within, Vec::new());
        while let Some(heard) = self.next(end.saturating_duration_since(Instant::now())).await {
            all.push(heard);
        }
        all
    }

    /// Does the stream end in time? What it still says is heard on the way.
    pub async fn ends(&mut self, within: Duration) -> bool {
        self.all_within(within).await;
        self.over
    }
}

/// An event out of its lines; a comment or a setting alone is none.
fn heard(block: &str) -> Option<Heard> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let (name, data) = (field("event")?, field("data")?);
    let data = serde_json::from_str(data).unwrap_or_else(|error| panic!("{name} says no JSON ({error}): {data}"));
    Some(Heard { name: name.to_owned(), data })
}
