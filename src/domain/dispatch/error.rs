//! Why a dispatch is refused, with the facts of the limit that refused it.

use chrono::{DateTime, Utc};
use tenantry_kernel::{Code, FieldError, LimitFacts, Problem, usage::remaining};

use crate::{access::AccessError, db::DbError, idempotency::OnceError};

/// Where an organization stands against its month's dispatches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthlyQuota {
    /// What the plan is called.
    pub plan: String,
    /// The limit; `None` is unlimited.
    pub limit: Option<u64>,
    /// What is used of it.
    pub used: u64,
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
            DispatchError::QuotaExceeded(quota) => {
                let limit = quota.limit.unwrap_or_default();
                let detail = match limit {
                    0 => format!("The {} plan includes no dispatches.", quota.plan),
                    _ => format!("All {limit} dispatches of this month on the {} plan are used.", quota.plan),
                };
                Self::new(Code::DispatchQuotaExceeded, detail).with_limit(LimitFacts {
                    limit: quota.limit,
                    used: quota.used,
                    remaining: remaining(quota.limit, quota.used),
                    resets_at: Some(quota.resets_at),
                    policy: "dispatches-month".to_owned(),
                    upgrade_url: Some(PLANS_PAGE.to_owned()),
                })
            }
            DispatchError::ConcurrentLimit { limit, used } => {
                let slots = if limit == 1 { "The only slot is".to_owned() } else { format!("All {limit} slots are") };
                Self::new(Code::ConcurrentLimit, format!("{slots} taken by jobs that run or wait."))
                    .with_limit(LimitFacts {
                        limit: Some(limit),
                        used,
                        remaining: remaining(Some(limit), used),
                        policy: "concurrent".to_owned(),
                        ..LimitFacts::default()
                    })
                    .with_retry_after(1)
            }
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
