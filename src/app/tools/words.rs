//! What is told of a tool.

use leptos::prelude::*;
use tenantry_kernel::Permission;

use super::api::ToolRow;
use crate::app::{context::use_tenant, shown_once::Words, signing};

/// A signing secret, shown once.
pub const SHOWN: Words = signing::shown("A receiver in Node that checks the signature", "Copy the receiver");

/// Why the reader may not change tools. Reactive.
pub fn refusal() -> Signal<Option<String>> {
    let tenant = use_tenant();
    Signal::derive(move || tenant.lacks(Permission::ToolManage, "Managing tools"))
}

/// What the plan lacks for the tool: `needs Pro`. Reactive.
pub fn needs(tool: &ToolRow) -> Option<String> {
    let tenant = use_tenant();
    let feature = tool.feature.as_deref().filter(|feature| !tenant.has_feature(feature))?;
    Some(format!("needs {}", tool.plan.as_deref().unwrap_or(feature)))
}

/// Where its jobs go.
pub fn place(tool: &ToolRow) -> String {
    tool.url.clone().unwrap_or_else(|| "Runs inside Tenantry".to_owned())
}

/// How long it may take, and what it asks of the plan.
pub fn terms(tool: &ToolRow) -> String {
    let feature = tool.feature.as_ref().map_or_else(|| "every plan".to_owned(), |feature| format!("feature {feature}"));
    format!("Answers within {} · {feature} · created {}", seconds(tool.timeout_seconds), tool.made)
}

/// Seconds in the unit that suits them.
pub fn seconds(seconds: i32) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        _ if seconds >= 3_600 && seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        _ if seconds >= 120 && seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_time_out_has_the_unit_that_suits_it() {
        let said = [1, 60, 90, 120, 3_600, 86_400].map(seconds);
        assert_eq!(said, ["1 second", "60 seconds", "90 seconds", "2 minutes", "1 h", "24 h"]);
    }
}
