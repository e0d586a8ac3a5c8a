//! `cargo xtask shots`: pictures of every page, for people to look at.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::build;
use crate::cluster::Cluster;
use crate::install::{chromium, node, postgres};
use crate::report::{say, step};
use crate::site;
use crate::test;
use crate::workspace::Workspace;

/// Where the pictures go.
#[derive(Args)]
pub struct Arguments {
    /// The folder for the pictures; by default one in cargo's target folder
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

/// Runs the command.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    postgres::ensure()?;
    node::ensure()?;
    chromium::ensure(&node::packages(workspace)?)?;
    build::server(workspace)?;
    site::run(workspace)?;
    let _cluster = Cluster::start(workspace)?;
    let folder = arguments.output.clone().unwrap_or_else(|| workspace.target.join("shots"));
    let folder = std::path::absolute(folder)?;
    step("pictures", || {
        test::playwright(workspace, |command| {
            command.args(["--config", "shots.config.ts"]).env("SHOTS_DIR", &folder);
        })
    })?;
    say(&format!("the pictures lie in {}", folder.display()));
    Ok(())
}
