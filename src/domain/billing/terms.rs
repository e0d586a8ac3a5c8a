//! What was agreed with an organization beside its plan, as the database tells it.

use serde::Deserialize;
use serde_json::Value;
use tenantry_kernel::quota::Terms;

#[derive(Deserialize)]
struct Told {
    time_zone: String,
    overrides: Vec<Value>,
}

/// Reads what `app.terms` says; nothing is the terms of everybody. Overrides are the guard's, or with a period of their own
/// those of what events count; one that only a newer version knows counts for nothing here.
pub(crate) fn terms(told: Option<&str>) -> Terms {
    let Some(told) = told.and_then(|text| serde_json::from_str::<Told>(text).ok()) else { return Terms::default() };
    let (of_events, guards) = told.overrides.into_iter().partition::<Vec<_>, _>(|own| !own["every"].is_null());
    Terms { time_zone: told.time_zone, overrides: known(guards), meters: known(of_events) }
}

fn known<T: serde::de::DeserializeOwned>(told: Vec<Value>) -> Vec<T> {
    told.into_iter().filter_map(|own| serde_json::from_value(own).ok()).collect()
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::quota::{Every, Meter, Mode};

    use super::*;

    #[test]
    fn what_the_database_says_is_read() {
        let told = r#"{"time_zone": "Europe/Berlin", "overrides": [
            {"meter": "api_calls", "limit": 10, "mode": "soft_capped", "cap": 20, "expires_at": "2026-11-22T04:00:00.5+00:00"},
            {"meter": "invented_later", "limit": 1, "mode": "hard", "cap": null, "expires_at": null, "every": null},
            {"meter": "images", "limit": 7, "mode": "hard", "cap": null, "expires_at": null, "every": "day"},
            {"meter": "images", "limit": 7, "mode": "hard", "cap": null, "expires_at": null, "every": "aeon"}]}"#;
        let terms = terms(Some(told));
        assert_eq!(terms.time_zone, "Europe/Berlin");
        let [own] = &terms.overrides[..] else { panic!("one is known: {terms:?}") };
        assert_eq!((own.meter, own.limit, own.mode, own.cap), (Meter::ApiCalls, Some(10), Mode::SoftCapped, Some(20)));
        assert_eq!(own.expires_at, "2026-11-22T04:00:00.5Z".parse().ok());
        let [own] = &terms.meters[..] else { panic!("one is known: {terms:?}") };
        assert_eq!((own.meter.as_str(), own.every, own.limit), ("images", Every::Day, Some(7)));
    }

    #[test]
    fn nothing_is_the_terms_of_everybody() {
        assert_eq!(terms(None), Terms::default());
    }
}
