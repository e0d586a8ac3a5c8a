//! Moments as text. In UTC and in one spelling, because the server and the browser must write the same.

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc, Weekday};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `November`.
pub fn month(date: NaiveDate) -> &'static str {
    MONTHS.get(date.month0() as usize).copied().unwrap_or_default()
}

/// `21 Nov 2026, 23:40 UTC`.
pub fn moment(at: DateTime<Utc>) -> String {
    format!("{} {}, {:02}:{:02} UTC", short_day(at.date_naive()), at.year(), at.hour(), at.minute())
}

/// `21 Nov 2026, 23:40:59 UTC`.
pub fn second(at: DateTime<Utc>) -> String {
    let (day, year) = (short_day(at.date_naive()), at.year());
    format!("{day} {year}, {:02}:{:02}:{:02} UTC", at.hour(), at.minute(), at.second())
}

/// `21 Nov 2026`.
pub fn date(at: DateTime<Utc>) -> String {
    format!("{} {}", short_day(at.date_naive()), at.year())
}

/// `21 Nov`.
pub fn short_day(date: NaiveDate) -> String {
    format!("{} {}", date.day(), &month(date)[..3])
}

/// `Saturday, 21 November`.
pub fn long_day(date: NaiveDate) -> String {
    format!("{}, {} {}", weekday(date), date.day(), month(date))
}

/// `Sat`.
pub fn short_weekday(date: NaiveDate) -> &'static str {
    &weekday(date)[..3]
}

fn weekday(date: NaiveDate) -> &'static str {
    match date.weekday() {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

/// The machine's form, for `<time datetime>`.
pub fn machine(at: DateTime<Utc>) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Milliseconds as `840 ms`, `1.2 s`, `3 min 5 s`.
pub fn duration(milliseconds: i64) -> String {
    let milliseconds = milliseconds.max(0);
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc() {
        let at: DateTime<Utc> = "2026-11-21T23:40:59.999Z".parse().expect("a moment");
        assert_eq!(moment(at), "21 Nov 2026, 23:40 UTC");
        assert_eq!(second(at), "21 Nov 2026, 23:40:59 UTC");
        assert_eq!(date(at), "21 Nov 2026");
        assert_eq!(machine(at), "2026-11-21T23:40:59Z");
        assert_eq!(long_day(at.date_naive()), "Saturday, 21 November");
        assert_eq!(short_weekday(at.date_naive()), "Sat");
    }

    #[test]
    fn a_duration_has_the_unit_that_suits_it() {
        assert_eq!(duration(840), "840 ms");
        assert_eq!(duration(1_290), "1.2 s");
        assert_eq!(duration(185_000), "3 min 5 s");
        assert_eq!(duration(-5), "0 ms");
    }
}
