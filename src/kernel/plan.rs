//! Plans: what an organization may do and how much, and which plan counts at a moment.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    money::Money,
    period::Period,
    quota::{BeyondLimits, Terms, is_default},
    rate::Burst,
};

/// The plan that everybody has who has no other.
pub const FREE: &str = "free";

/// How long an expired plan still counts.
pub const GRACE: TimeDelta = TimeDelta::days(3);

/// How much a plan grants. `None` is unlimited, 0 forbidden.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    /// Dispatches a period (a month).
    pub dispatches: Option<u64>,
    /// Jobs that hold a slot at once.
    pub concurrent: Option<u32>,
    /// API calls a day.
    pub api_calls: Option<u64>,
    /// Bytes of files.
    pub storage_bytes: Option<u64>,
    /// How fast each key or member may go.
    #[serde(default)]
    pub burst: Burst,
    /// What happens beyond the limits that are not hard.
    #[serde(default, skip_serializing_if = "is_default")]
    pub beyond: BeyondLimits,
}

/// A version of a plan. Versions are never changed: who holds one keeps what was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    /// The plan's id, such as `pro`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Which version of it.
    pub version: i32,
    /// What a month costs.
    pub price_monthly: Money,
    /// How much it grants.
    pub limits: Limits,
    /// What it grants; `*` is everything, also what comes later.
    pub features: Vec<String>,
}

impl Plan {
    /// Does it grant the feature?
    #[must_use]
    pub fn has_feature(&self, feature: &str) -> bool {
        has_feature(&self.features, feature)
    }

    /// Is there nothing to pay?
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.price_monthly.amount == 0
    }
}

/// Is the feature among them, by name or by `*`?
#[must_use]
pub fn has_feature(features: &[String], feature: &str) -> bool {
    features.iter().any(|granted| granted == "*" || granted == feature)
}

/// What an organization holds: a version of a plan, since when, and until when, and what was agreed beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The plan's id.
    pub plan: String,
    /// The version of it.
    pub version: i32,
    /// Where its billing months are counted from: the start of the first paid plan; `None` before there was one.
    pub anchor: Option<DateTime<Utc>>,
    /// When it ends; `None` goes on.
    pub expires_at: Option<DateTime<Utc>>,
    /// What beats the plan.
    pub terms: Terms,
}

/// Whether what is held counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PlanState {
    /// It counts.
    Active,
    /// It has expired and still counts for [`GRACE`].
    Grace,
    /// It has expired; the Free plan's limits count.
    Expired,
}

impl Held {
    /// The state of what is held at a moment; the moment of the end belongs to what comes after it.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> PlanState {
        match self.expires_at {
            Some(end) if now >= end + GRACE => PlanState::Expired,
            Some(end) if now >= end => PlanState::Grace,
            _ => PlanState::Active,
        }
    }

    /// Until when what counts at a moment goes on to count: the end of the period, of the plan, of its grace or of an
    /// override, whichever comes first.
    #[must_use]
    pub fn holds_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let of_plan = self.expires_at.into_iter().flat_map(|end| [end, end + GRACE]);
        let ends = of_plan.chain(self.terms.next_end(now)).filter(|end| *end > now);
        ends.fold(self.period(now).end, DateTime::min)
    }

    /// The period that a monthly quota is counted in at a moment: Free's is the calendar month, a paid plan's its
    /// billing month.
    #[must_use]
    pub fn period(&self, now: DateTime<Utc>) -> Period {
        match self.anchor {
            Some(anchor) if self.plan != FREE && self.state(now) != PlanState::Expired => {
                Period::anchored_month(anchor, now)
            }
            _ => Period::calendar_month(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::{Meter, Mode, Override};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn held(plan: &str, end: Option<&str>) -> Held {
        let anchor = Some(at("2026-01-15T12:00:00Z"));
        Held { plan: plan.into(), version: 1, anchor, expires_at: end.map(at), terms: Terms::default() }
    }

    #[test]
    fn a_plan_counts_until_its_grace_is_over() {
        let pro = held("pro", Some("2026-03-01T00:00:00Z"));
        assert_eq!(pro.state(at("2026-02-28T23:59:59Z")), PlanState::Active);
        assert_eq!(pro.state(at("2026-03-01T00:00:00Z")), PlanState::Grace);
        assert_eq!(pro.state(at("2026-03-03T23:59:59Z")), PlanState::Grace);
        assert_eq!(pro.state(at("2026-03-04T00:00:00Z")), PlanState::Expired);
        assert_eq!(held("pro", None).state(at("2099-01-01T00:00:00Z")), PlanState::Active);
    }

    #[test]
    fn free_counts_by_the_calendar_and_paid_by_its_anchor() {
        let now = at("2026-02-20T00:00:00Z");
        assert_eq!(held("free", None).period(now).start, at("2026-02-01T00:00:00Z"));
        assert_eq!(held("pro", None).period(now).start, at("2026-02-15T12:00:00Z"));
        let expired = held("pro", Some("2026-02-01T00:00:00Z"));
        assert_eq!(expired.period(now).start, at("2026-02-01T00:00:00Z"));
    }

    #[test]
    fn what_counts_changes_with_the_time_alone_at_its_ends() {
        let mut pro = held("pro", Some("2026-02-28T00:00:00Z"));
        let until = |held: &Held, moment| held.holds_until(at(moment));
        assert_eq!(until(&pro, "2026-02-01T00:00:00Z"), at("2026-02-15T12:00:00Z"));
        assert_eq!(until(&pro, "2026-02-20T00:00:00Z"), at("2026-02-28T00:00:00Z"));
        assert_eq!(until(&pro, "2026-02-28T00:00:00Z"), at("2026-03-03T00:00:00Z"));
        assert_eq!(until(&pro, "2026-03-03T00:00:00Z"), at("2026-04-01T00:00:00Z"));
        let expires_at = Some(at("2026-02-20T00:00:01Z"));
        let own = Override { meter: Meter::ApiCalls, limit: None, mode: Mode::Hard, cap: None, expires_at };
        pro.terms.overrides.push(own);
        assert_eq!(until(&pro, "2026-02-20T00:00:00Z"), at("2026-02-20T00:00:01Z"));
        assert_eq!(until(&pro, "2026-02-20T00:00:01Z"), at("2026-02-28T00:00:00Z"));
    }

    #[test]
    fn a_star_grants_what_comes_later() {
        assert!(has_feature(&["*".into()], "not-invented"));
        assert!(!has_feature(&["basic".into()], "listing-auto"));
    }
}
