//! Moments that somebody names.
//!
//! RFC 3339, in which every answer writes its times, has four digits for the year, and PostgreSQL ends elsewhere than the
//! calendar of this program does. So no moment is taken that could not be told again.

use chrono::{DateTime, Utc};

use crate::problem::FieldError;

/// 9999-12-31T23:59:59.999999Z, the last moment that can be written, to PostgreSQL's microsecond.
pub const LAST: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 999_999_000) {
    Some(last) => last,
    None => DateTime::<Utc>::MAX_UTC,
};

/// A moment that can be written down.
///
/// # Errors
/// `OUT_OF_RANGE` for what lies outside of the years 0 to 9999; the leap second at their end belongs to the year after.
pub fn parse(field: &str, moment: DateTime<Utc>) -> Result<DateTime<Utc>, FieldError> {
    const FIRST: i64 = -62_167_219_200;
    // A leap second's own microseconds count on beyond the second.
    let micros = moment.timestamp_micros();
    if (FIRST * 1_000_000..=LAST.timestamp_micros()).contains(&micros) {
        return Ok(moment);
    }
    Err(FieldError::new(field, "OUT_OF_RANGE", "Name a moment of the years 0 to 9999."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<DateTime<Utc>, String> {
        parse("expires_at", text.parse().expect("a moment")).map_err(|error| error.code)
    }

    #[test]
    fn a_moment_has_a_year_of_four_digits() {
        for right in ["0000-01-01T00:00:00Z", "2016-12-31T23:59:60Z", "9999-12-31T23:59:59.999999Z"] {
            assert!(parsed(right).is_ok(), "{right}");
        }
        for wrong in [
            "-0001-12-31T23:59:59Z",
            "9999-12-31T23:59:60Z",
            "9999-12-31T23:30:00-01:00",
            "+10000-01-01T00:00:00Z",
            "+262142-01-01T00:00:00Z",
        ] {
            assert_eq!(parsed(wrong), Err("OUT_OF_RANGE".to_owned()), "{wrong}");
        }
        assert_eq!(LAST.to_rfc3339(), "9999-12-31T23:59:59.999999+00:00");
    }
}
