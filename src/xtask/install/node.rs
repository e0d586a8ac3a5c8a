//! Node and the packages of the browser tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::digest;
use crate::install::{apt, on_path};
use crate::process;
use crate::workspace::Workspace;

/// Makes sure that Node is there.
pub fn ensure() -> Result<()> {
    if on_path(&["node"]).is_some() && on_path(&["npm"]).is_some() {
        return Ok(());
    }
    apt(&["nodejs", "npm"], "the browser tests run on Node")
}

/// Installs the packages that the lock file of `end2end` names, where it has changed since, and returns that folder.
pub fn packages(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.root.join("end2end");
    let lock = fs::read(folder.join("package-lock.json")).context("end2end/package-lock.json cannot be read")?;
    let stamp = folder.join("node_modules/.lock-digest");
    let digits = digest::digits(&lock);
    if fs::read_to_string(&stamp).is_ok_and(|known| known == digits) {
        return Ok(folder);
    }
    let mut command = Command::new("npm");
    command.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
    // Which browser there is, is another question.
    command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run_silently("npm ci in end2end", &mut command)?;
    fs::write(&stamp, digits).context("the packages' stamp cannot be written")?;
    Ok(folder)
}

/// A program that the packages brought.
pub fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join("node_modules/.bin").join(name)
}
