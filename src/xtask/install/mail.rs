//! A mail server for the tests, as Python's packages have one: a real peer that can also be asked to misbehave.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::install::{apt, on_path};
use crate::process;
use crate::workspace::Workspace;

/// The package, in the version that the tests were written against.
const PACKAGE: &str = "aiosmtpd==1.4.6";

/// Makes sure that the server is there: in an environment of its own below the target folder, where the tests look for it.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target.join("tools/mail");
    let stamp = folder.join(".package");
    if fs::read_to_string(&stamp).is_ok_and(|known| known == PACKAGE) {
        return Ok(());
    }
    environment(&folder)?;
    let mut command = Command::new(folder.join("bin/python3"));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]);
    process::run_silently("pip install aiosmtpd", &mut command)?;
    fs::write(&stamp, PACKAGE).context("the stamp of the mail server cannot be written")
}

/// Debian packs Python without the part that makes environments.
fn environment(folder: &Path) -> Result<()> {
    let make = || {
        let mut command = Command::new("python3");
        command.args(["-m", "venv", "--clear"]).arg(folder);
        process::run_silently("python3 -m venv", &mut command)
    };
    if on_path(&["python3"]).is_some() && make().is_ok() {
        return Ok(());
    }
    apt(&["python3", "python3-venv"], "the tests of mail need a mail server, which runs on Python")?;
    make()
}
