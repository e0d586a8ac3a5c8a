//! `cargo xtask check`: what a reviewer should not have to look for. The quick checks come first.

mod generated;
mod links;
mod paths;
pub mod queries;

use anyhow::{Result, bail};
use clap::Args;

use crate::cargo::cargo;
use crate::process;
use crate::report::{say, step};
use crate::site::manifest::Manifest;
use crate::size;
use crate::workspace::Workspace;

/// Whether to put right what can be.
#[derive(Args, Default)]
pub struct Arguments {
    /// Format, and write the generated files, instead of complaining
    #[arg(long)]
    fix: bool,
}

/// Runs the command.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    step("format", || format(workspace, arguments.fix))?;
    step("links and paths", || nothing(links::broken(&workspace.root)?, paths::foreign(&workspace.root)?))?;
    if arguments.fix {
        step("generated files", || generated::write(workspace))?;
    }
    step("lints", || lint(workspace))?;
    step("generated files are fresh", || generated::check(workspace))?;
    // Whoever has built the site is told here; the tests build it and are told in any case.
    if Manifest::read(&workspace.site()).is_some() { step("size", || size::weigh(workspace)) } else { Ok(()) }
}

fn format(workspace: &Workspace, fix: bool) -> Result<()> {
    let mut command = cargo(workspace);
    command.args(["fmt", "--all"]);
    if !fix {
        command.arg("--check");
    }
    process::run(&mut command)
}

/// The server's features, which are the default; all features at once would mix server and browser.
fn lint(workspace: &Workspace) -> Result<()> {
    process::run(cargo(workspace).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn nothing(broken: Vec<String>, foreign: Vec<String>) -> Result<()> {
    let complaints = [broken, foreign].concat();
    complaints.iter().for_each(|complaint| say(complaint));
    if !complaints.is_empty() {
        bail!("{} complaints about the text of the tree", complaints.len());
    }
    Ok(())
}
