//! A quantity of something that is metered: a decimal number, added without rounding.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Decimal places that a quantity has.
const PLACES: usize = 9;
/// Billionths in one.
const ONE: i128 = 1_000_000_000;
/// Digits before the point of what an event may say.
const EVENT_DIGITS: u32 = 15;
/// Digits before the point of the greatest sum that the database holds.
const SUM_DIGITS: usize = 29;
/// The greatest integer that every reader of JSON keeps (RFC 8259, section 6).
const EXACT_IN_JSON: i128 = 1 << 53;

/// A quantity, in billionths of the meter's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i128);

/// The text is no decimal number of at most 29 digits and 9 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no decimal number of at most 9 places")]
pub struct NoQuantity;

impl Quantity {
    /// What an event counts that says no quantity.
    pub const ONE: Self = Self(ONE);

    /// So many whole units.
    #[must_use]
    pub fn whole(units: i64) -> Self {
        Self(i128::from(units) * ONE)
    }

    /// A limit, in whole units.
    #[must_use]
    pub fn of_limit(units: u64) -> Self {
        Self(i128::from(units) * ONE)
    }

    /// So many billionths.
    #[must_use]
    pub const fn billionths(self) -> i128 {
        self.0
    }

    /// Is it below nothing?
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// May one event say so much?
    #[must_use]
    pub const fn fits_an_event(self) -> bool {
        self.0.abs() < 10_i128.pow(EVENT_DIGITS) * ONE
    }

    /// Whole units, without what is behind the point.
    #[must_use]
    pub fn floor(self) -> i64 {
        i64::try_from(self.0.div_euclid(ONE)).unwrap_or(if self.0 < 0 { i64::MIN } else { i64::MAX })
    }
}

impl std::ops::Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Quantity {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::iter::Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(quantities: I) -> Self {
        quantities.fold(Self::default(), |sum, one| sum + one)
    }
}

impl FromStr for Quantity {
    type Err = NoQuantity;

    fn from_str(text: &str) -> Result<Self, NoQuantity> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |digits: &str, most| {
            (1..=most).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
        };
        if !plain(whole, SUM_DIGITS) || !plain(part, PLACES) {
            return Err(NoQuantity);
        }
        let whole: i128 = whole.parse().map_err(|_| NoQuantity)?;
        let part: i128 = format!("{part:0<PLACES$}").parse().map_err(|_| NoQuantity)?;
        Ok(Self(sign * (whole * ONE + part)))
    }
}

impl fmt::Display for Quantity {
    /// Without zeros behind the point that say nothing.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0.unsigned_abs() / ONE.unsigned_abs(), self.0.unsigned_abs() % ONE.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        match part {
            0 => write!(out, "{sign}{whole}"),
            _ => write!(out, "{sign}{whole}.{}", format!("{part:0PLACES$}").trim_end_matches('0')),
        }
    }
}

impl Serialize for Quantity {
    /// An integer where that is exact for every reader, else a decimal string.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.0 / ONE;
        match i64::try_from(whole) {
            Ok(whole) if self.0 % ONE == 0 && i128::from(whole).abs() <= EXACT_IN_JSON => {
                serializer.serialize_i64(whole)
            }
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Whole(i64),
            Decimal(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Whole(units) => Ok(Self::whole(units)),
            Form::Decimal(text) => text.parse().map_err(de::Error::custom),
        }
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Quantity {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Integer, Type::String]))
            .description(Some("An integer, or a decimal string where it has decimals or more than 53 bits."))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Quantity {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Quantity {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn tenths_add_up_to_one() {
        let sum: Quantity = std::iter::repeat_n(read("0.1"), 10).sum();
        assert_eq!(sum, Quantity::ONE);
        assert_eq!((read("0.1") + read("0.2")).to_string(), "0.3");
    }

    #[test]
    fn it_is_written_without_what_says_nothing() {
        for (text, written) in
            [("007", "7"), ("1.50", "1.5"), ("0.000000001", "0.000000001"), ("-0.5", "-0.5"), ("0.0", "0")]
        {
            assert_eq!(read(text).to_string(), written);
        }
        for wrong in ["", "-", ".5", "5.", "1e3", "+1", " 1", "1,5", "0.0000000001", "NaN", "1.2.3", "--1", "१"] {
            assert!(wrong.parse::<Quantity>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn in_json_it_is_an_integer_where_every_reader_keeps_it() {
        let json = |text: &str| serde_json::to_string(&read(text)).expect("serialises");
        assert_eq!(json("3"), "3");
        assert_eq!(json("0.3"), r#""0.3""#);
        assert_eq!(json("9007199254740992"), "9007199254740992");
        assert_eq!(json("9007199254740993"), r#""9007199254740993""#);
        for text in ["3", "0.3", "9007199254740993", "-1"] {
            assert_eq!(serde_json::from_str::<Quantity>(&json(text)).expect("reads"), read(text));
        }
    }

    #[test]
    fn what_an_event_may_say_is_bounded() {
        assert!(read("999999999999999.999999999").fits_an_event());
        assert!(!read("1000000000000000").fits_an_event());
        assert_eq!(read("2.9").floor(), 2);
        assert_eq!(read("99999999999999999999999999999").floor(), i64::MAX);
        assert!("100000000000000000000000000000".parse::<Quantity>().is_err());
    }
}
