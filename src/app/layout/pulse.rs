//! Keeping the numbers current while jobs run, without a reload. It asks only while something moves and somebody looks.

use std::time::Duration;

use leptos::prelude::*;

use crate::app::context::TenantContext;

/// How often a page that shows running jobs asks.
const EVERY: Duration = Duration::from_secs(2);

/// Starts asking, until the workspace is left.
pub fn start(tenant: TenantContext) {
    Effect::new(move |_| {
        let ask = move || {
            if tenant.is_moving() && !document().hidden() {
                tenant.beat();
            }
        };
        if let Ok(interval) = set_interval_with_handle(ask, EVERY) {
            on_cleanup(move || interval.clear());
        }
    });
}
