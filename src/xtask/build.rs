//! `cargo xtask build`: the one file that is deployed. Also the server as the other commands use it.

use anyhow::{Context, Result};

use crate::cargo::cargo;
use crate::process;
use crate::report;
use crate::site;
use crate::workspace::Workspace;

/// Builds the site and then the server with the site inside.
pub fn run(workspace: &Workspace) -> Result<()> {
    site::run(workspace)?;
    let mut command = cargo(workspace);
    command.args(["build", "--release", "--package", "tenantry", "--features", "embed-site"]);
    // `src/http/site` includes the list of files that the site's build leaves beside it.
    command.env("TENANTRY_SITE", workspace.target.join("site.rs"));
    report::step("server, optimised, with the site inside", || process::run(&mut command))?;
    let file = workspace.target.join("release/tenantry");
    let size = file.metadata().with_context(|| format!("{} cannot be read", file.display()))?.len();
    report::say(&format!("{} ({} MB)", file.display(), size / 1_000_000));
    Ok(())
}

/// Builds the server for development, with the features that the whole workspace gives its dependencies: what `cargo test`
/// compiles afterwards is then the same.
pub fn server(workspace: &Workspace) -> Result<()> {
    let mut command = cargo(workspace);
    command.args(["build", "--workspace", "--bin", "tenantry"]);
    report::step("server", || process::run(&mut command)).context("the server does not compile")
}
