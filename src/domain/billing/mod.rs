//! Plans and what an organization holds of them.

pub(crate) mod refusal;
mod sql;
mod terms;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    Code, FieldError, Problem,
    own::OwnLimits,
    period::Period,
    plan::{FREE, Held, Plan, PlanState},
    tenancy::SubscriptionView,
};

pub(crate) use sql::{held, held_for_update};
pub(crate) use terms::terms;

use crate::{
    Services,
    access::{
        OrgScope,
        permit::{BillingManage, PlanRead},
    },
    db::{Db, DbError, OrgTx},
    services::PlanChoice,
};

/// The plan that counts at a moment, and how.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Which of its limits are the organization's own instead.
    pub own: OwnLimits,
    /// Whether what is held counts.
    pub state: PlanState,
    /// The period of its monthly quota.
    pub period: Period,
    /// What is held, where it does not count any more.
    pub expired: Option<Arc<Plan>>,
}

/// By id and version.
type Versions = HashMap<(String, i32), Arc<Plan>>;

/// Versions of plans, read once: a version never changes, so what is in memory is right.
#[derive(Clone, Debug)]
pub struct Plans {
    db: Db,
    versions: Arc<RwLock<Versions>>,
}

impl Plans {
    /// An empty store over the database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, versions: Arc::default() }
    }

    /// The plans on offer, in the order in which they are shown.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn on_offer(&self) -> Result<Vec<Plan>, DbError> {
        sql::on_offer(&mut *self.db.platform().await?).await
    }

    /// One version of a plan. It is there, since a foreign key holds it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn version(&self, plan: &str, version: i32) -> Result<Arc<Plan>, DbError> {
        let key = (plan.to_owned(), version);
        if let Some(known) = self.versions.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(sql::version(&mut *self.db.platform().await?, plan, version).await?);
        self.versions.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&found));
        Ok(found)
    }

    /// The newest version of a plan on offer.
    ///
    /// # Errors
    /// When the database is away; a plan that is not on offer is `None`.
    pub async fn newest(&self, plan: &str) -> Result<Option<Plan>, DbError> {
        Ok(self.on_offer().await?.into_iter().find(|offer| offer.id == plan))
    }

    /// The plan that counts at a moment: what is held, or Free's limits after it has expired, with the overrides that
    /// count then. Every limit that anything is decided by comes from here.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn effective(&self, held: &Held, now: DateTime<Utc>) -> Result<Effective, DbError> {
        let plan = self.version(&held.plan, held.version).await?;
        let state = held.state(now);
        let (own, period) = (held.terms.own(now), held.period(now));
        if state != PlanState::Expired {
            return Ok(Effective { plan: overridden(plan, held, now), own, state, period, expired: None });
        }
        let free = match self.newest(FREE).await? {
            Some(free) => Arc::new(free),
            None => self.version(FREE, 1).await?,
        };
        let expired = Some(overridden(plan, held, now));
        Ok(Effective { plan: overridden(free, held, now), own, state, period, expired })
    }
}

/// The plan with the limits that were agreed instead of its own.
fn overridden(plan: Arc<Plan>, held: &Held, now: DateTime<Utc>) -> Arc<Plan> {
    match held.terms.limits(&plan.limits, now) {
        Some(limits) => Arc::new(Plan { limits, ..(*plan).clone() }),
        None => plan,
    }
}

/// Why a change of plan was refused.
#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// No plan on offer has this id.
    #[error("no such plan on offer")]
    UnknownPlan(Vec<String>),
    /// Plans are changed by the platform operator here.
    #[error("the platform operator changes plans")]
    OperatorOnly,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<BillingError> for Problem {
    fn from(error: BillingError) -> Self {
        match error {
            BillingError::UnknownPlan(offers) => {
                FieldError::new("plan", "UNKNOWN", format!("Choose one of {}.", offers.join(", "))).into()
            }
            BillingError::OperatorOnly => {
                Self::new(Code::Forbidden, "On this installation the platform operator changes plans.")
                    .with_fix("Ask the platform operator for the plan that you want.")
            }
            BillingError::Db(error) => error.into(),
        }
    }
}

/// The plan that a person may choose under this id.
///
/// # Errors
/// [`BillingError::UnknownPlan`], or the database.
pub async fn choose(services: &Services, plan: &str) -> Result<Plan, BillingError> {
    let offers = services.plans.on_offer().await?;
    let names = offers.iter().map(|offer| offer.id.clone()).collect();
    offers.into_iter().find(|offer| offer.id == plan).ok_or(BillingError::UnknownPlan(names))
}

/// The plan that the organization holds.
///
/// # Errors
/// When the database is away.
pub async fn subscription(services: &Services, scope: &OrgScope<PlanRead>) -> Result<SubscriptionView, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let (held, now) = sql::held(&mut tx).await?;
    tx.commit().await?;
    Ok(view(&held, now))
}

/// May the organization's own people change its plan on this installation?
///
/// # Errors
/// [`BillingError::OperatorOnly`].
pub fn may_change_plan(services: &Services) -> Result<(), BillingError> {
    match services.settings.plans {
        PlanChoice::Open => Ok(()),
        PlanChoice::Operator => Err(BillingError::OperatorOnly),
    }
}

/// Changes the plan at once: without a billing provider there is nothing to pay first. The lock is the one under which
/// dispatches are decided, so an upgrade counts for the very next one and a downgrade takes nothing back.
///
/// # Errors
/// An unknown plan, an installation whose operator changes plans, or the database.
pub async fn change_plan(
    services: &Services,
    scope: &OrgScope<BillingManage>,
    plan: &str,
) -> Result<SubscriptionView, BillingError> {
    may_change_plan(services)?;
    let chosen = choose(services, plan).await?;
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let (held, now) = sql::held_for_update(&mut tx).await?;
    let next = after_change(&held, &chosen, now);
    sql::set_held(&mut tx, &next).await?;
    tx.commit().await?;
    services.memory.forget(scope.organization());
    services.floor.plan_changed(scope.organization());
    Ok(view(&next, now))
}

/// What is held after a change. The anchor of the billing months starts with the first paid plan and stays, so changing
/// to and fro does not begin a new month.
fn after_change(held: &Held, chosen: &Plan, now: DateTime<Utc>) -> Held {
    Held {
        plan: chosen.id.clone(),
        version: chosen.version,
        anchor: held.anchor.or_else(|| first_anchor(chosen, now)),
        expires_at: None,
        terms: held.terms.clone(),
    }
}

/// Where billing months begin for an organization whose first plan this is.
#[must_use]
pub fn first_anchor(chosen: &Plan, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (chosen.id != FREE).then_some(now)
}

fn view(held: &Held, now: DateTime<Utc>) -> SubscriptionView {
    SubscriptionView {
        plan: held.plan.clone(),
        state: held.state(now),
        current_period_end: held.period(now).end,
        plan_expires_at: held.expires_at,
    }
}
