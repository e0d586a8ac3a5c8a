//! What is said when a limit is near or reached: what follows, and the way out.

use leptos::prelude::*;
use tenantry_kernel::usage::Quota;

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
        let (dispatches, calls) = tenant.of_usage(|usage| (usage.dispatches.clone(), usage.api_calls.clone()));
        let plan = tenant.plan().name;
        words("dispatches of this period", &dispatches, &plan).or_else(|| words("API calls of today", &calls, &plan))
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

fn words(what: &str, quota: &Quota, plan: &str) -> Option<Notice> {
    let limit = quota.limit?;
    let anew = when::moment(quota.resets_at);
    let share = percent(quota.used, limit);
    if share == 100 {
        return Some(Notice {
            tone: Tone::Danger,
            title: format!("All {} {what} are used", grouped(limit)),
            text: format!("Further ones are refused until {anew}. A larger plan than {plan} counts at once."),
        });
    }
    (share >= NEAR).then(|| Notice {
        tone: Tone::Warning,
        title: format!("{share} % of the {what} are used"),
        text: format!("{} are left until {anew}. After that they are refused.", grouped(limit - quota.used)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(used: u64, limit: Option<u64>) -> Quota {
        Quota::new(used, limit, "2026-12-01T00:00:00Z".parse().expect("a moment"))
    }

    #[test]
    fn a_limit_is_spoken_of_from_four_fifths_on() {
        let tone = |used, limit| words("dispatches", &quota(used, limit), "Free").map(|notice| notice.tone);
        assert_eq!(tone(399, Some(500)), None);
        assert_eq!(tone(400, Some(500)), Some(Tone::Warning));
        assert_eq!(tone(500, Some(500)), Some(Tone::Danger));
        assert_eq!(tone(600, Some(500)), Some(Tone::Danger));
        assert_eq!(tone(u64::MAX, None), None);
    }
}
