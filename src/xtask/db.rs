//! `cargo xtask db`: a throw-away database in the foreground, so that tests can be run by hand; `db prepare` writes the
//! offline query data.

use std::os::unix::process::CommandExt;

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};

use crate::build;
use crate::check::queries;
use crate::cluster;
use crate::install::postgres;
use crate::report;
use crate::workspace::Workspace;

/// What to do with the database.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Write the offline data of all queries to .sqlx
    Prepare {
        /// Ask this migrated database instead of a throw-away one
        #[arg(long)]
        database_url: Option<String>,
    },
}

/// Runs the command.
pub fn run(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    match arguments.verb {
        Some(Verb::Prepare { database_url }) => queries::write(workspace, database_url.as_deref()),
        None => hold(workspace),
    }
}

/// Becomes the holder of the cluster: Ctrl-C, or the end of its input, stops it.
fn hold(workspace: &Workspace) -> Result<()> {
    postgres::ensure()?;
    build::server(workspace)?;
    cluster::forget_former_life(&workspace.test_data())?;
    report::say(&format!("in another shell: export TENANTRY_TEST_DATA={}", workspace.test_data().display()));
    let error = cluster::command(workspace, "run").arg("--throwaway").exec();
    Err(anyhow!(error).context("the database does not start"))
}
