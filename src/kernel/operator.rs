//! What the platform operator's commands print: an organization's quotas, and how a request of it would be decided.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Code,
    metering::Quantity,
    period::Period,
    plan::PlanState,
    quota::{Beyond, EventLimit, Every, Meter, Override, Warning},
    tenancy::OrganizationSummary,
};

/// A wish to limit an organization otherwise than its plan does: an [`Override`], or an [`EventLimit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOverride<W = Override> {
    /// The limit.
    pub wanted: W,
    /// Why, for whoever reads it later: 1–200 characters.
    pub reason: String,
}

/// An override, as it was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideView<W = Override> {
    /// What it says.
    #[serde(flatten)]
    pub own: W,
    /// Why.
    pub reason: String,
    /// When it was set.
    pub set_at: DateTime<Utc>,
    /// Does it count now?
    pub counts: bool,
}

/// One meter of an organization: what counts, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterView {
    /// The meter.
    pub meter: Meter,
    /// What is used.
    pub used: u64,
    /// The limit that counts; `null` is unlimited.
    pub limit: Option<u64>,
    /// What is left of it; `null` is unlimited.
    pub remaining: Option<u64>,
    /// What happens beyond it; not said where it is refused.
    #[serde(flatten)]
    pub beyond: Beyond,
    /// What was used beyond a soft limit.
    pub overage: u64,
    /// When it starts anew; `null` for what does not.
    pub resets_at: Option<DateTime<Utc>>,
    /// The limit that the plan alone would give.
    pub plan_limit: Option<u64>,
    /// The override of it, also one that has expired.
    #[serde(rename = "override")]
    pub own: Option<OverrideView>,
}

/// A limited meter of an organization that events count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventMeterView {
    /// The meter.
    pub meter: String,
    /// When its limit starts anew.
    pub every: Every,
    /// What is used.
    pub used: Quantity,
    /// The limit that counts; `null` is unlimited.
    pub limit: Option<u64>,
    /// What is left of it; `null` is unlimited.
    pub remaining: Option<Quantity>,
    /// What happens beyond it; not said where it is refused.
    #[serde(flatten)]
    pub beyond: Beyond,
    /// What of it lies beyond a soft limit.
    pub overage: Quantity,
    /// When it starts anew.
    pub resets_at: DateTime<Utc>,
    /// The limit as it was set, also one that has expired.
    #[serde(rename = "override")]
    pub own: OverrideView<EventLimit>,
    /// Warnings of the current period, oldest first.
    pub warnings: Vec<EventWarning>,
}

/// A warning about a meter that events count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventWarning {
    /// The share of the limit that was reached: 80 or 100.
    pub percent: u8,
    /// The limit that held then.
    pub limit: u64,
    /// When it was reached.
    pub at: DateTime<Utc>,
}

/// An organization's quotas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaStatusView {
    /// The organization.
    pub organization: OrganizationSummary,
    /// The id of the plan that counts now.
    pub plan: String,
    /// Whether what is held counts.
    pub plan_state: PlanState,
    /// The period of the monthly quota.
    pub period: Period,
    /// Whose midnight begins the day of API calls.
    pub time_zone: String,
    /// The day of API calls.
    pub day: Period,
    /// Every meter.
    pub meters: Vec<MeterView>,
    /// Meters that events count, where they are limited.
    pub event_meters: Vec<EventMeterView>,
    /// Warnings of the current periods, oldest first.
    pub warnings: Vec<Warning>,
}

/// What a rule says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It lets it through.
    Passes,
    /// It refuses it.
    Refuses,
    /// Only the server that is asked knows: it counts in its own memory.
    AtTheServer,
    /// It was not asked about: the question names nothing that it decides on.
    NotAsked,
    /// A rule before it has refused already.
    NotReached,
}

impl Decision {
    /// The word for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Refuses => "refuses",
            Self::AtTheServer => "at the server",
            Self::NotAsked => "not asked",
            Self::NotReached => "not reached",
        }
    }
}

/// One rule of the order of decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleView {
    /// What it is called.
    pub rule: String,
    /// What it says.
    pub decision: Decision,
    /// The code of its refusal.
    pub code: Option<Code>,
    /// Why, in a sentence.
    pub reason: String,
    /// What it decided on.
    pub facts: Value,
}

/// How a request of an organization would be decided now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainView {
    /// The organization.
    pub organization: OrganizationSummary,
    /// Would a dispatch be let through, as far as the database knows?
    pub allowed: bool,
    /// The rule that refuses it.
    pub decided_by: Option<String>,
    /// Every rule, in the order of decision.
    pub rules: Vec<RuleView>,
}
