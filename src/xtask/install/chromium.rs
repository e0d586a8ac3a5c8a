//! A browser for the tests: Playwright's own where it is installed, else the system's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::install::{apt, node, on_path};
use crate::process;
use crate::report;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// How long a browser may take to start.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Which browser the tests drive.
pub enum Browser {
    /// The one that Playwright brought and finds by itself.
    Playwright,
    /// A program of the system.
    System(PathBuf),
}

impl Browser {
    /// Tells Playwright's configuration, which reads `TENANTRY_CHROMIUM`.
    pub fn tell(&self, command: &mut Command) {
        if let Self::System(program) = self {
            command.env("TENANTRY_CHROMIUM", program);
        }
    }
}

/// Makes sure that there is a browser; `folder` holds Playwright's package.
pub fn ensure(folder: &Path) -> Result<Browser> {
    if let Some(browser) = find(folder) {
        return Ok(browser);
    }
    // Ubuntu's package is a door to its own store, which containers cannot enter.
    if !system_is("ubuntu") {
        let why = "the browser tests need Chromium";
        match apt(&["chromium"], why) {
            Ok(()) => return find(folder).context("chromium is installed, and yet not found"),
            Err(error) => report::say(&format!("{error:#}; trying Playwright's own")),
        }
    }
    let mut command = Command::new(node::program(folder, "playwright"));
    command.args(["install", "--with-deps", "chromium"]).current_dir(folder);
    process::run_silently("playwright install chromium", &mut command)?;
    Ok(Browser::Playwright)
}

fn find(folder: &Path) -> Option<Browser> {
    if playwrights_own(folder) {
        return Some(Browser::Playwright);
    }
    on_path(&NAMES).map(Browser::System)
}

/// Whether Playwright has the browser that its own version starts, and can start it here.
fn playwrights_own(folder: &Path) -> bool {
    let start =
        "const { chromium } = require('@playwright/test'); chromium.launch().then((browser) => browser.close());";
    process::succeeds(Command::new("node").args(["-e", start]).current_dir(folder), START_LIMIT)
}

fn system_is(id: &str) -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line.strip_prefix("ID=").is_some_and(|named| named.trim_matches('"') == id))
}
