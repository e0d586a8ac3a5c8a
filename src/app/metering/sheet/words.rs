//! How meters, quantities and stretches of time are written.

use chrono::{Datelike as _, NaiveDateTime, TimeDelta, Timelike as _};
use tenantry_domain::metering::{Chart, MeterLimit};
use tenantry_kernel::{
    metering::{BANDWIDTH_BYTES, COMPUTE_MS, COST, DATABASE_BYTES, GroupBy, Quantity, Step, TOKENS, is_level},
    quota::Mode,
    usage::{API_CALLS, DISPATCHES, STORAGE_BYTES},
};

use crate::app::{
    ui::{bytes, compact, grouped},
    when,
};

/// What a meter is called.
pub fn meter(name: &str) -> String {
    let words = match name {
        DISPATCHES => "Dispatches",
        API_CALLS => "API calls",
        TOKENS => "Tokens",
        COST => "Cost estimate",
        COMPUTE_MS => "Compute time",
        STORAGE_BYTES => "File storage",
        BANDWIDTH_BYTES => "Bandwidth",
        DATABASE_BYTES => "Database storage",
        own => own,
    };
    words.to_owned()
}

/// What a page shows.
pub fn title(name: &str, by: Option<GroupBy>) -> String {
    let by = match by {
        None => "",
        Some(GroupBy::Tool) => " by tool",
        Some(GroupBy::Member) => " by member",
        Some(GroupBy::Key) => " by API key",
        Some(GroupBy::Tenant) => " by workspace",
    };
    format!("{}{by}", meter(name))
}

/// Is a meter's unit a byte?
pub fn in_bytes(name: &str) -> bool {
    name.ends_with("_bytes")
}

fn units(quantity: Quantity) -> u64 {
    u64::try_from(quantity.floor().max(0)).unwrap_or_default()
}

/// A quantity in a sentence or a cell, to its last place.
pub fn figure(name: &str, quantity: Quantity) -> String {
    match name {
        _ if in_bytes(name) => bytes(units(quantity)),
        COMPUTE_MS => when::duration(quantity.floor()),
        _ => {
            let text = quantity.to_string();
            let (whole, part) = text.split_once('.').map_or((text.as_str(), ""), |(whole, part)| (whole, part));
            let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
            let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
            let point = if part.is_empty() { "" } else { "." };
            format!("{sign}{whole}{point}{part}")
        }
    }
}

/// The same beside an axis, where there is little room.
pub fn short(name: &str, quantity: Quantity) -> String {
    match name {
        _ if in_bytes(name) => bytes(units(quantity)),
        COMPUTE_MS => when::duration(quantity.floor()),
        _ if quantity.to_string().contains('.') => quantity.to_string(),
        _ => compact(units(quantity)),
    }
}

/// All of it, in a sentence.
pub fn total(name: &str, quantity: Quantity) -> String {
    let when = if is_level(name) { "when it was measured last" } else { "in all" };
    format!("{} {when}", figure(name, quantity))
}

/// The limit on a meter, in a sentence.
pub fn limit(name: &str, limit: &MeterLimit) -> String {
    let (used, most) = (figure(name, limit.used), figure(name, Quantity::of_limit(limit.limit)));
    let beyond = match (limit.beyond.mode, limit.beyond.cap) {
        (Mode::Hard, _) => "what passes it is refused".to_owned(),
        (Mode::SoftCapped, Some(cap)) => {
            format!("what passes it is overage up to {}", figure(name, Quantity::of_limit(cap)))
        }
        (Mode::Soft | Mode::SoftCapped, _) => "what passes it is overage".to_owned(),
    };
    let anew = when::moment(limit.resets_at);
    format!("{used} of the limit of {most} a {} are used; {beyond}. It starts anew on {anew}.", limit.every)
}

/// A step by its name: `21 Nov 2026`, `Week of 16 Nov 2026`, `November 2026`.
pub fn step(step: Step, start: NaiveDateTime) -> String {
    let day = when::date(start.and_utc());
    match step {
        Step::Hour => format!("{day}, {:02}:{:02}", start.hour(), start.minute()),
        Step::Day => format!("{}, {day}", when::short_weekday(start.date())),
        Step::Week => format!("Week of {day}"),
        Step::Month => format!("{} {}", when::month(start.date()), start.year()),
    }
}

/// The same under an axis: `14:00`, `21 Nov`, `Nov`.
pub fn tick(step: Step, start: NaiveDateTime, hours: bool) -> String {
    match step {
        Step::Hour if hours => format!("{:02}:{:02}", start.hour(), start.minute()),
        Step::Month => when::month(start.date())[..3].to_owned(),
        Step::Hour | Step::Day | Step::Week => when::short_day(start.date()),
    }
}

/// From the first to the last moment, by whose clocks.
pub fn span(chart: &Chart) -> String {
    let last = chart.to - TimeDelta::microseconds(1);
    let (from, last) = (when::date(chart.from.and_utc()), when::date(last.and_utc()));
    let days = if from == last { from } else { format!("{from} to {last}") };
    format!("{days}, by the clocks of {}", chart.zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_the_unit_of_its_meter() {
        let figure = |name: &str, text: &str| figure(name, text.parse().expect("a quantity"));
        assert_eq!(figure(DISPATCHES, "1204"), "1,204");
        assert_eq!(figure("images", "1234567.25"), "1,234,567.25");
        assert_eq!(figure("images", "-1"), "-1");
        assert_eq!(figure(BANDWIDTH_BYTES, "1536"), "1.5 KiB");
        assert_eq!(figure(COMPUTE_MS, "1290"), "1.2 s");
    }

    #[test]
    fn a_limit_is_said_with_what_follows() {
        let said = |mode, cap| {
            let beyond = tenantry_kernel::quota::Beyond { mode, cap };
            let resets_at = "2026-12-01T00:00:00Z".parse().expect("a moment");
            let used = "1234.5".parse().expect("a quantity");
            limit("images", &MeterLimit { every: Default::default(), used, limit: 2_000, beyond, resets_at })
        };
        let hard = "1,234.5 of the limit of 2,000 a month are used; what passes it is refused. It starts anew on 1 Dec 2026, 00:00 UTC.";
        assert_eq!(said(Mode::Hard, None), hard);
        assert!(said(Mode::SoftCapped, Some(3_000)).contains("what passes it is overage up to 3,000."));
    }

    #[test]
    fn a_step_is_named_by_its_length() {
        let at: NaiveDateTime = "2028-02-29T14:00:00".parse().expect("a moment");
        let named = Step::ALL.iter().map(|length| step(*length, at)).collect::<Vec<_>>();
        assert_eq!(named, ["29 Feb 2028, 14:00", "Tue, 29 Feb 2028", "Week of 29 Feb 2028", "February 2028"]);
        let ticks = Step::ALL.iter().map(|length| tick(*length, at, true)).collect::<Vec<_>>();
        assert_eq!(ticks, ["14:00", "29 Feb", "29 Feb", "Feb"]);
    }
}
