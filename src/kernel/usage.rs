//! Views of usage: what was used, of how much, until when.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    OrganizationId,
    money::CostEstimate,
    period::Period,
    quota::{Beyond, Warning, is_default},
};

/// A meter that counts dispatches.
pub const DISPATCHES: &str = "dispatches";
/// A meter that counts API calls.
pub const API_CALLS: &str = "api_calls";
/// A meter of the bytes of files that are kept now.
pub const STORAGE_BYTES: &str = "storage_bytes";

/// What is left of a limit; `None` is unlimited. Never below nothing, also where a limit was lowered below its use.
#[must_use]
pub fn remaining(limit: Option<u64>, used: u64) -> Option<u64> {
    limit.map(|limit| limit.saturating_sub(used))
}

/// Use against a limit that starts anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quota {
    /// What is used.
    pub used: u64,
    /// The limit; `null` is unlimited.
    pub limit: Option<u64>,
    /// What is left; `null` is unlimited.
    pub remaining: Option<u64>,
    /// When it starts anew.
    pub resets_at: DateTime<Utc>,
    /// What happens beyond the limit; not said where it is refused.
    #[serde(flatten)]
    pub beyond: Beyond,
    /// What was used beyond a soft limit; not said where that is nothing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub overage: u64,
}

impl Quota {
    /// Use against a hard limit.
    #[must_use]
    pub fn new(used: u64, limit: Option<u64>, resets_at: DateTime<Utc>) -> Self {
        Self { used, limit, remaining: remaining(limit, used), resets_at, beyond: Beyond::default(), overage: 0 }
    }

    /// The same against a limit that may be passed, with what has passed it.
    #[must_use]
    pub fn with_overage(self, beyond: Beyond, overage: u64) -> Self {
        Self { beyond, overage, ..self }
    }
}

/// Use against a limit that the organization has on what events count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MeterQuota {
    /// The meter: the `type` of the events.
    pub meter: String,
    /// Its use, in whole units as the limit is: what is begun does not count yet.
    pub quota: Quota,
}

/// Use against a limit that does not reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Level {
    /// What is used.
    pub used: u64,
    /// The limit; `null` is unlimited.
    pub limit: Option<u64>,
}

/// Dispatches of one tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolUsage {
    /// The tool's name.
    pub tool: String,
    /// Its dispatches in the period.
    pub dispatches: u64,
}

/// What happened on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayUsage {
    /// The day, in UTC.
    pub date: NaiveDate,
    /// Its dispatches.
    pub dispatches: u64,
    /// Its API calls.
    pub api_calls: u64,
}

/// All that the usage dashboard shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageView {
    /// The organization.
    pub organization: OrganizationId,
    /// The id of the plan that counts now.
    pub plan: String,
    /// The period of the monthly quota.
    pub period: Period,
    /// Dispatches of the period.
    pub dispatches: Quota,
    /// Slots that are taken now.
    pub concurrent: Level,
    /// API calls of the day.
    pub api_calls: Quota,
    /// Bytes of files.
    pub storage_bytes: Level,
    /// Tokens that tools say they used in the period.
    pub tokens_used: u64,
    /// What tools say that the period cost.
    pub cost_estimate: CostEstimate,
    /// Dispatches of the period by tool, most first.
    pub by_tool: Vec<ToolUsage>,
    /// The last seven days, oldest first.
    pub daily: Vec<DayUsage>,
    /// What events count where the organization has a limit on it, by the meter's name; not said where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_meters: Vec<MeterQuota>,
    /// Warnings of the current periods, oldest first.
    #[serde(default)]
    pub warnings: Vec<Warning>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_a_limit_that_was_lowered() {
        assert_eq!(remaining(Some(10), 12), Some(0));
        assert_eq!(remaining(None, 12), None);
    }
}
