//! The day's API calls: leased from the database in small chunks and spent in memory, so that counting costs no round trip
//! and never lets one too many through, in however many processes.
//!
//! The database holds what was spent and what servers hold unspent; the two together never pass the limit. A server
//! writes what it has spent within a second, gives back what it holds idle, and takes its last units one by one. What a
//! crash costs is the rest of one chunk, which nobody gets that day.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use tenantry_kernel::{Code, LimitFacts, OrganizationId, Problem, period::Period};
use tokio::sync::OwnedMutexGuard;

use super::{
    account::{Account, Attempt, DayFacts, Lease, Leased, SETTLE_AGAIN, SETTLE_EVERY, Spender},
    allowance_rules::{DayLimit, chunk},
    sql_allowance::{self, Spent},
};
use crate::{
    Services,
    access::counting_scope,
    billing::refusal::{ASK, FORBIDDEN, LARGER, WAIT_OR_ASK},
    db::{DbError, OrgTx, apart},
};

/// What this process holds of every organization's day.
#[derive(Clone, Default)]
pub struct Allowances(Arc<Mutex<HashMap<OrganizationId, Arc<Account>>>>);

impl std::fmt::Debug for Allowances {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Allowances").finish_non_exhaustive()
    }
}

/// A unit that was taken.
#[must_use = "a unit is given back where the call was refused after all"]
pub struct Unit {
    account: Arc<Account>,
    day: Period,
    spender: Spender,
    taken_at: DateTime<Utc>,
    /// Where the day stands; `None` is unlimited.
    pub facts: Option<DayFacts>,
}

/// Why there is no unit.
#[derive(Debug, thiserror::Error)]
pub enum AllowanceError {
    /// The day's units are used up.
    #[error("the day's API calls are used up")]
    UsedUp(DayFacts),
    /// The database is away, and memory holds nothing more.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl AllowanceError {
    /// Where the day stands, where that is why.
    #[must_use]
    pub const fn facts(&self) -> Option<DayFacts> {
        match self {
            Self::UsedUp(facts) => Some(*facts),
            Self::Db(_) => None,
        }
    }

    /// As a problem, at a moment: the wait is counted from it.
    #[must_use]
    pub fn problem(self, now: DateTime<Utc>) -> Problem {
        match self {
            Self::UsedUp(facts) => used_up(&facts, now),
            Self::Db(error) => error.into(),
        }
    }
}

/// What is forbidden is so tomorrow, too.
fn used_up(facts: &DayFacts, now: DateTime<Utc>) -> Problem {
    let DayFacts { limit, own, day, .. } = *facts;
    let (detail, fix) = match (limit, own) {
        (0, true) => (format!("API calls are {FORBIDDEN}."), Some(ASK)),
        (0, false) => ("The plan includes no API calls.".to_owned(), Some(LARGER)),
        (_, true) => (
            format!("All {limit} API calls of this day that this organization's own limit allows are used."),
            Some(WAIT_OR_ASK),
        ),
        (_, false) => (format!("All {limit} API calls of this day are used."), None),
    };
    let problem = Problem::new(Code::ApiDailyLimit, detail).with_limit(LimitFacts {
        limit: Some(limit),
        used: limit,
        remaining: Some(0),
        resets_at: Some(day.end),
        policy: "api-day".to_owned(),
        ..LimitFacts::default()
    });
    let problem = fix.into_iter().fold(problem, Problem::with_fix);
    if limit == 0 {
        return problem;
    }
    problem.with_retry_after(u32::try_from((day.end - now).num_seconds()).unwrap_or_default() + 1)
}

impl Unit {
    /// Gives it back: the call was refused by us, or failed.
    pub fn give_back(self) {
        self.account.lock().give_back(self.day, self.spender, self.taken_at);
    }
}

impl Allowances {
    /// Takes a unit of the organization's day; mostly without a round trip. Whose it was is noted with it.
    ///
    /// # Errors
    /// [`AllowanceError::UsedUp`]; the database, where a chunk has to be leased.
    pub async fn take(
        &self,
        services: &Services,
        organization: OrganizationId,
        limit: &DayLimit,
        spender: impl Into<Spender>,
    ) -> Result<Unit, AllowanceError> {
        let (account, spender) = (self.account(organization), spender.into());
        let now = services.memory.now();
        let mut attempt = account.try_take(now, limit, spender);
        if matches!(attempt, Attempt::Unknown) {
            let turn = account.turn().await;
            // Whoever had the turn before may have leased for all.
            attempt = account.try_take(now, limit, spender);
            if matches!(attempt, Attempt::Unknown) {
                let _turn = settle_apart(services, organization, &account, Some(limit), turn).await?;
                attempt = account.try_take(services.memory.now().max(now), limit, spender);
            }
        }
        self.tend(services, organization, &account);
        match attempt {
            Attempt::Taken(day, facts) => Ok(Unit { account, day, spender, taken_at: now, facts }),
            Attempt::Refused(facts) => Err(AllowanceError::UsedUp(facts)),
            // The day has turned, or others have spent in this moment what was leased: a unit is asked for again.
            Attempt::Unknown => Err(AllowanceError::UsedUp(account.lock().used_up(limit))),
        }
    }

    /// Writes what the organization has spent here, so that what is read next is exact.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn settle(&self, services: &Services, organization: OrganizationId) -> Result<(), DbError> {
        let account = self.accounts().get(&organization).cloned();
        let Some(account) = account else { return Ok(()) };
        let turn = account.turn().await;
        settle_apart(services, organization, &account, None, turn).await.map(drop)
    }

    /// Writes and gives back everything, before the process ends in order.
    pub async fn settle_all(&self, services: &Services) {
        let accounts: Vec<_> = self.accounts().iter().map(|(id, account)| (*id, Arc::clone(account))).collect();
        let mut failed = None;
        for (organization, account) in accounts {
            let _turn = account.turn().await;
            failed = settle(services, organization, &account, Lease::GivenBack).await.err().or(failed);
        }
        if let Some(error) = failed {
            tracing::warn!(%error, "What was counted last could not be written.");
        }
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<OrganizationId, Arc<Account>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account(&self, organization: OrganizationId) -> Arc<Account> {
        Arc::clone(self.accounts().entry(organization).or_default())
    }

    /// Sees to it that what was spent is written soon, and that what is idle is given back, also after the database was away.
    fn tend(&self, services: &Services, organization: OrganizationId, account: &Arc<Account>) {
        if std::mem::replace(&mut account.lock().is_tended, true) {
            return;
        }
        let (services, account) = (services.clone(), Arc::clone(account));
        tokio::spawn(async move {
            let mut away = false;
            loop {
                tokio::time::sleep(if away { SETTLE_AGAIN } else { SETTLE_EVERY }).await;
                let _turn = account.turn().await;
                let lease = if account.lock().is_idle() { Lease::GivenBack } else { Lease::Kept };
                let settled = settle(&services, organization, &account, lease).await;
                if let (Err(error), false) = (&settled, away) {
                    tracing::warn!(%error, "What was counted last could not be written.");
                }
                away = settled.is_err();
                if services.allowances.leave(organization, &account) {
                    return;
                }
            }
        });
    }

    /// Forgets an account that holds nothing and that nobody is taking from; `false` where it has to be tended further.
    fn leave(&self, organization: OrganizationId, account: &Arc<Account>) -> bool {
        let mut accounts = self.accounts();
        let mut state = account.lock();
        // The map's and the one who tends it.
        let leaves = state.is_empty() && Arc::strong_count(account) == 2;
        if leaves {
            state.is_tended = false;
            accounts.remove(&organization);
        }
        leaves
    }
}

/// Settles in a task of its own, so that whoever asked may leave; the turn goes with it and comes back to who is still there.
async fn settle_apart(
    services: &Services,
    organization: OrganizationId,
    account: &Arc<Account>,
    wanted: Option<&DayLimit>,
    turn: OwnedMutexGuard<()>,
) -> Result<OwnedMutexGuard<()>, DbError> {
    let (services, account, wanted) = (services.clone(), Arc::clone(account), wanted.cloned());
    apart(async move {
        let lease = wanted.as_ref().map_or(Lease::Kept, Lease::Wanted);
        settle(&services, organization, &account, lease).await?;
        Ok(turn)
    })
    .await
}

/// Writes what was spent and leases what is wanted, in one transaction. The commit's outcome may stay unknown: then what was
/// taken out is not put back, so the day may end a little early and never late.
async fn settle(
    services: &Services,
    organization: OrganizationId,
    account: &Account,
    lease: Lease<'_>,
) -> Result<(), DbError> {
    let spent = account.lock().take_out(lease);
    if spent.is_none() && !matches!(lease, Lease::Wanted(_)) {
        return Ok(());
    }
    let (tx, leased) = match write(services, organization, spent.as_ref(), lease).await {
        Ok(written) => written,
        Err(error) => {
            // A query that should not fail would fail again.
            if matches!(error, DbError::Away(_)) {
                account.lock().put_back(spent);
            }
            return Err(error);
        }
    };
    tx.commit().await?;
    if let Some((limit, leased)) = leased {
        account.lock().enter(limit, leased);
    }
    Ok(())
}

/// All of a settlement but the commit: before that nothing lasts.
async fn write<'a>(
    services: &Services,
    organization: OrganizationId,
    spent: Option<&Spent>,
    lease: Lease<'a>,
) -> Result<(OrgTx, Option<(&'a DayLimit, Leased)>), DbError> {
    let mut tx = OrgTx::open(&services.db, &counting_scope(organization)).await?;
    if let Some(spent) = spent {
        sql_allowance::write(&mut tx, spent).await?;
    }
    let leased = match lease {
        Lease::Wanted(limit) => Some((limit, lease_more(&mut tx, limit).await?)),
        Lease::Kept | Lease::GivenBack => None,
    };
    if let Some(spent) = spent {
        // After the counter: every server locks in this order.
        sql_allowance::note_keys(&mut tx, &spent.used).await?;
    }
    Ok((tx, leased))
}

async fn lease_more(tx: &mut OrgTx, limit: &DayLimit) -> Result<Leased, DbError> {
    let day = sql_allowance::today(tx).await?;
    let Some(most) = limit.most() else { return Ok(Leased { day, units: 0, beyond: 0 }) };
    let room = most.saturating_sub(sql_allowance::held(tx, day).await?);
    let units = chunk(most, room);
    sql_allowance::lease(tx, day, units).await?;
    Ok(Leased { day, units, beyond: room - units })
}
