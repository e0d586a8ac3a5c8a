//! Idempotency: the same key and the same request have one effect and one answer.
//!
//! The answer is kept for 24 hours, in the transaction of its effect. Only successes are kept: a refusal may be tried
//! again. A repeat that comes while the first is under way is told so.

mod sql;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tenantry_kernel::{Code, Problem, text::IdempotencyKey};
use uuid::Uuid;

pub(crate) use sql::{keep_answer, keep_answers, kept_answer, kept_answers};

/// A request that is to happen once: the caller's key and what tells it from another request.
#[derive(Clone, Debug)]
pub struct OnceKey {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// SHA-256 of the route and the body.
    pub request_hash: [u8; 32],
}

impl OnceKey {
    /// Ties a key to a route (`POST /api/v1/dispatch`) and the body's bytes.
    #[must_use]
    pub fn new(key: IdempotencyKey, route: &str, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(route.as_bytes());
        hash.update([0]);
        hash.update(body);
        Self { key, request_hash: hash.finalize().into() }
    }
}

/// An answer that is given, or was given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as JSON.
    pub body: String,
    /// Was it given before?
    pub replayed: bool,
}

impl Answer {
    /// A new answer: the thing under its noun.
    pub(crate) fn of(status: u16, noun: &'static str, thing: &impl Serialize) -> Self {
        // Views have string keys and finite numbers, so they always serialise.
        let thing = serde_json::to_string(thing).unwrap_or_default();
        Self { status, body: format!("{{\"{noun}\":{thing}}}"), replayed: false }
    }

    /// A new answer of more than one thing.
    pub(crate) fn whole(status: u16, answer: &impl Serialize) -> Self {
        Self { status, body: serde_json::to_string(answer).unwrap_or_default(), replayed: false }
    }
}

/// Why a repeat gets no stored answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OnceError {
    /// The key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    Reused,
    /// The first is under way.
    #[error("a request with this idempotency key is under way")]
    InFlight,
}

impl From<OnceError> for Problem {
    fn from(error: OnceError) -> Self {
        match error {
            OnceError::Reused => {
                Self::new(Code::IdempotencyKeyReused, "This idempotency key belongs to a request with another body.")
            }
            OnceError::InFlight => {
                Self::new(Code::IdempotencyInFlight, "A request with this idempotency key is under way.")
                    .with_retry_after(1)
            }
        }
    }
}

/// What a key has made before.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub request_hash: Vec<u8>,
    pub status: i16,
    pub body: String,
}

impl Kept {
    /// What a repeat will find.
    pub fn of(answer: &Answer, once: &OnceKey) -> Self {
        let status = i16::try_from(answer.status).unwrap_or(200);
        Self { request_hash: once.request_hash.to_vec(), status, body: answer.body.clone() }
    }

    /// The stored answer, for the same request alone.
    pub fn answer(self, once: &OnceKey) -> Result<Answer, OnceError> {
        if self.request_hash != once.request_hash {
            return Err(OnceError::Reused);
        }
        Ok(Answer { status: u16::try_from(self.status).unwrap_or(200), body: self.body, replayed: true })
    }
}

/// Keys that are under way in this process. Between processes the database's own lock makes the second wait.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Arc<Mutex<HashSet<(Uuid, IdempotencyKey)>>>);

impl InFlight {
    /// Marks a key of an organization or person as under way until the guard is dropped.
    ///
    /// # Errors
    /// [`OnceError::InFlight`] when it is already.
    pub fn enter(&self, owner: Uuid, key: &IdempotencyKey) -> Result<InFlightGuard, OnceError> {
        let entry = (owner, key.clone());
        if !self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.clone()) {
            return Err(OnceError::InFlight);
        }
        Ok(InFlightGuard { set: self.clone(), entry })
    }
}

/// Takes the key out again, also when the request is dropped.
#[derive(Debug)]
pub struct InFlightGuard {
    set: InFlight,
    entry: (Uuid, IdempotencyKey),
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.set.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_under_way_until_its_guard_is_gone() {
        let in_flight = InFlight::default();
        let key = IdempotencyKey::parse("a").expect("a key");
        let guard = in_flight.enter(Uuid::nil(), &key).expect("first");
        assert_eq!(in_flight.enter(Uuid::nil(), &key).err(), Some(OnceError::InFlight));
        assert!(in_flight.enter(Uuid::max(), &key).is_ok());
        drop(guard);
        assert!(in_flight.enter(Uuid::nil(), &key).is_ok());
    }

    #[test]
    fn another_body_or_route_is_another_request() {
        let key = || IdempotencyKey::parse("a").expect("a key");
        let first = OnceKey::new(key(), "POST /a", b"{}");
        let kept = || Kept { request_hash: first.request_hash.to_vec(), status: 202, body: "{}".into() };
        assert!(kept().answer(&OnceKey::new(key(), "POST /a", b"{}")).is_ok_and(|answer| answer.replayed));
        for other in [OnceKey::new(key(), "POST /a", b"{} "), OnceKey::new(key(), "POST /b", b"{}")] {
            assert_eq!(kept().answer(&other), Err(OnceError::Reused));
        }
    }
}
