//! A message that was let in: what is written of it, and what it becomes. With a tool it is a dispatch like any other, decided
//! with those that come at the same moment; without one it is kept to be looked at.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;
use tenantry_kernel::{
    FieldError, InboundId, JobId, ReceiptId,
    dispatch::{PAYLOAD_BYTES, check_payload},
    inbound::ArrivalView,
    text::Label,
};

use super::{firewall::TurnedAway, known::KnownHook, signature::Claim, sql_arrivals, sql_receipts};
use crate::{
    Services,
    access::{TenantScope, arrival_scope, permit::DispatchRun},
    db::{DbError, TenantTx},
    dispatch::{self, Run},
    idempotency::Answer,
};

/// What a tool is asked to do where the message does not say what it is about.
const ACTION: &str = "webhook";

/// How often a message is tried that another process lets in meanwhile; the second finds its row.
const MOST_ATTEMPTS: u32 = 3;

/// A message that is signed.
pub(super) struct Message<'a> {
    pub claim: &'a Claim,
    pub from: IpAddr,
    pub body: Vec<u8>,
}

/// What tells a message from all others of its tenant.
pub(crate) type Mark = (InboundId, [u8; 32]);

/// What is written of a message that is let in.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub webhook: InboundId,
    pub receipt: ReceiptId,
    pub(super) key: [u8; 32],
    pub(super) seen_for: TimeDelta,
    pub(super) message: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) from: IpAddr,
    pub(super) bytes: i32,
}

/// A message that was let in before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub receipt: ReceiptId,
    pub job: Option<JobId>,
    pub at: DateTime<Utc>,
}

/// What stands of messages when they come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrivals {
    /// Webhooks that there are, held until the transaction ends.
    pub alive: HashSet<InboundId>,
    /// Those of the messages that were let in before.
    pub seen: HashMap<Mark, Seen>,
}

impl Arrival {
    /// One of a webhook, told from its others by a number.
    #[cfg(test)]
    pub fn example(webhook: InboundId, receipt: ReceiptId, number: u8) -> Self {
        let (seen_for, from) = (TimeDelta::days(7), [192, 0, 2, 1].into());
        Self { webhook, receipt, key: [number; 32], seen_for, message: None, kind: None, from, bytes: 2 }
    }

    /// What tells it from all others.
    pub fn mark(&self) -> Mark {
        (self.webhook, self.key)
    }

    /// What a repeat will find.
    pub fn seen(&self, job: Option<JobId>, at: DateTime<Utc>) -> Seen {
        Seen { receipt: self.receipt, job, at }
    }

    /// The answer to the sender: it was let in at this moment.
    pub fn answer(&self, job: Option<JobId>, at: DateTime<Utc>) -> Answer {
        Answer::of(202, "receipt", &ArrivalView { id: self.receipt, job, received_at: at })
    }
}

impl Seen {
    /// The answer to a repeat.
    pub fn answer(self) -> Answer {
        let view = ArrivalView { id: self.receipt, job: self.job, received_at: self.at };
        Answer { replayed: true, ..Answer::of(200, "receipt", &view) }
    }
}

/// What stands of these messages; their webhooks stay as they are until the transaction ends.
pub(crate) async fn what_is_known(tx: &mut TenantTx, arrivals: &[&Arrival]) -> Result<Arrivals, DbError> {
    let alive = sql_arrivals::hold(tx, arrivals).await?;
    Ok(Arrivals { alive, seen: sql_arrivals::seen(tx, arrivals).await? })
}

/// Writes receipts and marks. `false` where another process has just written one of the marks; then nothing of this
/// transaction may last.
pub(crate) async fn record(tx: &mut TenantTx, new: &[(&Arrival, Option<JobId>)]) -> Result<bool, DbError> {
    let marked = sql_arrivals::insert(tx, new).await?;
    for (arrival, _) in new.iter().filter(|(arrival, _)| sql_receipts::is_turn(arrival.receipt)) {
        sql_receipts::trim(tx, arrival.webhook).await?;
    }
    Ok(marked)
}

/// What a body says of itself; whatever it is not, it says nothing.
#[derive(Default, Deserialize)]
struct Head {
    #[serde(default)]
    id: Value,
    #[serde(default, rename = "type")]
    kind: Value,
}

/// Takes a message in.
pub(super) async fn take(services: &Services, hook: &KnownHook, message: Message<'_>) -> Result<Answer, TurnedAway> {
    let Message { claim, from, body } = message;
    let head: Head = serde_json::from_slice(&body).unwrap_or_default();
    let kind = head.kind.as_str().and_then(|kind| Label::parse("type", kind).ok());
    let identity = claim.identity(head.id.as_str(), &body);
    let arrival = Arrival {
        webhook: hook.id,
        receipt: services.new_id(),
        key: identity.key,
        seen_for: identity.seen_for,
        message: identity.id,
        kind: kind.as_ref().map(Label::to_string),
        from,
        bytes: i32::try_from(body.len()).unwrap_or(i32::MAX),
    };
    let scope = arrival_scope(hook.organization, hook.tenant, hook.id);
    let Some(tool) = hook.tool else { return keep(services, &scope, &arrival, &body).await };
    let action = kind.map_or_else(|| Label::parse("action", ACTION), Ok).map_err(TurnedAway::Unfit)?;
    let payload = payload(&body).map_err(TurnedAway::Unfit)?;
    Ok(dispatch::arrive(services, &scope, Run { tool, action, payload }, arrival).await?)
}

/// Keeps a message that sets nothing off.
async fn keep(
    services: &Services,
    scope: &TenantScope<DispatchRun>,
    arrival: &Arrival,
    body: &[u8],
) -> Result<Answer, TurnedAway> {
    for _ in 0..MOST_ATTEMPTS {
        let mut tx = TenantTx::open(&services.db, scope).await?;
        let known = what_is_known(&mut tx, &[arrival]).await?;
        if !known.alive.contains(&arrival.webhook) {
            return Err(TurnedAway::NotFound);
        }
        if let Some(seen) = known.seen.get(&arrival.mark()) {
            return Ok(seen.answer());
        }
        if !record(&mut tx, &[(arrival, None)]).await? {
            // Another process has let it in at this moment, and its row is there for the next look.
            continue;
        }
        sql_receipts::keep_body(&mut tx, arrival, body).await?;
        let now = sql_receipts::now(&mut tx).await?;
        tx.commit().await?;
        return Ok(arrival.answer(None, now));
    }
    Err(DbError::Failed(sqlx::Error::RowNotFound).into())
}

/// The body as a tool is given it: JSON as it was sent, any other text as a JSON string.
fn payload(body: &[u8]) -> Result<String, FieldError> {
    let text = str::from_utf8(body)
        .map_err(|_| FieldError::new("", "FORMAT", "A message for a tool is text: JSON, or any other in UTF-8."))?;
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        Err(error) if error.to_string().starts_with("recursion limit exceeded") => {
            return Err(FieldError::new("", "TOO_DEEP", "Nest at most 32 levels."));
        }
        Err(_) => return fits(Value::from(text)),
    };
    if text.len() > PAYLOAD_BYTES {
        return Err(FieldError::new("", "TOO_LONG", "A message for a tool has at most 256 KiB."));
    }
    fits(value)?;
    Ok(text.to_owned())
}

fn fits(value: Value) -> Result<String, FieldError> {
    check_payload(&value).map_err(|error| FieldError { field: String::new(), ..error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_given_what_was_sent_to_the_letter() {
        let sent = r#"{ "b": 1.0, "a": 12345678901234567890123, "é": "\u0000" }"#;
        assert_eq!(payload(sent.as_bytes()), Ok(sent.to_owned()));
        assert_eq!(payload(b"a=1&b=2"), Ok("\"a=1&b=2\"".to_owned()));
        assert_eq!(payload(b""), Ok("\"\"".to_owned()));
    }

    #[test]
    fn what_no_payload_may_be_is_said() {
        let code = |body: &[u8]| payload(body).expect_err("refused").code;
        assert_eq!(code(b"\xff"), "FORMAT");
        assert_eq!(code(format!("\"{}\"", "x".repeat(PAYLOAD_BYTES)).as_bytes()), "TOO_LONG");
        assert_eq!(code("x".repeat(PAYLOAD_BYTES).as_bytes()), "TOO_LONG");
        for depth in [33, 200] {
            assert_eq!(code(format!("{}{}", "[".repeat(depth), "]".repeat(depth)).as_bytes()), "TOO_DEEP", "{depth}");
        }
    }
}
