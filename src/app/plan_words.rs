//! Plans in words, for the pages that show them side by side.

use tenantry_kernel::plan::Plan;

use super::ui::{bytes, grouped};

/// A limit as text; `None` is unlimited.
pub fn limit(limit: Option<u64>) -> String {
    limit.map_or_else(|| "Unlimited".to_owned(), grouped)
}

/// What a plan grants, as names and amounts.
pub fn grants(plan: &Plan) -> [(&'static str, String); 4] {
    let limits = &plan.limits;
    [
        ("Dispatches a month", limit(limits.dispatches)),
        ("Running at once", limit(limits.concurrent.map(u64::from))),
        ("API calls a day", limit(limits.api_calls)),
        ("File storage", limits.storage_bytes.map_or_else(|| "Unlimited".to_owned(), bytes)),
    ]
}

/// The features in a sentence.
pub fn features(plan: &Plan) -> String {
    if plan.features.iter().any(|feature| feature == "*") {
        return "Every feature, also later ones".to_owned();
    }
    plan.features.join(", ")
}

/// What a month costs, without the words around it.
pub fn price(plan: &Plan) -> String {
    plan.price_monthly.to_string()
}

/// What a plan is called where only its id is known.
pub fn name_of(id: &str) -> String {
    let mut letters = id.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::{money::Money, plan::Limits};

    use super::*;

    #[test]
    fn unlimited_is_said_in_a_word() {
        let plan = Plan {
            id: "pro".into(),
            name: "Pro".into(),
            version: 1,
            price_monthly: Money { amount: 2900, currency: "USD".into() },
            limits: Limits { dispatches: Some(5_000), ..Limits::default() },
            features: vec!["basic".into(), "listing-auto".into()],
        };
        let grants = grants(&plan);
        assert_eq!(grants[0].1, "5,000");
        assert_eq!(grants[1].1, "Unlimited");
        assert_eq!(features(&plan), "basic, listing-auto");
        assert_eq!(price(&plan), "29 USD");
        assert_eq!(name_of("pro"), "Pro");
    }
}
