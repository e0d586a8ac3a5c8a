//! Money: integers of the currency's minor unit. No floats; what is only an estimate has a type of its own.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// An amount in the minor unit of its currency: 2900 and `USD` are 29 dollars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    /// How many minor units.
    pub amount: i64,
    /// The currency, by its ISO 4217 code.
    pub currency: String,
}

impl Money {
    /// Decimal places of the currency (ISO 4217): 0 for JPY, 3 for KWD, 2 for nearly all others.
    #[must_use]
    pub fn exponent(&self) -> u32 {
        match self.currency.as_str() {
            "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "UGX" | "XAF" | "XOF" | "XPF" | "PYG" | "RWF" => 0,
            "KWD" | "BHD" | "OMR" | "JOD" | "TND" | "IQD" | "LYD" => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Money {
    /// `29 USD`, `29.50 USD`, `120 JPY`: decimals only where there are any.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.exponent();
        let unit = 10_u64.pow(exponent);
        let (whole, part) = (self.amount.unsigned_abs() / unit, self.amount.unsigned_abs() % unit);
        let sign = if self.amount < 0 { "-" } else { "" };
        match part {
            0 => write!(out, "{sign}{whole} {}", self.currency),
            _ => write!(out, "{sign}{whole}.{part:0width$} {}", self.currency, width = exponent as usize),
        }
    }
}

/// What a tool says that a run cost, in millionths of the organization's currency. An estimate to look at, never a sum
/// that somebody owes; so in JSON it is a plain number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CostEstimate {
    /// Millionths.
    pub micros: i64,
}

impl Serialize for CostEstimate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.micros % 1_000_000 {
            0 => serializer.serialize_i64(self.micros / 1_000_000),
            _ => serializer.serialize_f64(self.micros as f64 / 1_000_000.0),
        }
    }
}

impl<'de> Deserialize<'de> for CostEstimate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        Ok(Self { micros: (value * 1_000_000.0).round() as i64 })
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for CostEstimate {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::Number).into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for CostEstimate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_in_its_own_currency() {
        let write = |amount, currency: &str| Money { amount, currency: currency.into() }.to_string();
        assert_eq!(write(2900, "USD"), "29 USD");
        assert_eq!(write(-2950, "USD"), "-29.50 USD");
        assert_eq!(write(120, "JPY"), "120 JPY");
        assert_eq!(write(1005, "KWD"), "1.005 KWD");
    }

    #[test]
    fn an_estimate_keeps_six_places() {
        let text = serde_json::to_string(&CostEstimate { micros: 1_230_000 }).expect("serialises");
        assert_eq!(text, "1.23");
        let back: CostEstimate = serde_json::from_str("0.000001").expect("reads");
        assert_eq!(back.micros, 1);
        assert_eq!(serde_json::to_string(&CostEstimate::default()).expect("serialises"), "0");
    }
}
