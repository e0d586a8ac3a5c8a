//! `cargo xtask test`: everything, in the order in which a mistake shows soonest, ending at the first failure.

use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::cargo::cargo;
use crate::check;
use crate::cluster::Cluster;
use crate::install::{self, browser_target, chromium, components, mail, node, postgres};
use crate::process;
use crate::report::step;
use crate::site;
use crate::size;
use crate::workspace::Workspace;

/// Which tests.
#[derive(Args)]
pub struct Arguments {
    /// Only this part; may be given several times
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

/// A part that can be run alone.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting, lints, links, generated files
    Check,
    /// `cargo test`
    Rust,
    /// The journeys in a browser
    Browser,
}

impl Arguments {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// Runs the command.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    step("tools", || tools(workspace, arguments))?;
    if arguments.wants(Part::Check) {
        step("check", || check::run(workspace, &check::Arguments::default()))?;
    }
    if !arguments.wants(Part::Rust) && !arguments.wants(Part::Browser) {
        return Ok(());
    }
    if arguments.wants(Part::Browser) {
        step("types of the browser tests", || types(workspace))?;
    }
    step("build", || build(workspace))?;
    let _cluster = Cluster::start(workspace)?;
    if arguments.wants(Part::Rust) {
        step("cargo test", || rust(workspace))?;
    }
    if arguments.wants(Part::Browser) {
        step("site", || site::run(workspace))?;
        step("size", || size::weigh(workspace))?;
        step("browser tests", || playwright(workspace, |_| {}))?;
    }
    Ok(())
}

/// What is missing is installed before anything long begins.
fn tools(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    postgres::ensure()?;
    if arguments.wants(Part::Check) {
        components::ensure(workspace)?;
    }
    if arguments.wants(Part::Rust) {
        mail::ensure(workspace)?;
    }
    if arguments.wants(Part::Browser) {
        browser_target::ensure(workspace)?;
        install::programs(&["curl", "openssl"], "the commands that pages show are tried in a shell")?;
        node::ensure()?;
        chromium::ensure(&node::packages(workspace)?)?;
    }
    Ok(())
}

/// The server and the test programs in one call: cargo then chooses the same features for both and compiles nothing twice.
fn build(workspace: &Workspace) -> Result<()> {
    process::run(cargo(workspace).args(["build", "--workspace", "--bins", "--tests"]))
}

/// Plain `cargo test`: programs read its closing lines.
fn rust(workspace: &Workspace) -> Result<()> {
    let mut command = cargo(workspace);
    // One that fails hides none of the others.
    command.args(["test", "--workspace", "--no-fail-fast"]);
    Cluster::tell(workspace, &mut command);
    process::run(&mut command)
}

/// Playwright runs what `tsc` refuses, so it is asked first.
fn types(workspace: &Workspace) -> Result<()> {
    let folder = node::packages(workspace)?;
    process::run(Command::new(node::program(&folder, "tsc")).arg("--noEmit").current_dir(&folder))
}

/// Runs Playwright over a server and a cluster that are there, told what else it needs.
pub fn playwright(workspace: &Workspace, tell: impl FnOnce(&mut Command)) -> Result<()> {
    let folder = node::packages(workspace)?;
    let mut command = Command::new(node::program(&folder, "playwright"));
    command.arg("test").current_dir(&folder).env("TENANTRY_BIN", workspace.server()).env_remove("DATABASE_URL");
    tell(&mut command);
    chromium::ensure(&folder)?.tell(&mut command);
    Cluster::tell(workspace, &mut command);
    process::run(&mut command)
}
