//! Numbers as text. Written the same on the server and in the browser, whatever the reader's locale: hydration demands
//! it, and a screenshot in a ticket should read like the page.

use tenantry_kernel::money::CostEstimate;

/// A number in groups of three: `1,204`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number for a narrow place, cut and not rounded, so that it never claims more than there is: `9,999`, `12.3k`, `4.5M`.
#[must_use]
pub fn compact(number: u64) -> String {
    const SCALES: [(u64, &str); 3] = [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")];
    if number < 10_000 {
        return grouped(number);
    }
    SCALES
        .iter()
        .find(|(scale, _)| number >= *scale)
        .map_or_else(|| grouped(number), |(scale, unit)| scaled(number, *scale, unit))
}

/// A size in bytes, in steps of 1,024: `0 B`, `12.3 MiB`.
#[must_use]
pub fn bytes(number: u64) -> String {
    const SCALES: [(u64, &str); 4] = [(1 << 40, " TiB"), (1 << 30, " GiB"), (1 << 20, " MiB"), (1 << 10, " KiB")];
    SCALES
        .iter()
        .find(|(scale, _)| number >= *scale)
        .map_or_else(|| format!("{number} B"), |(scale, unit)| scaled(number, *scale, unit))
}

/// An estimate to look at, in the organization's currency: two places, six where it is less than a hundredth.
#[must_use]
pub fn estimate(cost: CostEstimate) -> String {
    let micros = cost.micros.unsigned_abs();
    let (whole, part) = (micros / 1_000_000, micros % 1_000_000);
    if whole == 0 && part > 0 && part < 10_000 {
        format!("0.{part:06}")
    } else {
        format!("{}.{:02}", grouped(whole), part / 10_000)
    }
}

/// How much of a limit is used, in percent from 0 to 100; a limit of nothing is used up.
#[must_use]
pub fn percent(used: u64, limit: u64) -> u64 {
    if used >= limit {
        return 100;
    }
    // In 128 bits, so that no product of two counters overflows.
    u64::try_from(u128::from(used) * 100 / u128::from(limit)).unwrap_or(100)
}

fn scaled(number: u64, scale: u64, unit: &str) -> String {
    let tenths = u128::from(number) * 10 / u128::from(scale);
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole}{unit}"),
        (whole, tenth) => format!("{whole}.{tenth}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_in_groups_of_three() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn a_compact_number_never_claims_more_than_there_is() {
        assert_eq!(compact(9_999), "9,999");
        assert_eq!(compact(12_399), "12.3k");
        assert_eq!(compact(999_999), "999.9k");
        assert_eq!(compact(2_000_000), "2M");
    }

    #[test]
    fn sizes_step_by_1024() {
        assert_eq!(bytes(1_023), "1023 B");
        assert_eq!(bytes(1_536), "1.5 KiB");
    }

    #[test]
    fn percent_reaches_a_hundred_only_at_the_limit() {
        assert_eq!(percent(499, 500), 99);
        assert_eq!(percent(500, 500), 100);
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(u64::MAX - 1, u64::MAX), 99);
    }

    #[test]
    fn a_small_estimate_is_not_rounded_to_nothing() {
        assert_eq!(estimate(CostEstimate { micros: 0 }), "0.00");
        assert_eq!(estimate(CostEstimate { micros: 42 }), "0.000042");
        assert_eq!(estimate(CostEstimate { micros: 1_230_000_000 }), "1,230.00");
    }
}
