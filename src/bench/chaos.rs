//! Chaos for as long as one likes; the tests have the same for a few seconds.

use std::time::Duration;

use tenantry_testkit::chaos::{Chance, Chaos, Report, Stage};

/// Organizations of two workspaces each.
const ORGANIZATIONS: usize = 12;

/// Lets it loose.
pub async fn run(time: Duration) -> Report {
    let chaos = Chaos { seed: Chance::seed(), time, clients: 4, disturbed: true };
    chaos.run(Stage::set(chaos.seed, ORGANIZATIONS, |router| router).await).await
}
