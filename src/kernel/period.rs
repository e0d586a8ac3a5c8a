//! Periods: when a quota starts and ends. A pure function of the anchor and of now, so no job has to run at midnight.

use chrono::{DateTime, Datelike as _, Months, NaiveTime, TimeZone as _, Utc};
use serde::{Deserialize, Serialize};

/// A half-open stretch of time: `start` belongs to it, `end` to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Period {
    /// The first moment that belongs to it.
    pub start: DateTime<Utc>,
    /// The first moment that belongs to the next.
    pub end: DateTime<Utc>,
}

impl Period {
    /// The calendar month of `now` in UTC.
    #[must_use]
    pub fn calendar_month(now: DateTime<Utc>) -> Self {
        let first = now.date_naive().with_day(1).unwrap_or(now.date_naive());
        let start = Utc.from_utc_datetime(&first.and_time(NaiveTime::MIN));
        Self { start, end: months_after(start, 1) }
    }

    /// The billing month of `now`: boundary n is the *original* anchor plus n months, clamped to the month's end, so an
    /// anchor on the 31st gives 28 Feb and then 31 Mar again. Before the anchor, the month that ends with it counts.
    #[must_use]
    pub fn anchored_month(anchor: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let apart = (now.year() - anchor.year()) * 12 + now.month() as i32 - anchor.month() as i32;
        // The calendar's distance is right or one too many, where the day of the month has not come yet.
        let number = if boundary(anchor, apart) <= now { apart } else { apart - 1 };
        Self { start: boundary(anchor, number), end: boundary(anchor, number + 1) }
    }

    /// Does the moment belong to it?
    #[must_use]
    pub fn contains(&self, moment: DateTime<Utc>) -> bool {
        self.start <= moment && moment < self.end
    }
}

/// Boundary `number` of a billing anchor; negative numbers lie before it.
fn boundary(anchor: DateTime<Utc>, number: i32) -> DateTime<Utc> {
    months_after(anchor, number)
}

/// `start` plus so many calendar months, clamped to the month's last day; unchanged past the calendar's own end.
fn months_after(start: DateTime<Utc>, months: i32) -> DateTime<Utc> {
    let distance = Months::new(months.unsigned_abs());
    let moved = if months < 0 { start.checked_sub_months(distance) } else { start.checked_add_months(distance) };
    moved.unwrap_or(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn the_end_of_a_month_belongs_to_the_next() {
        let october = Period::calendar_month(at("2026-10-31T23:59:59.999Z"));
        assert_eq!((october.start, october.end), (at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z")));
        assert_eq!(Period::calendar_month(october.end).start, october.end);
    }

    #[test]
    fn an_anchor_on_the_31st_comes_back_to_it() {
        let anchor = at("2026-01-31T10:00:00Z");
        let february = Period::anchored_month(anchor, at("2026-03-01T00:00:00Z"));
        assert_eq!((february.start, february.end), (at("2026-02-28T10:00:00Z"), at("2026-03-31T10:00:00Z")));
        let before = Period::anchored_month(anchor, at("2026-01-31T09:59:59Z"));
        assert_eq!(before.end, anchor);
    }

    #[test]
    fn every_moment_is_in_exactly_one_period() {
        for day in 1..=31 {
            let anchor = at(&format!("2024-01-{day:02}T06:30:00Z"));
            let mut boundary = Period::anchored_month(anchor, anchor).start;
            assert_eq!(boundary, anchor);
            for _ in 0..60 {
                let period = Period::anchored_month(anchor, boundary);
                assert_eq!(period.start, boundary);
                assert!(period.contains(period.end - chrono::TimeDelta::milliseconds(1)));
                let last = Period::anchored_month(anchor, period.end - chrono::TimeDelta::milliseconds(1));
                assert_eq!(last, period);
                boundary = period.end;
            }
        }
    }

    #[test]
    fn a_boundary_is_the_anchors_day_or_the_months_last_for_four_hundred_years() {
        for day in 28..=31 {
            let anchor = at(&format!("2024-01-{day}T23:59:59.999999Z"));
            let mut now = anchor;
            for number in 0..4_800_u32 {
                let start = Period::anchored_month(anchor, now).start;
                let (year, month) = (2024 + i32::try_from(number / 12).expect("small"), number % 12 + 1);
                let last = (28..=31).rev().find(|last| chrono::NaiveDate::from_ymd_opt(year, month, *last).is_some());
                assert_eq!((start.year(), start.month()), (year, month), "{day} {number}");
                assert_eq!(start.day(), last.expect("a month has days").min(day), "{day} {number}");
                assert_eq!(start.time(), anchor.time());
                now = Period::anchored_month(anchor, now).end;
            }
        }
    }

    #[test]
    fn a_calendar_month_ends_where_the_next_begins_also_in_leap_years() {
        let mut now = at("1996-01-31T23:59:59.999999Z");
        for _ in 0..1_200 {
            let month = Period::calendar_month(now);
            assert!(month.contains(now) && month.start.day() == 1 && month.end.day() == 1, "{now}");
            let days = (month.end - month.start).num_days();
            let leap = month.start.year() % 4 == 0 && (month.start.year() % 100 != 0 || month.start.year() % 400 == 0);
            let expected = match month.start.month() {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            assert_eq!(days, expected, "{now}");
            now = month.end;
        }
    }

    #[test]
    fn a_leap_day_clamps_in_other_years() {
        let anchor = at("2024-02-29T00:00:00Z");
        let period = Period::anchored_month(anchor, at("2025-02-28T12:00:00Z"));
        assert_eq!((period.start, period.end), (at("2025-02-28T00:00:00Z"), at("2025-03-29T00:00:00Z")));
    }
}
