//! The day's API calls: leased from the database in small chunks and spent in memory, so that counting costs no round trip
//! and never lets one too many through, in however many processes.
//!
//! The database holds what was spent and what servers hold unspent; the two together never pass the limit. A server
//! writes what it has spent within a second, gives back what it holds idle, and takes its last units one by one. What a
//! crash costs is the rest of one chunk, which nobody gets that day.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tenantry_kernel::{Code, KeyId, LimitFacts, OrganizationId, Problem, period::Period};
use tokio::sync::Mutex as Turn;

use super::{
    allowance_rules::chunk,
    sql_allowance::{self, Spent},
};
use crate::{
    Services,
    access::counting_scope,
    db::{DbError, OrgTx},
};

/// How long what was spent may stay unwritten, and how long an idle server keeps what it holds.
const SETTLE_EVERY: Duration = Duration::from_secs(1);

/// How long a refusal stands before the database is asked again: others may have given something back.
const REFUSE_FOR: Duration = Duration::from_millis(250);

/// What this process holds of every organization's day.
#[derive(Clone, Default)]
pub struct Allowances(Arc<Mutex<HashMap<OrganizationId, Arc<Account>>>>);

impl std::fmt::Debug for Allowances {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Allowances").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Account {
    state: Mutex<State>,
    /// At most one settlement of an organization is under way.
    settling: Turn<()>,
}

#[derive(Default)]
struct State {
    day: Option<Period>,
    limit: Option<u64>,
    /// Spent and not written; below zero where a unit was given back after it was written.
    spent: i64,
    /// Leased and not spent.
    left: u64,
    /// What nobody held when the database was last asked.
    beyond: u64,
    refused_until: Option<Instant>,
    /// Keys that were used since the last settlement.
    used_keys: HashMap<KeyId, DateTime<Utc>>,
    last_taken: Option<Instant>,
    is_tended: bool,
}

/// Where a day stands against its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFacts {
    /// Units of the day.
    pub limit: u64,
    /// Units that are left.
    pub remaining: u64,
    /// The day.
    pub day: Period,
}

/// A unit that was taken.
#[must_use = "a unit is given back where the call was refused after all"]
pub struct Unit {
    account: Arc<Account>,
    day: Period,
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
            Self::UsedUp(facts) => {
                let wait = u32::try_from((facts.day.end - now).num_seconds()).unwrap_or_default() + 1;
                Problem::new(Code::ApiDailyLimit, format!("All {} API calls of this day are used.", facts.limit))
                    .with_limit(LimitFacts {
                        limit: Some(facts.limit),
                        used: facts.limit,
                        remaining: Some(0),
                        resets_at: Some(facts.day.end),
                        policy: "api-day".to_owned(),
                        ..LimitFacts::default()
                    })
                    .with_retry_after(wait)
            }
            Self::Db(error) => error.into(),
        }
    }
}

impl Unit {
    /// Gives it back: the call was refused by us, or failed.
    pub fn give_back(self) {
        let mut state = self.account.lock();
        if state.day == Some(self.day) {
            state.spent -= 1;
            state.left += u64::from(state.limit.is_some());
        }
    }
}

impl Account {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Allowances {
    /// Takes a unit of the organization's day; mostly without a round trip. The key's use is noted with it.
    ///
    /// # Errors
    /// [`AllowanceError::UsedUp`]; the database, where a chunk has to be leased.
    pub async fn take(
        &self,
        services: &Services,
        organization: OrganizationId,
        limit: Option<u64>,
        key: KeyId,
    ) -> Result<Unit, AllowanceError> {
        let account = self.account(organization);
        let now = services.memory.now();
        let mut attempt = account.try_take(now, limit, key);
        if matches!(attempt, Attempt::Unknown) {
            let _turn = account.settling.lock().await;
            // Whoever had the turn before may have leased for all.
            attempt = account.try_take(now, limit, key);
            if matches!(attempt, Attempt::Unknown) {
                settle(services, organization, &account, Lease::Wanted(limit)).await?;
                attempt = account.try_take(services.memory.now().max(now), limit, key);
            }
        }
        self.tend(services, organization, &account);
        match attempt {
            Attempt::Taken(day, facts) => Ok(Unit { account, day, facts }),
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
        let _turn = account.settling.lock().await;
        settle(services, organization, &account, Lease::Kept).await
    }

    /// Writes and gives back everything, before the process ends in order.
    pub async fn settle_all(&self, services: &Services) {
        let accounts: Vec<_> = self.accounts().iter().map(|(id, account)| (*id, Arc::clone(account))).collect();
        for (organization, account) in accounts {
            let _turn = account.settling.lock().await;
            if let Err(error) = settle(services, organization, &account, Lease::GivenBack).await {
                tracing::warn!(%error, "What was counted last could not be written.");
                return;
            }
        }
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<OrganizationId, Arc<Account>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account(&self, organization: OrganizationId) -> Arc<Account> {
        Arc::clone(self.accounts().entry(organization).or_default())
    }

    /// Sees to it that what was spent is written soon, and that what is idle is given back.
    fn tend(&self, services: &Services, organization: OrganizationId, account: &Arc<Account>) {
        if std::mem::replace(&mut account.lock().is_tended, true) {
            return;
        }
        let (services, account) = (services.clone(), Arc::clone(account));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SETTLE_EVERY).await;
                let _turn = account.settling.lock().await;
                let lease = if account.lock().is_idle() { Lease::GivenBack } else { Lease::Kept };
                let settled = settle(&services, organization, &account, lease).await;
                let mut accounts = services.allowances.accounts();
                let mut state = account.lock();
                if settled.is_err() || state.is_empty() {
                    state.is_tended = false;
                    // The map's and this one: nobody is taking from it.
                    if state.is_empty() && Arc::strong_count(&account) == 2 {
                        accounts.remove(&organization);
                    }
                    return;
                }
            }
        });
    }
}

impl Account {
    /// A unit from memory.
    fn try_take(&self, now: DateTime<Utc>, limit: Option<u64>, key: KeyId) -> Attempt {
        let mut state = self.lock();
        state.used_keys.insert(key, now);
        let Some(day) = state.day.filter(|day| day.contains(now) && state.limit == limit) else {
            return Attempt::Unknown;
        };
        if limit.is_some() && state.left == 0 {
            let stands = state.refused_until.is_some_and(|until| Instant::now() < until);
            return if stands { Attempt::Refused(state.used_up(limit)) } else { Attempt::Unknown };
        }
        state.left = state.left.saturating_sub(1);
        state.spent += 1;
        state.last_taken = Some(Instant::now());
        Attempt::Taken(day, limit.map(|limit| DayFacts { limit, remaining: state.left + state.beyond, day }))
    }
}

impl State {
    fn used_up(&self, limit: Option<u64>) -> DayFacts {
        let day = self.day.unwrap_or(Period { start: DateTime::UNIX_EPOCH, end: DateTime::UNIX_EPOCH });
        DayFacts { limit: limit.unwrap_or_default(), remaining: 0, day }
    }

    fn is_idle(&self) -> bool {
        self.last_taken.is_none_or(|taken| taken.elapsed() >= SETTLE_EVERY)
    }

    fn is_empty(&self) -> bool {
        self.spent == 0 && self.left == 0 && self.used_keys.is_empty()
    }

    /// What is to be written, taken out; and what is given back of the lease.
    fn take_out(&mut self, lease: Lease) -> Option<Spent> {
        let kept = match lease {
            Lease::Kept => true,
            Lease::GivenBack => false,
            Lease::Wanted(limit) => self.limit == limit,
        };
        let back = if kept { 0 } else { std::mem::take(&mut self.left) };
        let units = std::mem::take(&mut self.spent);
        let back = i64::try_from(back).unwrap_or(i64::MAX);
        let unleased = if self.limit.is_some() { units + back } else { 0 };
        let used_keys: Vec<_> = self.used_keys.drain().collect();
        let nothing = units == 0 && unleased == 0 && used_keys.is_empty();
        let day = self.day.filter(|_| units != 0 || unleased != 0);
        (!nothing).then_some(Spent { day, units, unleased, used_keys })
    }

    /// Puts back what could not be written for certain.
    fn put_back(&mut self, spent: Option<Spent>) {
        let Some(spent) = spent else { return };
        if spent.day.is_some() && spent.day == self.day {
            self.spent += spent.units;
            self.left += u64::try_from(spent.unleased - spent.units).unwrap_or_default();
        }
        self.used_keys.extend(spent.used_keys);
    }
}

/// What memory says.
enum Attempt {
    Taken(Period, Option<DayFacts>),
    Refused(DayFacts),
    /// The database has to be asked.
    Unknown,
}

/// What a settlement does with what is held.
#[derive(Clone, Copy)]
enum Lease {
    Kept,
    GivenBack,
    /// More is wanted, of this limit; what was held of another day or another limit is given back.
    Wanted(Option<u64>),
}

/// Writes what was spent and leases what is wanted, in one transaction. Its outcome may stay unknown: then what was taken
/// out is not put back, so the day may end a little early and never late.
async fn settle(
    services: &Services,
    organization: OrganizationId,
    account: &Account,
    lease: Lease,
) -> Result<(), DbError> {
    let spent = account.lock().take_out(lease);
    let wanted = matches!(lease, Lease::Wanted(_));
    if spent.is_none() && !wanted {
        return Ok(());
    }
    let mut tx = match OrgTx::open(&services.db, &counting_scope(organization)).await {
        Ok(tx) => tx,
        Err(away) => {
            account.lock().put_back(spent);
            return Err(away);
        }
    };
    if let Some(spent) = &spent {
        sql_allowance::write(&mut tx, spent).await?;
    }
    let Lease::Wanted(limit) = lease else { return tx.commit().await };
    let now = sql_allowance::now(&mut tx).await?;
    let day = Period::day(now);
    let (units, beyond) = match limit {
        None => (0, 0),
        Some(limit) => {
            let room = limit.saturating_sub(sql_allowance::held(&mut tx, day).await?);
            let units = chunk(limit, room);
            sql_allowance::lease(&mut tx, day, units).await?;
            (units, room - units)
        }
    };
    tx.commit().await?;
    let mut state = account.lock();
    if state.day != Some(day) {
        (state.left, state.spent) = (0, 0);
    }
    if state.limit != limit {
        state.left = 0;
    }
    (state.day, state.limit, state.beyond) = (Some(day), limit, beyond);
    state.left += units;
    state.refused_until = (limit.is_some() && state.left == 0).then(|| Instant::now() + REFUSE_FOR);
    Ok(())
}
