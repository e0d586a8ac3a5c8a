//! Which limit presses most, and what is said of it: since when, what follows, and the way out.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    quota::{Mode, Warning},
    usage::{API_CALLS, DISPATCHES, Quota, UsageView},
};

use crate::app::{
    call, meter_words,
    ui::{Tone, grouped, percent},
    when,
};

/// From this share of a limit on people are warned, in percent.
const NEAR: u64 = 80;

/// What is said of a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub tone: Tone,
    pub title: String,
    pub text: String,
    /// Where the way out begins, and what it is called.
    pub href: String,
    pub way: &'static str,
}

/// Every meter whose limit starts anew. Events that are forbidden altogether reach nothing: nobody is warned of them.
fn quotas(usage: &UsageView) -> impl Iterator<Item = (&str, &Quota)> {
    let own = usage.event_meters.iter().filter(|own| own.quota.limit != Some(0));
    let own = own.map(|own| (own.meter.as_str(), &own.quota));
    [(DISPATCHES, &usage.dispatches), (API_CALLS, &usage.api_calls)].into_iter().chain(own)
}

/// A limit that refuses comes before one that is only near, and else the first; the others are counted.
pub fn most_pressing(usage: &UsageView) -> Option<Notice> {
    let since = |meter, quota| reached_at(&usage.warnings, meter, quota);
    let near = quotas(usage).filter_map(|(meter, quota)| words(meter, quota, since(meter, quota)));
    let mut near: Vec<Notice> = near.collect();
    let refuses = near.iter().position(|notice| notice.tone == Tone::Danger).unwrap_or_default();
    let others = near.len().saturating_sub(1);
    let mut first = near.drain(..).nth(refuses)?;
    if others > 0 {
        first.title.push_str(&further(others));
    }
    Some(first)
}

fn further(others: usize) -> String {
    let limits = if others == 1 { "limit is" } else { "limits are" };
    format!(" · {others} more {limits} near")
}

/// The longest that is ever said of any of them: near or reached, and warned of.
pub fn longest(usage: &UsageView) -> Option<String> {
    let limited: Vec<_> = quotas(usage).filter_map(|(meter, quota)| Some((meter, quota, quota.limit?))).collect();
    let others = limited.len().checked_sub(1).filter(|others| *others > 0).map(further).unwrap_or_default();
    let said = |(meter, quota, limit): &(&str, &Quota, u64)| {
        let near = limit.saturating_mul(NEAR).div_ceil(100);
        let reached = quota.beyond.most(quota.limit).unwrap_or(*limit);
        [near, reached].map(|used| words(meter, &Quota { used, ..(*quota).clone() }, Some(quota.resets_at)))
    };
    let text = |notice: Notice| format!("{}{others}\n{} {}", notice.title, notice.text, notice.way);
    limited.iter().flat_map(said).flatten().map(text).max_by_key(|text| text.chars().count())
}

/// When the limit that holds was last warned of.
fn reached_at(warnings: &[Warning], meter: &str, quota: &Quota) -> Option<DateTime<Utc>> {
    let own = warnings.iter().filter(|warning| warning.meter == meter && Some(warning.limit) == quota.limit);
    own.map(|warning| warning.at).max()
}

fn words(meter: &str, quota: &Quota, since: Option<DateTime<Utc>>) -> Option<Notice> {
    let limit = quota.limit?;
    let share = percent(quota.used, limit);
    if share < NEAR {
        return None;
    }
    let (what, anew) = (meter_words::units(meter), when::moment(quota.resets_at));
    let since = since.map(|at| format!(" Warned on {}.", when::moment(at))).unwrap_or_default();
    let most = quota.beyond.most(Some(limit));
    let is_refused = most.is_some_and(|most| quota.used >= most);
    let (title, follows) = if share == 100 {
        let further = match (is_refused, most) {
            (true, _) => format!("Further ones are refused until {anew}."),
            (false, Some(most)) => format!("Further ones are allowed up to {} and counted as overage.", grouped(most)),
            (false, None) => "Further ones are allowed and counted as overage.".to_owned(),
        };
        (format!("All {} {what} are used", grouped(limit)), further)
    } else {
        let after = if quota.beyond.mode == Mode::Hard { "they are refused" } else { "they are counted as overage" };
        let left = match limit - quota.used {
            1 => "1 is left".to_owned(),
            left => format!("{} are left", grouped(left)),
        };
        (format!("{share} % of the {what} are used"), format!("{left} until {anew}. After that {after}."))
    };
    let tone = if is_refused { Tone::Danger } else { Tone::Warning };
    // A plan grants what the product counts; what events count was agreed beside it.
    let (href, way) = match meter {
        DISPATCHES | API_CALLS => ("/plans".to_owned(), "A larger plan counts at once"),
        other => (format!("/usage?{}", call::fields(&[("meter", other)])), "See its use"),
    };
    Some(Notice { tone, title, text: format!("{follows}{since}"), href, way })
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::{
        money::CostEstimate,
        period::Period,
        quota::Beyond,
        usage::{Level, MeterQuota},
    };

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn quota(used: u64, limit: Option<u64>) -> Quota {
        Quota::new(used, limit, at("2026-12-01T00:00:00Z"))
    }

    fn usage(dispatches: Quota, own: &[(&str, u64, u64)]) -> UsageView {
        let level = Level { used: 0, limit: None };
        let limited = |(meter, used, limit): &(&str, u64, u64)| MeterQuota {
            meter: (*meter).to_owned(),
            quota: quota(*used, Some(*limit)),
        };
        UsageView {
            organization: "org_00000000000000000000000000".parse().expect("an id"),
            plan: "free".into(),
            period: Period { start: at("2026-11-01T00:00:00Z"), end: at("2026-12-01T00:00:00Z") },
            dispatches,
            concurrent: level.clone(),
            api_calls: quota(0, None),
            storage_bytes: level,
            tokens_used: 0,
            cost_estimate: CostEstimate { micros: 0 },
            by_tool: vec![],
            daily: vec![],
            event_meters: own.iter().map(limited).collect(),
            warnings: vec![],
        }
    }

    #[test]
    fn a_limit_is_spoken_of_from_four_fifths_on() {
        let tone = |used, limit| words(DISPATCHES, &quota(used, limit), None).map(|notice| notice.tone);
        assert_eq!(tone(399, Some(500)), None);
        assert_eq!(tone(400, Some(500)), Some(Tone::Warning));
        assert_eq!(tone(500, Some(500)), Some(Tone::Danger));
        assert_eq!(tone(600, Some(500)), Some(Tone::Danger));
        assert_eq!(tone(u64::MAX, None), None);
    }

    #[test]
    fn what_follows_is_said_by_the_way_beyond_the_limit() {
        let said = |used, mode, cap| {
            let quota = quota(used, Some(100)).with_overage(Beyond { mode, cap }, 0);
            words(DISPATCHES, &quota, None).map(|notice| (notice.tone, notice.text)).expect("near")
        };
        let (tone, text) = said(100, Mode::Soft, None);
        assert_eq!((tone, text.as_str()), (Tone::Warning, "Further ones are allowed and counted as overage."));
        let (_, text) = said(119, Mode::SoftCapped, Some(1_200));
        assert_eq!(text, "Further ones are allowed up to 1,200 and counted as overage.");
        let (tone, text) = said(120, Mode::SoftCapped, Some(120));
        assert!(tone == Tone::Danger && text.starts_with("Further ones are refused until "), "{text}");
        assert!(said(90, Mode::Soft, None).1.ends_with("After that they are counted as overage."));
    }

    #[test]
    fn the_last_one_is_one() {
        let text = |used| words(DISPATCHES, &quota(used, Some(500)), None).map(|notice| notice.text).expect("near");
        assert!(text(499).starts_with("1 is left until ") && text(498).starts_with("2 are left until "));
    }

    #[test]
    fn the_warning_of_the_limit_that_holds_is_dated() {
        let warning = |meter: &str, limit, at| Warning { meter: meter.to_owned(), percent: 80, limit, at };
        let warnings = [
            warning(DISPATCHES, 500, at("2026-11-02T00:00:00Z")),
            warning(DISPATCHES, 5_000, at("2026-11-03T00:00:00Z")),
            warning(API_CALLS, 500, at("2026-11-04T00:00:00Z")),
        ];
        let reached = |limit| reached_at(&warnings, DISPATCHES, &quota(400, Some(limit)));
        assert_eq!((reached(500), reached(100)), (Some(at("2026-11-02T00:00:00Z")), None));
        let notice = words(DISPATCHES, &quota(400, Some(500)), reached(500)).expect("near");
        assert!(notice.text.contains(" Warned on "), "{}", notice.text);
    }

    #[test]
    fn a_limit_of_ones_own_is_named_and_what_refuses_comes_first() {
        let own = most_pressing(&usage(quota(0, Some(500)), &[("images.rendered", 9, 10)])).expect("near");
        assert_eq!(own.title, "90 % of the units of images.rendered are used");
        assert_eq!((own.href.as_str(), own.way), ("/usage?meter=images.rendered", "See its use"));
        let both = usage(quota(400, Some(500)), &[("images.rendered", 3, 10), ("tokens", 10, 10)]);
        let first = most_pressing(&both).expect("near");
        let title = "All 10 units of tokens are used · 1 more limit is near";
        assert_eq!((first.tone, first.title.as_str()), (Tone::Danger, title));
        assert_eq!(most_pressing(&usage(quota(0, None), &[("forbidden", 0, 0)])), None);
    }

    #[test]
    fn there_is_room_for_whatever_is_said_of_a_limit() {
        let room = |usage: &UsageView| longest(usage).map(|text| text.chars().count());
        let long = "a.meter.of.many.parts.that.somebody.has.named.with.care";
        for used in [400, 499, 500, 9_999] {
            let usage = usage(quota(used, Some(500)), &[(long, used, 500)]);
            let said = most_pressing(&usage).map(|said| said.title.len() + said.text.len() + said.way.len());
            assert!(said <= room(&usage), "{said:?}");
        }
        assert_eq!(room(&usage(quota(9, None), &[])), None, "nothing is limited");
    }
}
