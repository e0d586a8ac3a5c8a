//! Installing what is missing, where this user may; else saying how. Nothing here runs when nothing is missing.

pub mod browser_target;
pub mod chromium;
pub mod components;
pub mod mail;
pub mod node;
pub mod postgres;

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::report;

/// A look at a tool that should answer at once.
const QUICK: Duration = Duration::from_secs(10);

/// The first of `names` on the path.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file()))
}

/// Makes sure of programs that Debian packs under their own names.
pub fn programs(names: &[&str], why: &str) -> Result<()> {
    let missing: Vec<&str> = names.iter().copied().filter(|name| on_path(&[name]).is_none()).collect();
    if missing.is_empty() { Ok(()) } else { apt(&missing, why) }
}

/// Installs Debian packages, and says why.
pub fn apt(packages: &[&str], why: &str) -> Result<()> {
    let by_hand = format!("sudo apt-get install {}", packages.join(" "));
    if on_path(&["apt-get"]).is_none() {
        bail!("{why}. On Debian that is `{by_hand}`; here, please install the same by hand");
    }
    report::say(&format!("{why}: installing {}", packages.join(", ")));
    let install = |title: &str| {
        let mut command = as_root("apt-get").with_context(|| format!("{why}. Please run `{by_hand}`"))?;
        command.args(["install", "--yes", "--no-install-recommends"]).args(packages);
        process::run_silently(title, &mut command)
    };
    if install("apt-get install").is_ok() {
        return Ok(());
    }
    // The lists of packages may be too old, or there may be none yet.
    let mut update = as_root("apt-get")?;
    process::run_silently("apt-get update", update.arg("update"))?;
    install("apt-get install, again").with_context(|| format!("{why}. Please run `{by_hand}`"))
}

/// A command with root's rights, where this user has them without a password.
pub fn as_root(program: &str) -> Result<Command> {
    let root = rustix::process::geteuid().is_root();
    let mut command = Command::new(if root { "env" } else { "sudo" });
    if !root {
        if !process::succeeds(Command::new("sudo").args(["-n", "true"]), QUICK) {
            bail!("only root may install packages, and sudo asks for a password");
        }
        command.args(["-n", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", program]);
    Ok(command)
}
