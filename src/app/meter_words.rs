//! What is counted, in words that follow a number.

use tenantry_kernel::usage::{API_CALLS, DISPATCHES};

/// Units of a meter whose limit starts anew.
pub fn units(meter: &str) -> String {
    match meter {
        DISPATCHES => "dispatches of this period".to_owned(),
        API_CALLS => "API calls of today".to_owned(),
        other => format!("units of {other}"),
    }
}
