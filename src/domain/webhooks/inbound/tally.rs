//! The count of messages that were turned away, in memory, written once a second: whoever is refused writes nothing, so a
//! flood costs the database one row an hour for each rule that it meets.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tenantry_kernel::{Code, InboundId, OrganizationId, inbound::Outcome};
use tokio::sync::Mutex as Turn;

use super::{known::KnownHook, sql_receipts};
use crate::{
    Services,
    access::counting_scope,
    db::{DbError, OrgTx, apart},
};

/// How long something is counted before it is written.
const EVERY: Duration = Duration::from_secs(1);

/// Most counts that are held; what comes beyond them in that second is not counted.
const MOST: usize = 4_096;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub organization: OrganizationId,
    pub webhook: InboundId,
    pub outcome: Outcome,
    /// The rule; `None` where none turned it away.
    pub code: Option<Code>,
}

/// How many, and where the last of them came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    pub count: u64,
    pub from: IpAddr,
}

/// Counts of a process that are not written yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Tallies(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    ledger: Mutex<Ledger>,
    /// What is taken out to be written is in the database when the turn is given back.
    writing: Turn<()>,
}

#[derive(Debug, Default)]
struct Ledger {
    counts: HashMap<Kind, Tally>,
    /// Somebody sees to it that they are written.
    is_tended: bool,
}

impl Ledger {
    fn add(&mut self, kind: Kind, more: Tally) {
        if let Some(tally) = self.counts.get_mut(&kind) {
            *tally = Tally { count: tally.count.saturating_add(more.count), from: more.from };
        } else if self.counts.len() < MOST {
            self.counts.insert(kind, more);
        }
    }

    fn take(&mut self, organization: Option<OrganizationId>) -> HashMap<OrganizationId, Vec<(Kind, Tally)>> {
        let mut taken: HashMap<_, Vec<_>> = HashMap::new();
        let wanted = |kind: &Kind| organization.is_none_or(|organization| kind.organization == organization);
        for (kind, tally) in self.counts.extract_if(|kind, _| wanted(kind)) {
            taken.entry(kind.organization).or_default().push((kind, tally));
        }
        taken
    }
}

impl Tallies {
    /// Counts a message that had no effect.
    pub fn note(&self, services: &Services, hook: &KnownHook, outcome: Outcome, code: Option<Code>, from: IpAddr) {
        let (organization, webhook) = (hook.organization, hook.id);
        let begins = {
            let mut ledger = self.ledger();
            ledger.add(Kind { organization, webhook, outcome, code }, Tally { count: 1, from });
            !std::mem::replace(&mut ledger.is_tended, true)
        };
        if begins {
            tokio::spawn(self.clone().tend(services.clone()));
        }
    }

    /// Writes once a second until there is nothing to write.
    async fn tend(self, services: Services) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.settle_all(&services).await;
            let mut ledger = self.ledger();
            if ledger.counts.is_empty() {
                ledger.is_tended = false;
                return;
            }
        }
    }

    /// Writes what was counted of an organization, so that what is read next is exact.
    pub async fn settle(&self, services: &Services, organization: OrganizationId) -> Result<(), DbError> {
        let (own, services) = (self.clone(), services.clone());
        apart(async move { own.write(&services, Some(organization)).await }).await
    }

    /// Writes all of it.
    pub async fn settle_all(&self, services: &Services) {
        if let Err(error) = self.write(services, None).await {
            tracing::warn!(%error, "How many webhook messages were turned away could not be written.");
        }
    }

    /// What cannot be written is counted on, unless nobody knows whether it was.
    async fn write(&self, services: &Services, organization: Option<OrganizationId>) -> Result<(), DbError> {
        let _turn = self.0.writing.lock().await;
        let taken = self.ledger().take(organization);
        let mut failed = Ok(());
        for (organization, tallies) in taken {
            let written = match OrgTx::open(&services.db, &counting_scope(organization)).await {
                Ok(tx) => insert(services, tx, &tallies).await,
                Err(error) => {
                    let mut ledger = self.ledger();
                    tallies.into_iter().for_each(|(kind, tally)| ledger.add(kind, tally));
                    Err(error)
                }
            };
            failed = failed.and(written);
        }
        failed
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn insert(services: &Services, mut tx: OrgTx, tallies: &[(Kind, Tally)]) -> Result<(), DbError> {
    sql_receipts::add_tallies(services, &mut tx, tallies).await?;
    for (kind, _) in tallies.iter().filter(|_| sql_receipts::is_turn(services.new_id())) {
        sql_receipts::trim(&mut tx, kind.webhook).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn kind(organization: u128, webhook: u128) -> Kind {
        Kind {
            organization: Uuid::from_u128(organization).into(),
            webhook: Uuid::from_u128(webhook).into(),
            outcome: Outcome::Refused,
            code: Some(Code::SignatureInvalid),
        }
    }

    fn one(last: u8) -> Tally {
        Tally { count: 1, from: [192, 0, 2, last].into() }
    }

    #[test]
    fn what_meets_the_same_rule_is_one_count() {
        let mut ledger = Ledger::default();
        (0..200).for_each(|last| ledger.add(kind(1, 1), one(last)));
        ledger.add(kind(2, 2), one(9));
        let first = ledger.take(Some(Uuid::from_u128(1).into()));
        let tally = Tally { count: 200, from: [192, 0, 2, 199].into() };
        assert_eq!(first.into_values().collect::<Vec<_>>(), [[(kind(1, 1), tally)]]);
        assert_eq!(ledger.counts.len(), 1, "the others' stay");
        assert_eq!(ledger.take(None).len(), 1);
        assert!(ledger.counts.is_empty());
    }

    #[test]
    fn no_more_is_held_than_there_is_room_for() {
        let mut ledger = Ledger::default();
        for webhook in 0..MOST as u128 + 100 {
            ledger.add(kind(1, webhook), one(1));
        }
        assert_eq!(ledger.counts.len(), MOST);
        ledger.add(kind(1, 0), one(1));
        assert_eq!(ledger.counts[&kind(1, 0)].count, 2, "what is known is counted on");
    }
}
