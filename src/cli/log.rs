//! The log, on standard error: standard output is for what was asked.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::{Command, Given};

/// What is logged where `TENANTRY_LOG` says nothing.
const USUAL: &str = "info,sqlx=warn";

/// The same for a command that makes requests by the thousand: each of them is no news.
const OF_A_VERIFICATION: &str = "info,sqlx=warn,tenantry_http=error";

/// Starts the log. `TENANTRY_LOG` filters it by the rules of `tracing-subscriber`, such as `info` or `tenantry_http=debug`.
pub fn start(command: &Command, given: &Given) {
    let otherwise = if matches!(command, Command::Verify(_)) { OF_A_VERIFICATION } else { USUAL };
    let told = given.get("TENANTRY_LOG").and_then(|rules| EnvFilter::try_new(rules).ok());
    let filter = told.unwrap_or_else(|| EnvFilter::new(otherwise));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // A second start, in a test, keeps the first.
    let _ = subscriber.try_init();
}
