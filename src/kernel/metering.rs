//! Metering: what an event says, how much of it, and the sums that are asked for. Quantities are exact; there is no float.

mod quantity;

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use quantity::Quantity;

use crate::usage::{API_CALLS, DISPATCHES, STORAGE_BYTES};

/// Tokens that models have used: the product's own count of jobs, and what events say.
pub const TOKENS: &str = "tokens";
/// What tools say that their runs cost, in the currency's unit.
pub const COST: &str = "cost";
/// Time that jobs have run, in milliseconds.
pub const COMPUTE_MS: &str = "compute_ms";

/// Bytes of bodies that went in and out through the API.
pub const BANDWIDTH_BYTES: &str = "bandwidth_bytes";
/// Bytes of a workspace's rows: a level, not a sum.
pub const DATABASE_BYTES: &str = "database_bytes";

/// Meters that the product counts itself, beside what an organization sends.
pub const OWN_METERS: [&str; 7] = [DISPATCHES, API_CALLS, TOKENS, COST, COMPUTE_MS, BANDWIDTH_BYTES, DATABASE_BYTES];

/// Is it measured from time to time, rather than added up? Over time a level is what was measured last, and not a sum.
#[must_use]
pub fn is_level(meter: &str) -> bool {
    meter == DATABASE_BYTES
}

/// May events name this meter, and so an organization's limit?
#[must_use]
pub fn is_sendable(meter: &str) -> bool {
    is_meter_name(meter) && !is_reserved(meter)
}

/// How old an event may be when it comes.
pub const OLDEST: TimeDelta = TimeDelta::days(35);
/// How far ahead of the database's clock an event's time may be.
pub const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// Most events of a batch.
pub const MOST_EVENTS: usize = 1_000;
/// Most meters that an organization may make.
pub const MOST_METERS: usize = 200;
/// Longest name of a meter, in characters.
pub const LONGEST_METER: usize = 100;

/// May the word be a meter's name? ASCII letters and digits, and `.` `_` `-` `/` `:` between them.
#[must_use]
pub fn is_meter_name(word: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':');
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    word.len() <= LONGEST_METER
        && word.bytes().all(inner)
        && ends(word.as_bytes().first())
        && ends(word.as_bytes().last())
}

/// Does only the product count this meter? Tokens are counted from both sides.
#[must_use]
pub fn is_reserved(meter: &str) -> bool {
    const RESERVED: [&str; 8] =
        [DISPATCHES, "concurrent", API_CALLS, STORAGE_BYTES, COST, COMPUTE_MS, BANDWIDTH_BYTES, DATABASE_BYTES];
    RESERVED.contains(&meter)
}

// The words are token trees: what OpenAPI is made by does not see through a `literal` that a macro passes on.
macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $text:tt;)*) => {
        /// Why one event of a request is not taken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum EventFault {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl EventFault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
    };
}

faults! {
    /// It is no JSON object.
    NotAnEvent = "NOT_AN_EVENT";
    /// `specversion` is not `1.0`.
    SpecVersion = "SPECVERSION";
    /// `id` is missing, or not 1–255 characters without control characters.
    Id = "ID";
    /// `source` is missing, or not 1–255 characters without control characters.
    Source = "SOURCE";
    /// `type` is missing, or no meter's name.
    Type = "TYPE";
    /// Only the product counts this meter.
    Reserved = "METER_RESERVED";
    /// The organization has made as many meters as it may.
    TooManyMeters = "TOO_MANY_METERS";
    /// `time` is no time.
    Time = "TIME";
    /// `time` is more than 35 days ago.
    TooOld = "TIME_TOO_OLD";
    /// `time` is more than 5 minutes ahead.
    TooFarAhead = "TIME_TOO_FAR_AHEAD";
    /// `data.value` is no integer or decimal string of at most 15 digits and 9 decimals.
    Value = "VALUE";
    /// `data.value` is below nothing; what was wrong is corrected instead.
    Negative = "VALUE_NEGATIVE";
    /// `subject` is no text of at most 255 characters.
    Subject = "SUBJECT";
    /// `tool` is no tool's name.
    Tool = "TOOL";
    /// `corrects` is no id, or the event's own.
    Corrects = "CORRECTS";
    /// The other attributes are more than 4 KiB.
    TooLarge = "ATTRIBUTES_TOO_LARGE";
    /// It would pass the organization's limit on this meter.
    QuotaExceeded = "QUOTA_EXCEEDED";
}

/// An event that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvalidEvent {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Why.
    pub code: EventFault,
}

/// What became of the events of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventsView {
    /// Those that were recorded.
    pub accepted: usize,
    /// Those that had been recorded before, or stand in the request twice.
    pub duplicates: usize,
    /// Those that were not taken.
    pub invalid: Vec<InvalidEvent>,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$word_doc])* $variant,)*
        }

        impl $name {
            /// Every word.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word on the wire and on the command line.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let known = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                let words: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                known.ok_or_else(|| format!("use one of {}", words.join(", ")))
            }
        }
    )*};
}

words! {
    /// The stretch of time that one point of a series sums.
    Step {
        /// An hour by the organization's clocks.
        Hour = "hour",
        /// A day of the organization.
        Day = "day",
        /// Its week, from Monday.
        Week = "week",
        /// Its calendar month.
        Month = "month",
    }
    /// What a series is told apart by.
    GroupBy {
        /// The tool's name.
        Tool = "tool",
        /// The person.
        Member = "member",
        /// The API key.
        Key = "key",
        /// The workspace.
        Tenant = "tenant",
    }
}

/// Something that is metered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterName {
    /// Its name.
    pub meter: String,
    /// Does the product count it, rather than the organization's events alone?
    pub own: bool,
}

/// Everything that is metered of an organization: the product's own meters first, then those that it made, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetersView {
    /// The meters.
    pub data: Vec<MeterName>,
}

/// What a meter holds in the current billing period; a level, what was measured last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterSum {
    /// The meter.
    pub meter: String,
    /// How much.
    pub value: Quantity,
}

/// A sum of a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsagePoint {
    /// Where the stretch starts; before the range where that starts in its middle.
    pub start: DateTime<Utc>,
    /// The tool's name, or the id of the person, key or workspace; `null` where there is none, or none was asked for.
    pub group: Option<String>,
    /// The sum.
    pub value: Quantity,
}

/// Sums of a meter, oldest first. What was not used has no point.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageSeries {
    /// The points.
    pub data: Vec<UsagePoint>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meters_name_is_one_word() {
        for right in ["tokens", "com.example.Image.rendered", "a", "gpu:h100/seconds", "x_1-2"] {
            assert!(is_meter_name(right), "{right}");
        }
        for wrong in ["", " ", "a b", ".a", "a.", "é", "a\0b", "-", &"x".repeat(LONGEST_METER + 1)] {
            assert!(!is_meter_name(wrong), "{wrong}");
        }
        assert!(is_meter_name(&"x".repeat(LONGEST_METER)));
    }

    #[test]
    fn only_tokens_are_counted_from_both_sides() {
        let sent: Vec<&str> = OWN_METERS.into_iter().filter(|meter| !is_reserved(meter)).collect();
        assert_eq!(sent, [TOKENS]);
    }

    #[test]
    fn words_are_the_wires() {
        for fault in EventFault::ALL {
            assert_eq!(serde_json::to_value(fault).expect("serialises"), fault.as_str());
        }
        for step in Step::ALL {
            assert_eq!(serde_json::to_value(step).expect("serialises"), step.as_str());
            assert_eq!(step.as_str().parse(), Ok(*step));
        }
        for group in GroupBy::ALL {
            assert_eq!(serde_json::to_value(group).expect("serialises"), group.as_str());
        }
        assert_eq!("year".parse::<Step>(), Err("use one of hour, day, week, month".to_owned()));
    }
}
