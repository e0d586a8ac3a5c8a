//! The verdicts on a batch: each wish decided in its turn, as if those before it had been written already.
//!
//! Pure, so that one test can hold that a batch decides what its wishes would have been told one by one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    JobId, KeyId, UserId,
    dispatch::{AcceptedJob, JobStatus, QUEUE_LENGTH, WhenFull},
    text::IdempotencyKey,
};
use uuid::Uuid;

use super::{
    error::DispatchError,
    rules::{self, Load, Tool, ToolRef, Wish},
};
use crate::{
    access::Actor,
    billing::Effective,
    idempotency::{Answer, Kept, OnceKey},
    webhooks::inbound::{Arrival, Arrivals},
};

/// Whose a job is: a person's, a key's or nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct By {
    pub user: Option<UserId>,
    pub key: Option<KeyId>,
}

impl By {
    /// `None` for those who ask for nothing themselves.
    pub fn of(actor: Actor) -> Option<Self> {
        match actor {
            Actor::Member { user, .. } => Some(Self { user: Some(user), key: None }),
            Actor::Key { key, .. } => Some(Self { user: None, key: Some(key) }),
            // What came by a webhook is nobody's; its receipt says where it came from.
            Actor::Webhook(_) => Some(Self { user: None, key: None }),
            Actor::Worker | Actor::Operator => None,
        }
    }
}

/// A dispatch that somebody wants, and the ids that it gets where it is accepted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub job: JobId,
    pub event: Uuid,
    pub by: By,
    pub wish: Wish,
    pub once: Option<OnceKey>,
    /// The message that it came by.
    pub arrival: Option<Arrival>,
}

impl Wanted {
    /// May it have been granted before? Then it is never refused from memory.
    pub const fn may_repeat(&self) -> bool {
        self.once.is_some() || self.arrival.is_some()
    }
}

/// What was read under the lock.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// The database's time.
    pub now: DateTime<Utc>,
    pub effective: Effective,
    /// Dispatches of the period.
    pub used: u64,
    /// Slots, and those who wait as far as they matter: see [`to_count`].
    pub load: Load,
    pub tools: Vec<Tool>,
    /// Answers that were given before under a key of the batch.
    pub kept: HashMap<IdempotencyKey, Kept>,
    /// What stands of the messages of the batch.
    pub arrivals: Arrivals,
}

/// What is done about a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The job is made; `overage` where that is beyond the limit.
    Accepted { tool: Tool, answer: Answer, overage: bool },
    /// It was made before.
    Repeated(Answer),
}

impl Verdict {
    pub fn into_answer(self) -> Answer {
        match self {
            Self::Accepted { answer, .. } | Self::Repeated(answer) => answer,
        }
    }
}

/// Decides them one after the other.
pub(super) fn decide(batch: &[&Wanted], mut facts: Facts) -> Vec<Result<Verdict, DispatchError>> {
    batch.iter().map(|wanted| facts.decide(wanted)).collect()
}

impl Facts {
    /// Decides one, and moves with it what the next will find.
    fn decide(&mut self, wanted: &Wanted) -> Result<Verdict, DispatchError> {
        if let Some(answer) = self.given_before(wanted)? {
            return Ok(Verdict::Repeated(answer));
        }
        let named = |tool: &&Tool| match &wanted.wish.tool {
            ToolRef::Id(id) => tool.id == *id,
            ToolRef::Name(name) => tool.name == name.as_str(),
        };
        let tool = self.tools.iter().find(named).cloned().ok_or(DispatchError::NotFound)?;
        rules::decide_plan(&self.effective, &tool, self.used)?;
        rules::decide_room(&self.effective, self.load, wanted.wish.when_full)?;
        let overage = rules::is_overage(&self.effective.plan, self.used);
        let answer = self.accept(wanted, &tool);
        Ok(Verdict::Accepted { tool, answer, overage })
    }

    /// The answer that was given before.
    fn given_before(&self, wanted: &Wanted) -> Result<Option<Answer>, DispatchError> {
        if let Some(once) = &wanted.once
            && let Some(kept) = self.kept.get(&once.key)
        {
            return Ok(Some(kept.clone().answer(once)?));
        }
        let Some(arrival) = &wanted.arrival else { return Ok(None) };
        if !self.arrivals.alive.contains(&arrival.webhook) {
            return Err(DispatchError::WebhookGone);
        }
        Ok(self.arrivals.seen.get(&arrival.mark()).map(|seen| seen.answer()))
    }

    fn accept(&mut self, wanted: &Wanted, tool: &Tool) -> Answer {
        self.used += 1;
        match wanted.wish.when_full {
            WhenFull::Reject => self.load.live += 1,
            WhenFull::Queue => self.load.waiting += 1,
        }
        if let Some(arrival) = &wanted.arrival {
            let seen = arrival.seen(Some(wanted.job), self.now);
            self.arrivals.seen.insert(arrival.mark(), seen);
            return arrival.answer(Some(wanted.job), self.now);
        }
        let job = AcceptedJob {
            id: wanted.job,
            tool: tool.name.clone(),
            action: wanted.wish.action.to_string(),
            status: JobStatus::Queued,
            created_at: self.now,
        };
        let answer = Answer::of(202, "job", &job);
        if let Some(once) = &wanted.once {
            self.kept.insert(once.key.clone(), Kept::of(&answer, once));
        }
        answer
    }
}

/// How many of those who wait must be counted, so that the batch is decided as if all had been. `span` is the distance
/// between the first and the last who may wait, so no more do; `live` are the slots taken.
///
/// A wish that is rejected where there is no room asks only whether fewer wait than slots are free; one that waits asks
/// only whether the queue is full, which a short span answers without counting.
pub(super) fn to_count(batch: &[&Wanted], limit: Option<u32>, live: u64, span: u64) -> u64 {
    let queues = batch.iter().filter(|wanted| wanted.wish.when_full == WhenFull::Queue).count();
    let for_slots = match limit {
        Some(limit) if queues < batch.len() => u64::from(limit).saturating_sub(live),
        _ => 0,
    };
    let for_queue = if queues > 0 && span + queues as u64 > QUEUE_LENGTH { QUEUE_LENGTH } else { 0 };
    for_slots.max(for_queue).min(span)
}

#[cfg(test)]
mod tests;
