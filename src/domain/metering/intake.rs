//! Intake: events that arrive for one tenant at the same moment are told from their repeats and recorded together, in one
//! transaction under the lock of the organization's metering gate. Nothing is acknowledged before its commit.

use std::{collections::HashSet, sync::Arc};

use serde_json::Value;
use tenantry_kernel::{
    OrganizationId, Problem, TenantId,
    metering::{EventFault, EventsView, InvalidEvent},
};
use uuid::Uuid;

use super::{
    events, judging,
    known_meters::KnownMeters,
    sorting::{By, NewEvent, Request, Sorted, Sorting},
    sql_corrections, sql_events,
};
use crate::{
    Services,
    access::{Actor, TenantScope, permit::UsageSend},
    billing,
    db::{DbError, TenantTx},
    dispatch::lanes::{Lanes, Together},
    idempotency::{Answer, InFlightGuard, OnceError, OnceKey, keep_answers, kept_answers},
};

/// How often a batch is tried whose keys others take meanwhile; more than once is rare already.
const MOST_ATTEMPTS: u32 = 3;

/// What an event weighs in a batch beside a single request: a transaction takes a few thousand of them at most.
const EVENT_WEIGHT: usize = 512;

/// The lanes of events, and what is known of their meters.
#[derive(Clone, Default)]
pub struct Intake {
    lanes: Lanes<Sent>,
    known: KnownMeters,
}

impl Intake {
    /// Remembers what is committed, where that is more than was known.
    fn learn(&self, organization: OrganizationId, known: &Arc<HashSet<String>>, made: &[&str]) {
        let remembered = self.known.all_of(organization, known.iter().map(String::as_str));
        if remembered.is_none() || !made.is_empty() {
            let made = made.iter().map(|meter| (*meter).to_owned());
            self.known.learn(organization, known.iter().cloned().chain(made).collect());
        }
    }
}

/// Why a request with events has no answer.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The key of the request.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Once(error) => error.into(),
            IntakeError::Db(error) => error.into(),
        }
    }
}

/// Records events: each once, however often it is sent. What is wrong with one does not keep the others out.
///
/// # Errors
/// A key that belongs to another request or is under way; the database, and then the request may be sent again as it is.
pub async fn ingest(
    services: &Services,
    scope: &TenantScope<UsageSend>,
    sent: Vec<Value>,
    once: Option<&OnceKey>,
) -> Result<Answer, IntakeError> {
    let organization = scope.organization();
    let under_way = once.map(|once| services.in_flight.enter(organization.uuid(), &once.key)).transpose()?;
    let request = read(whose(scope.actor()), sent);
    let sent = Sent { scope: *scope, request, once: once.cloned(), _under_way: under_way };
    services.intake.lanes.join(services, sent).await?
}

fn whose(actor: Actor) -> By {
    match actor {
        Actor::Member { user, .. } => By { user: Some(user), key: None },
        Actor::Key { key, .. } => By { user: None, key: Some(key) },
        Actor::Webhook(_) | Actor::Worker | Actor::Operator => By::default(),
    }
}

fn read(by: By, sent: Vec<Value>) -> Request {
    let mut request = Request { by, events: Vec::with_capacity(sent.len()), invalid: Vec::new() };
    for (index, event) in sent.into_iter().enumerate() {
        match events::read(event) {
            Ok(event) => request.events.push((index, event)),
            Err(code) => request.invalid.push(InvalidEvent { index, code }),
        }
    }
    request
}

/// A request on its way to a lane.
struct Sent {
    scope: TenantScope<UsageSend>,
    request: Request,
    once: Option<OnceKey>,
    /// Keeps a repeat of the key away, also after the request was dropped.
    _under_way: Option<InFlightGuard>,
}

impl Together for Sent {
    type Answer = Result<Answer, IntakeError>;

    fn organization(&self) -> OrganizationId {
        self.scope.organization()
    }

    /// Dispatches and events wait for two locks, so in two lines: the other's name is its complement.
    fn line(&self) -> Uuid {
        Uuid::from_u128(!self.organization().uuid().as_u128())
    }

    fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    fn size(&self) -> usize {
        self.request.events.len() * EVENT_WEIGHT
    }

    #[tracing::instrument(name = "meter", skip_all, fields(batch.size = batch.len()))]
    async fn together(services: &Services, batch: &[&Self]) -> Result<Vec<Self::Answer>, DbError> {
        let Some(first) = batch.first() else { return Ok(Vec::new()) };
        for _ in 0..MOST_ATTEMPTS {
            if let Some(answers) = record(services, &first.scope, batch).await? {
                return Ok(answers);
            }
        }
        Err(DbError::Failed(sqlx::Error::RowNotFound))
    }
}

/// A request of a batch: answered before, or sorted.
enum Verdict<'a> {
    Answered(Result<Answer, OnceError>),
    Sorted(Sorted, Option<&'a OnceKey>),
}

/// Reads, decides and writes. `None` where a key of the batch was taken by another kind of request at the same moment.
async fn record(
    services: &Services,
    scope: &TenantScope<UsageSend>,
    batch: &[&Sent],
) -> Result<Option<Vec<Result<Answer, IntakeError>>>, DbError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let corrected = sql_events::lock_gate(&mut tx).await?;
    // Read after the lock was given, by statements of their own: else they would be as old as the wait.
    let (held, now) = billing::held(&mut tx).await?;
    let named = batch.iter().flat_map(|sent| sent.request.events.iter().map(|(_, event)| event.meter.as_str()));
    let known = match services.intake.known.all_of(scope.organization(), named) {
        Some(known) => known,
        None => Arc::new(sql_events::meters(&mut tx).await?),
    };
    let keys: Vec<_> = batch.iter().filter_map(|sent| sent.once.as_ref()).map(|once| &once.key).collect();
    let mut kept = if keys.is_empty() { Default::default() } else { kept_answers(&mut tx, &keys).await? };
    let mut sorting = Sorting::new(now, &held, HashSet::clone(&known));
    let verdicts: Vec<Verdict<'_>> = batch
        .iter()
        .map(|sent| match sent.once.as_ref().and_then(|once| Some((kept.remove(&once.key)?, once))) {
            Some((kept, once)) => Verdict::Answered(kept.answer(once)),
            None => Verdict::Sorted(sorting.sort(&sent.request), sent.once.as_ref()),
        })
        .collect();
    sql_corrections::place(&mut tx, &mut sorting).await?;
    let recorded = sql_events::recorded(&mut tx, &sorting.new, now).await?;
    let judged = judging::judge(&mut tx, &held, now, &sorting.new, &recorded, corrected).await?;
    let is_new = |place: &usize| !recorded.contains(place) && !judged.refused.contains(place);
    let new: Vec<_> = sorting.new.iter().enumerate().filter(|(place, _)| is_new(place)).map(|(_, new)| new).collect();
    sql_events::insert(&mut tx, &new, &known).await?;
    sql_corrections::settle(&mut tx, &new, corrected).await?;
    judging::warn(&mut tx, &judged, &held, now).await?;
    let outcome = Outcome { new: &sorting.new, recorded: &recorded, refused: &judged.refused };
    let answers: Vec<_> = verdicts.into_iter().map(|verdict| answer(verdict, &outcome)).collect();
    let kept: Vec<(&OnceKey, &Answer)> =
        answers.iter().filter_map(|(answer, once)| Some(((*once)?, answer.as_ref().ok()?))).collect();
    if !kept.is_empty() && !keep_answers(&mut tx, &kept).await? {
        return Ok(None);
    }
    tx.commit().await?;
    let made: Vec<&str> =
        new.iter().map(|new| new.event.meter.as_str()).filter(|meter| !known.contains(*meter)).collect();
    services.intake.learn(scope.organization(), &known, &made);
    Ok(Some(answers.into_iter().map(|(answer, _)| answer.map_err(IntakeError::from)).collect()))
}

/// What became of the events of a batch that might have been new.
struct Outcome<'a> {
    new: &'a [NewEvent<'a>],
    /// Places of those that were recorded before.
    recorded: &'a HashSet<usize>,
    /// Places of those that would have passed a limit.
    refused: &'a HashSet<usize>,
}

/// What a request is told, and the key to keep it under.
fn answer<'a>(verdict: Verdict<'a>, outcome: &Outcome<'_>) -> (Result<Answer, OnceError>, Option<&'a OnceKey>) {
    match verdict {
        Verdict::Answered(answer) => (answer, None),
        Verdict::Sorted(sorted, once) => (Ok(Answer::whole(202, &told(sorted, outcome))), once),
    }
}

/// A repeat of what was refused is refused with it, whoever sent it: it is recorded nowhere.
fn told(sorted: Sorted, outcome: &Outcome<'_>) -> EventsView {
    let refusal = |index| InvalidEvent { index, code: EventFault::QuotaExceeded };
    let before = sorted.new.clone().filter(|place| outcome.recorded.contains(place)).count();
    let (vain, repeated): (Vec<_>, Vec<_>) =
        sorted.repeated.into_iter().partition(|(_, place)| outcome.refused.contains(place));
    let refused = sorted.new.clone().filter(|place| outcome.refused.contains(place));
    let refused: Vec<_> = refused.filter_map(|place| outcome.new.get(place)).map(|new| refusal(new.index)).collect();
    let accepted = sorted.new.len() - before - refused.len();
    let mut invalid = sorted.invalid;
    invalid.extend(refused.into_iter().chain(vain.into_iter().map(|(index, _)| refusal(index))));
    invalid.sort_by_key(|invalid| invalid.index);
    EventsView { accepted, duplicates: repeated.len() + before, invalid }
}
