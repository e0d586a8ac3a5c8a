//! The ledger: what was asked for and what was promised, as those know it who asked; and whatever they found wrong.

use std::sync::{Mutex, PoisonError};

use super::{Chance, marks::Place};

/// A dispatch that was answered with 202.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    pub place: Place,
    pub key: String,
    pub body: String,
    pub job: String,
}

/// Something that must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An answer showed what is somebody else's.
    Leak,
    /// An answer that no disturbance excuses: a wrong status, or none.
    Answer,
    /// A promise that was not kept, or was kept twice.
    Promise,
    /// An idempotency key that had two effects.
    TwoEffects,
    /// Jobs, events, counters and sums that differ.
    Sums,
    /// More slots or dispatches than the plan has.
    Limit,
    /// A row that carries another's canary, or lies with another's.
    Row,
}

/// What was found, and where.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// The circumstances.
    pub text: String,
}

/// How much happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Requests that were sent.
    pub requests: u64,
    /// Requests or answers that were cut or abandoned, or that nobody answered.
    pub broken: u64,
    /// Answers that said "not now" (503).
    pub not_now: u64,
    /// Dispatches that were promised.
    pub promised: u64,
    /// Sessions of the database that were ended.
    pub sessions_ended: u64,
    /// How often a server was killed.
    pub servers_killed: u64,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    promises: Vec<Promise>,
    findings: Vec<Finding>,
    tally: Tally,
}

impl Ledger {
    fn with<T>(&self, write: impl FnOnce(&mut Book) -> T) -> T {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn count(&self, count: impl FnOnce(&mut Tally)) {
        self.with(|book| count(&mut book.tally));
    }

    pub fn promise(&self, promise: Promise) {
        self.with(|book| {
            book.tally.promised += 1;
            book.promises.push(promise);
        });
    }

    pub fn find(&self, kind: Kind, text: String) {
        self.with(|book| book.findings.push(Finding { kind, text }));
    }

    /// One of the promises to some workspace.
    pub fn one(&self, chance: &mut Chance) -> Option<Promise> {
        self.with(|book| chance.one_of(&book.promises).cloned())
    }

    pub fn promises(&self) -> Vec<Promise> {
        self.with(|book| book.promises.clone())
    }

    pub fn tally(&self) -> Tally {
        self.with(|book| book.tally)
    }

    pub fn findings(&self) -> Vec<Finding> {
        self.with(|book| std::mem::take(&mut book.findings))
    }
}
