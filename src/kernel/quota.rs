//! Limits of one organization: what was agreed beside its plan, what happens beyond a limit, and when to warn. Pure
//! functions of what is held and of now, so that an agreement ends without anybody doing anything.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::plan::Limits;

/// What a limit is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Meter {
    /// Dispatches of a period.
    Dispatches,
    /// Jobs that hold a slot at once.
    Concurrent,
    /// API calls of a day.
    ApiCalls,
    /// Bytes of files.
    StorageBytes,
}

impl Meter {
    /// Every meter, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Dispatches, Self::Concurrent, Self::ApiCalls, Self::StorageBytes];

    /// The word in the database, on the wire and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dispatches => "dispatches",
            Self::Concurrent => "concurrent",
            Self::ApiCalls => "api_calls",
            Self::StorageBytes => "storage_bytes",
        }
    }

    /// May its limit be soft? Slots and bytes are there or not.
    #[must_use]
    pub const fn may_be_soft(self) -> bool {
        matches!(self, Self::Dispatches | Self::ApiCalls)
    }
}

/// What happens beyond a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Mode {
    /// It is refused.
    #[default]
    Hard,
    /// It is allowed and marked as overage.
    Soft,
    /// It is allowed up to a cap and marked as overage.
    SoftCapped,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Hard, Self::Soft, Self::SoftCapped];

    /// The word in the database, on the wire and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::SoftCapped => "soft_capped",
        }
    }
}

macro_rules! words {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let known = Self::ALL.into_iter().find(|word| word.as_str() == text);
                known.ok_or_else(|| format!("use one of {}", Self::ALL.map(Self::as_str).join(", ")))
            }
        }
    )*};
}

/// How long a limit on what events count goes before it starts anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// The organization's billing month.
    #[default]
    Month,
    /// Its day, by its own clocks.
    Day,
}

impl Every {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Month, Self::Day];

    /// The word in the database and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Day => "day",
        }
    }
}

words!(Meter, Mode, Every);

/// What happens beyond one limit, with the cap that goes with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Beyond {
    /// `hard`, which is not said, `soft` or `soft_capped`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: Mode,
    /// How far a `soft_capped` limit may be passed, counted from 0 as the limit is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<u64>,
}

impl Beyond {
    /// The most that is allowed of a limit; `None` is unlimited.
    #[must_use]
    pub fn most(self, limit: Option<u64>) -> Option<u64> {
        match self.mode {
            Mode::Hard => limit,
            Mode::Soft => None,
            // A cap is never below its limit.
            Mode::SoftCapped => limit.map(|limit| limit.max(self.cap.unwrap_or(limit))),
        }
    }

    /// Where overage begins: after this many; `None` where there is none, because nothing passes a hard limit.
    #[must_use]
    pub fn overage_after(self, limit: Option<u64>) -> Option<u64> {
        limit.filter(|_| self.mode != Mode::Hard)
    }
}

/// What happens beyond the limits that may be soft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BeyondLimits {
    /// Beyond the period's dispatches.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dispatches: Beyond,
    /// Beyond the day's API calls.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_calls: Beyond,
}

/// For `skip_serializing_if`.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A limit that an organization has instead of its plan's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Override {
    /// What it limits.
    pub meter: Meter,
    /// The limit; `null` is unlimited, 0 forbidden.
    pub limit: Option<u64>,
    /// What happens beyond it.
    pub mode: Mode,
    /// How far a `soft_capped` limit may be passed, counted from 0 as the limit is.
    pub cap: Option<u64>,
    /// From then on the plan counts again; `null` goes on.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Override {
    /// Does it count at a moment? The moment of its end is after it.
    #[must_use]
    pub fn counts(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    fn apply(&self, limits: &mut Limits) {
        let beyond = Beyond { mode: self.mode, cap: self.cap };
        match self.meter {
            Meter::Dispatches => (limits.dispatches, limits.beyond.dispatches) = (self.limit, beyond),
            Meter::ApiCalls => (limits.api_calls, limits.beyond.api_calls) = (self.limit, beyond),
            Meter::StorageBytes => limits.storage_bytes = self.limit,
            Meter::Concurrent => {
                limits.concurrent = self.limit.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX));
            }
        }
    }
}

/// A limit that an organization has on a meter that events count. No plan has one, so it is all that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLimit {
    /// The meter: the `type` of the events.
    pub meter: String,
    /// When it starts anew.
    pub every: Every,
    /// The limit, in whole units; `null` is unlimited, 0 forbidden.
    pub limit: Option<u64>,
    /// What happens beyond it.
    pub mode: Mode,
    /// How far a `soft_capped` limit may be passed, counted from 0 as the limit is.
    pub cap: Option<u64>,
    /// From then on nothing is limited; `null` goes on.
    pub expires_at: Option<DateTime<Utc>>,
}

impl EventLimit {
    /// Does it count at a moment? The moment of its end is after it.
    #[must_use]
    pub fn counts(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// What happens beyond it.
    #[must_use]
    pub const fn beyond(&self) -> Beyond {
        Beyond { mode: self.mode, cap: self.cap }
    }
}

/// The zone of whoever has chosen none.
pub const UTC: &str = "UTC";

/// What was agreed with an organization beside its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Whose midnight begins its day of API calls: a name of the IANA time zone database.
    pub time_zone: String,
    /// At most one a meter.
    pub overrides: Vec<Override>,
    /// Limits on what events count; at most one a meter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meters: Vec<EventLimit>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { time_zone: UTC.to_owned(), overrides: Vec::new(), meters: Vec::new() }
    }
}

impl Terms {
    /// The override of a meter that counts at a moment.
    #[must_use]
    pub fn of(&self, meter: Meter, now: DateTime<Utc>) -> Option<&Override> {
        self.overrides.iter().find(|own| own.meter == meter && own.counts(now))
    }

    /// The limit on what events count for a meter at a moment.
    #[must_use]
    pub fn of_events(&self, meter: &str, now: DateTime<Utc>) -> Option<&EventLimit> {
        self.meters.iter().find(|own| own.meter == meter && own.counts(now))
    }

    /// A plan's limits with the overrides that count at a moment; `None` where none does.
    #[must_use]
    pub fn limits(&self, plan: &Limits, now: DateTime<Utc>) -> Option<Limits> {
        let mut counting = self.overrides.iter().filter(|own| own.counts(now)).peekable();
        counting.peek()?;
        let mut limits = plan.clone();
        counting.for_each(|own| own.apply(&mut limits));
        Some(limits)
    }

    /// The next moment at which an override ends.
    #[must_use]
    pub fn next_end(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.overrides.iter().filter(|own| own.counts(now)).filter_map(|own| own.expires_at).min()
    }
}

/// The shares of a limit, in percent, at which an organization is warned.
pub const WARNS_AT: [u8; 2] = [80, 100];

/// The warnings that are due when so much of a limit is used. A limit of nothing has none, as what is unlimited.
#[must_use]
pub fn warnings_due(limit: Option<u64>, used: u64) -> Vec<u8> {
    let Some(limit) = limit.filter(|limit| *limit > 0) else { return Vec::new() };
    let reached = |percent: &u8| u128::from(used) * 100 >= u128::from(limit) * u128::from(*percent);
    WARNS_AT.into_iter().filter(reached).collect()
}

/// A warning that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// What it is about: `dispatches`, `api_calls`, or a meter that events count and that the organization has a limit on.
    pub meter: String,
    /// The share of the limit that was reached: 80 or 100.
    pub percent: u8,
    /// The limit that held then.
    pub limit: u64,
    /// When it was reached.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn own(meter: Meter, limit: Option<u64>, end: Option<&str>) -> Override {
        Override { meter, limit, mode: Mode::Hard, cap: None, expires_at: end.map(at) }
    }

    #[test]
    fn an_override_beats_the_plan_until_the_moment_it_ends() {
        let plan = Limits { dispatches: Some(500), concurrent: Some(1), api_calls: Some(100), ..Limits::default() };
        let overrides = vec![
            own(Meter::Dispatches, Some(20), Some("2026-03-01T00:00:00Z")),
            own(Meter::Concurrent, None, None),
            own(Meter::StorageBytes, Some(0), None),
        ];
        let terms = Terms { overrides, ..Terms::default() };
        let limits = |moment| terms.limits(&plan, at(moment)).expect("one counts");
        assert_eq!(limits("2026-02-28T23:59:59.999999Z").dispatches, Some(20));
        assert_eq!(limits("2026-03-01T00:00:00Z").dispatches, Some(500));
        let after = limits("2026-03-01T00:00:00Z");
        assert_eq!((after.concurrent, after.api_calls, after.storage_bytes), (None, Some(100), Some(0)));
        assert_eq!(terms.next_end(at("2026-02-01T00:00:00Z")), Some(at("2026-03-01T00:00:00Z")));
        assert_eq!(terms.next_end(at("2026-03-01T00:00:00Z")), None);
        assert_eq!(Terms::default().limits(&plan, at("2026-02-01T00:00:00Z")), None);
    }

    #[test]
    fn beyond_a_limit_is_nothing_or_overage_or_overage_up_to_a_cap() {
        let beyond = |mode, cap| Beyond { mode, cap };
        let limit = Some(100);
        assert_eq!(beyond(Mode::Hard, None).most(limit), limit);
        assert_eq!(beyond(Mode::Soft, None).most(limit), None);
        assert_eq!(beyond(Mode::SoftCapped, Some(150)).most(limit), Some(150));
        assert_eq!(beyond(Mode::SoftCapped, Some(50)).most(limit), limit, "a cap takes nothing away");
        assert_eq!(beyond(Mode::SoftCapped, Some(150)).most(None), None);
        assert_eq!(beyond(Mode::Hard, None).overage_after(limit), None);
        assert_eq!(beyond(Mode::Soft, None).overage_after(limit), limit);
    }

    #[test]
    fn warnings_are_due_from_the_unit_that_reaches_the_share() {
        let due = |limit, used| warnings_due(Some(limit), used);
        assert_eq!(
            (due(500, 399), due(500, 400), due(500, 499), due(500, 500)),
            (vec![], vec![80], vec![80], vec![80, 100])
        );
        assert_eq!((due(3, 2), due(3, 3), due(1, 0), due(1, 1)), (vec![], vec![80, 100], vec![], vec![80, 100]));
        assert_eq!(due(500, u64::MAX), [80, 100]);
        assert_eq!((due(0, 7), warnings_due(None, u64::MAX)), (vec![], vec![]));
        for limit in 1..2_000 {
            let first = |percent| (0..=limit).find(|used| due(limit, *used).contains(&percent));
            assert_eq!(first(80), Some((limit * 80).div_ceil(100)), "{limit}");
            assert_eq!(first(100), Some(limit));
        }
    }

    #[test]
    fn a_hard_limit_is_not_spoken_of() {
        let json = |value: BeyondLimits| serde_json::to_string(&value).expect("serialises");
        assert_eq!(json(BeyondLimits::default()), "{}");
        let capped = Beyond { mode: Mode::SoftCapped, cap: Some(9) };
        assert_eq!(
            json(BeyondLimits { dispatches: capped, ..BeyondLimits::default() }),
            r#"{"dispatches":{"mode":"soft_capped","cap":9}}"#
        );
        assert_eq!(serde_json::from_str::<BeyondLimits>("{}").expect("reads"), BeyondLimits::default());
    }

    #[test]
    fn words_read_back_and_others_are_named() {
        for meter in Meter::ALL {
            assert_eq!(meter.to_string().parse(), Ok(meter));
        }
        for mode in Mode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        for every in Every::ALL {
            assert_eq!(every.to_string().parse(), Ok(every));
        }
        assert_eq!("firm".parse::<Mode>(), Err("use one of hard, soft, soft_capped".to_owned()));
    }
}
