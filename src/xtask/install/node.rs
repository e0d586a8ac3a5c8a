//! Node and the packages of the browser tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::digest;
use crate::install::{apt, on_path};
use crate::process;
use crate::workspace::Workspace;

/// The oldest Node that runs them: `engines` in `end2end/package.json`.
const OLDEST: u32 = 20;

/// Makes sure that a Node that will do is there.
pub fn ensure() -> Result<()> {
    if on_path(&["node"]).is_none() || on_path(&["npm"]).is_none() {
        apt(&["nodejs", "npm"], "the browser tests run on Node")?;
    }
    let said = process::output(Command::new("node").arg("--version"))?;
    // Whose Node is older has chosen it: another one beside it is theirs to install.
    if major(&said) < Some(OLDEST) {
        bail!("the browser tests need Node {OLDEST} or later, and `node` is {}", said.trim());
    }
    Ok(())
}

/// `v20.19.2` → 20.
fn major(said: &str) -> Option<u32> {
    said.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_node_says() {
        assert_eq!(major("v20.19.2\n"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("node"), None);
        assert!(major("node") < Some(OLDEST), "what cannot be read will not do");
    }
}
