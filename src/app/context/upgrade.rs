//! Which plan would grant what this one does not.

use leptos::{prelude::*, task::spawn_local};
use tenantry_kernel::{Permission, plan::Plan};

use super::tenant::use_tenant;
use crate::app::{
    billing::api::ListPlans,
    call::{self, Fields},
    ui::UpgradePrompt,
};

/// What a larger plan would have to grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A feature, by its name.
    Feature(String),
    /// More dispatches a month.
    Dispatches,
    /// More that run at once.
    Slots,
}

impl Need {
    /// The first plan on offer that grants it, where the own one does not.
    fn met_by<'a>(&self, own: &Plan, offers: &'a [Plan]) -> Option<&'a Plan> {
        // No limit is more than any.
        let more = |limit: Option<u64>, own: Option<u64>| own.is_some_and(|own| limit.is_none_or(|limit| limit > own));
        let (own, slots) = (&own.limits, |plan: &Plan| plan.limits.concurrent.map(u64::from));
        offers.iter().find(|plan| match self {
            Self::Feature(feature) => plan.has_feature(feature),
            Self::Dispatches => more(plan.limits.dispatches, own.dispatches),
            Self::Slots => more(slots(plan), own.concurrent.map(u64::from)),
        })
    }
}

/// The plan that would help, and the way there. Which one it is the page asks when it has to be said, and not before.
#[component]
pub fn Upgrade(
    /// What is missing.
    need: Need,
) -> impl IntoView {
    let tenant = use_tenant();
    // Nothing is known yet; or which plan it is; or that none on offer grants more.
    let answer = RwSignal::new(None::<Option<String>>);
    Effect::new(move |_| {
        let (need, own) = (need.clone(), tenant.plan());
        spawn_local(async move {
            // Without the list the way there is still right, and a prompt that has gone needs no name.
            if let Ok(offers) = call::call::<ListPlans>(Fields::new()).await {
                let _gone = answer.try_set(Some(need.met_by(&own, &offers).map(|plan| plan.name.clone())));
            }
        });
    });
    let own = Signal::derive(move || tenant.can(Permission::BillingManage));
    move || {
        let plan = answer.get();
        (plan != Some(None)).then(|| view! { <UpgradePrompt plan=plan.flatten() href="/plans" own/> })
    }
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::{money::Money, plan::Limits};

    use super::*;

    fn plan(name: &str, dispatches: Option<u64>, concurrent: u32, features: &[&str]) -> Plan {
        Plan {
            id: name.to_lowercase(),
            name: name.into(),
            version: 1,
            price_monthly: Money { amount: 0, currency: "USD".into() },
            limits: Limits { dispatches, concurrent: Some(concurrent), ..Limits::default() },
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        }
    }

    #[test]
    fn the_first_plan_that_grants_it_is_named() {
        let offers = [
            plan("Free", Some(500), 1, &["basic"]),
            plan("Pro", Some(5_000), 5, &["basic", "listing-auto"]),
            plan("Empire", None, 20, &["*"]),
        ];
        let name = |need: Need, own: usize| need.met_by(&offers[own], &offers).map(|plan| plan.name.as_str());
        assert_eq!(name(Need::Feature("listing-auto".into()), 0), Some("Pro"));
        assert_eq!(name(Need::Feature("later".into()), 0), Some("Empire"));
        assert_eq!((name(Need::Dispatches, 0), name(Need::Slots, 0)), (Some("Pro"), Some("Pro")));
        assert_eq!((name(Need::Dispatches, 1), name(Need::Dispatches, 2)), (Some("Empire"), None));
        assert_eq!(name(Need::Slots, 2), None);
    }
}
