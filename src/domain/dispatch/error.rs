//! Why a dispatch is refused, with the facts of the limit that refused it.

use chrono::{DateTime, Utc};
use tenantry_kernel::{Code, FieldError, LimitFacts, Problem, usage::remaining};

use crate::{
    access::AccessError,
    billing::refusal::{ASK, FORBIDDEN, LARGER, WAIT_OR_ASK},
    db::DbError,
    idempotency::OnceError,
};

/// Where an organization stands against its month's dispatches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthlyQuota {
    /// What the plan is called.
    pub plan: String,
    /// The limit; `None` is unlimited.
    pub limit: Option<u64>,
    /// What is used of it.
    pub used: u64,
    /// Is it the organization's own, so that no other plan would change it?
    pub own: bool,
    /// When it starts anew.
    pub resets_at: DateTime<Utc>,
}

/// Why a verb on jobs and tools was refused.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// Fields are out of bounds.
    #[error("fields are out of bounds")]
    Invalid(Vec<FieldError>),
    /// There is no such tool or job in this tenant.
    #[error("there is no such thing in this tenant")]
    NotFound,
    /// The plan does not grant the tool's feature.
    #[error("the plan does not grant {feature}")]
    FeatureNotInPlan {
        /// The feature that is needed.
        feature: String,
        /// What the plan is called.
        plan: String,
    },
    /// The plan that would have allowed it has expired.
    #[error("the plan {plan} has expired")]
    PlanExpired {
        /// What the expired plan is called.
        plan: String,
    },
    /// The month's dispatches are used up.
    #[error("the month's dispatches are used up")]
    QuotaExceeded(MonthlyQuota),
    /// Every slot is taken.
    #[error("all {limit} slots are taken")]
    ConcurrentLimit {
        /// How many slots there are.
        limit: u64,
        /// How many are taken or waited for.
        used: u64,
        /// Is it the organization's own, so that no other plan would change it?
        own: bool,
    },
    /// Too many jobs are waiting.
    #[error("too many jobs are waiting")]
    QueueFull,
    /// The job has ended already.
    #[error("the job has ended")]
    Over,
    /// A later attempt has the job, or somebody canceled it.
    #[error("a later attempt has the job")]
    Stale,
    /// The webhook that it came by is no more.
    #[error("the webhook is no more")]
    WebhookGone,
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    Suspended,
    /// The idempotency key.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl DispatchError {
    /// The code of the refusal.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::Invalid,
            Self::NotFound | Self::WebhookGone => Code::NotFound,
            Self::FeatureNotInPlan { .. } => Code::FeatureNotInPlan,
            Self::PlanExpired { .. } => Code::PlanExpired,
            Self::QuotaExceeded(_) => Code::DispatchQuotaExceeded,
            Self::ConcurrentLimit { .. } => Code::ConcurrentLimit,
            Self::QueueFull => Code::QueueFull,
            Self::Over | Self::Stale => Code::Conflict,
            Self::Suspended => Code::TenantSuspended,
            Self::Once(OnceError::Reused) => Code::IdempotencyKeyReused,
            Self::Once(OnceError::InFlight) => Code::IdempotencyInFlight,
            Self::Db(DbError::Away(_)) => Code::GuardUnavailable,
            Self::Db(DbError::Failed(_)) => Code::Internal,
        }
    }
}

/// Where a larger plan is chosen.
const PLANS_PAGE: &str = "/plans";

/// The address of that page, where a larger plan would help.
fn upgrade_url(own: bool) -> Option<String> {
    (!own).then(|| PLANS_PAGE.to_owned())
}

impl MonthlyQuota {
    fn problem(self) -> Problem {
        let Self { plan, limit, used, own, resets_at } = self;
        let most = limit.unwrap_or_default();
        let (detail, fix) = match (most, own) {
            (0, true) => (format!("Dispatches are {FORBIDDEN}."), Some(ASK)),
            (0, false) => (format!("The {plan} plan includes no dispatches."), Some(LARGER)),
            (_, true) => (
                format!("All {most} dispatches of this month that this organization's own limit allows are used."),
                Some(WAIT_OR_ASK),
            ),
            (_, false) => (format!("All {most} dispatches of this month on the {plan} plan are used."), None),
        };
        let problem = Problem::new(Code::DispatchQuotaExceeded, detail).with_limit(LimitFacts {
            limit,
            used,
            remaining: remaining(limit, used),
            resets_at: Some(resets_at),
            policy: "dispatches-month".to_owned(),
            upgrade_url: upgrade_url(own),
        });
        fix.into_iter().fold(problem, Problem::with_fix)
    }
}

fn no_slot(limit: u64, used: u64, own: bool) -> Problem {
    let facts = LimitFacts {
        limit: Some(limit),
        used,
        remaining: remaining(Some(limit), used),
        policy: "concurrent".to_owned(),
        upgrade_url: upgrade_url(own),
        ..LimitFacts::default()
    };
    let problem = |detail: String| Problem::new(Code::ConcurrentLimit, detail).with_limit(facts);
    match (limit, own) {
        (0, true) => problem(format!("Jobs are {FORBIDDEN}.")).with_fix(ASK),
        (0, false) => problem("The plan includes no slot for jobs.".to_owned()).with_fix(LARGER),
        (1, _) => problem("The only slot is taken by jobs that run or wait.".to_owned()).with_retry_after(1),
        _ => problem(format!("All {limit} slots are taken by jobs that run or wait.")).with_retry_after(1),
    }
}

impl From<DispatchError> for Problem {
    fn from(error: DispatchError) -> Self {
        match error {
            DispatchError::Invalid(errors) => Self::invalid(errors),
            DispatchError::NotFound | DispatchError::WebhookGone => Self::not_found(),
            DispatchError::FeatureNotInPlan { feature, plan } => {
                Self::new(Code::FeatureNotInPlan, format!("The {plan} plan does not include {feature}."))
            }
            DispatchError::PlanExpired { plan } => {
                Self::new(Code::PlanExpired, format!("The {plan} plan has expired, so the Free plan's limits apply."))
            }
            DispatchError::QuotaExceeded(quota) => quota.problem(),
            DispatchError::ConcurrentLimit { limit, used, own } => no_slot(limit, used, own),
            DispatchError::QueueFull => {
                Self::new(Code::QueueFull, "10,000 jobs of this organization are waiting already.").with_retry_after(5)
            }
            DispatchError::Over => Self::new(Code::Conflict, "The job has ended already."),
            DispatchError::Stale => {
                Self::new(Code::Conflict, "This token is of an attempt that the job has left behind.")
            }
            DispatchError::Suspended => AccessError::Suspended.into(),
            DispatchError::Once(error) => error.into(),
            DispatchError::Db(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(limit: u64, own: bool) -> Problem {
        let resets_at = DateTime::UNIX_EPOCH;
        MonthlyQuota { plan: "Empire".into(), limit: Some(limit), used: limit, own, resets_at }.problem()
    }

    fn leads_to_plans(problem: &Problem) -> bool {
        problem.limit.as_ref().is_some_and(|facts| facts.upgrade_url.is_some())
    }

    #[test]
    fn a_limit_of_the_organizations_own_is_not_the_plans() {
        for problem in [month(0, true), month(20, true), no_slot(0, 0, true), no_slot(2, 2, true)] {
            let said = format!("{} {}", problem.detail, problem.fix);
            assert!(!said.contains("plan") && !said.contains("Empire"), "{said}");
            assert!(!leads_to_plans(&problem), "{said}");
        }
        for problem in [month(0, false), month(20, false), no_slot(0, 0, false), no_slot(2, 2, false)] {
            assert!(leads_to_plans(&problem), "{}", problem.detail);
        }
    }

    #[test]
    fn what_is_forbidden_is_not_to_be_tried_again() {
        for own in [true, false] {
            assert_eq!((no_slot(0, 0, own).retry_after, no_slot(1, 1, own).retry_after), (None, Some(1)));
            assert!(!no_slot(0, 0, own).fix.contains("ait"), "{}", no_slot(0, 0, own).fix);
            assert!(!month(0, own).fix.contains("ait"), "{}", month(0, own).fix);
        }
    }
}
