//! What is said when a limit is near or reached: since when, what follows, and the way out.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use tenantry_kernel::{
    quota::{Meter, Mode, Warning},
    usage::Quota,
};

use crate::app::{
    context::use_tenant,
    ui::{Alert, Tone, grouped, percent},
    when,
};

/// From this share of a limit on people are warned, in percent.
const NEAR: u64 = 80;

/// The most pressing limit, if one is near.
#[component]
pub fn LimitNotice() -> impl IntoView {
    let tenant = use_tenant();
    // What is said changes seldom; the numbers behind it often.
    let notice = Memo::new(move |_| {
        let plan = tenant.plan().name;
        tenant.of_usage(|usage| {
            let since = |meter, quota| reached_at(&usage.warnings, meter, quota);
            let (month, day) = (&usage.dispatches, &usage.api_calls);
            words("dispatches of this period", month, since(Meter::Dispatches, month), &plan)
                .or_else(|| words("API calls of today", day, since(Meter::ApiCalls, day), &plan))
        })
    });
    move || {
        notice.get().map(|Notice { tone, title, text }| {
            view! {
                <Alert tone title>
                    <p>{text} " " <a href="/plans">"Compare plans"</a></p>
                </Alert>
            }
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Notice {
    tone: Tone,
    title: String,
    text: String,
}

/// When the limit that holds was last warned of.
fn reached_at(warnings: &[Warning], meter: Meter, quota: &Quota) -> Option<DateTime<Utc>> {
    let own = warnings.iter().filter(|warning| warning.meter == meter && Some(warning.limit) == quota.limit);
    own.map(|warning| warning.at).max()
}

fn words(what: &str, quota: &Quota, since: Option<DateTime<Utc>>, plan: &str) -> Option<Notice> {
    let limit = quota.limit?;
    let anew = when::moment(quota.resets_at);
    let since = since.map(|at| format!(" Warned on {}.", when::moment(at))).unwrap_or_default();
    let share = percent(quota.used, limit);
    if share == 100 {
        let most = quota.beyond.most(Some(limit));
        let is_refused = most.is_some_and(|most| quota.used >= most);
        let tone = if is_refused { Tone::Danger } else { Tone::Warning };
        let title = format!("All {} {what} are used", grouped(limit));
        let further = match (is_refused, most) {
            (true, _) => format!("Further ones are refused until {anew}. A larger plan than {plan} counts at once."),
            (false, Some(most)) => format!("Further ones are allowed up to {} and counted as overage.", grouped(most)),
            (false, None) => "Further ones are allowed and counted as overage.".to_owned(),
        };
        return Some(Notice { tone, title, text: format!("{further}{since}") });
    }
    let after = if quota.beyond.mode == Mode::Hard { "they are refused" } else { "they are counted as overage" };
    (share >= NEAR).then(|| Notice {
        tone: Tone::Warning,
        title: format!("{share} % of the {what} are used"),
        text: format!("{} are left until {anew}. After that {after}.{since}", grouped(limit - quota.used)),
    })
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::quota::Beyond;

    use super::*;

    fn quota(used: u64, limit: Option<u64>) -> Quota {
        Quota::new(used, limit, "2026-12-01T00:00:00Z".parse().expect("a moment"))
    }

    #[test]
    fn a_limit_is_spoken_of_from_four_fifths_on() {
        let tone = |used, limit| words("dispatches", &quota(used, limit), None, "Free").map(|notice| notice.tone);
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
            words("dispatches", &quota, None, "Pro").map(|notice| (notice.tone, notice.text)).expect("near")
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
    fn the_warning_of_the_limit_that_holds_is_dated() {
        let at = |text: &str| text.parse().expect("a moment");
        let warning = |meter, limit, at| Warning { meter, percent: 80, limit, at };
        let warnings = [
            warning(Meter::Dispatches, 500, at("2026-11-02T00:00:00Z")),
            warning(Meter::Dispatches, 5_000, at("2026-11-03T00:00:00Z")),
            warning(Meter::ApiCalls, 500, at("2026-11-04T00:00:00Z")),
        ];
        let reached = |limit| reached_at(&warnings, Meter::Dispatches, &quota(400, Some(limit)));
        assert_eq!((reached(500), reached(100)), (Some(at("2026-11-02T00:00:00Z")), None));
        let notice = words("dispatches", &quota(400, Some(500)), reached(500), "Free").expect("near");
        assert!(notice.text.contains(" Warned on "), "{}", notice.text);
    }
}
