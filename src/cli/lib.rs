//! The command line: one file a noun, over the same domain verbs as every other door.

pub mod billing;
pub mod config;
pub mod confirm;
pub mod db;
pub mod endpoint;
pub mod explain;
pub mod installation;
pub mod job;
pub mod log;
pub mod mail;
pub mod operate;
pub mod org;
pub mod output;
pub mod quota;
pub mod serve;
pub mod signing_key;
pub mod tool;
pub mod usage;
pub mod user;
pub mod verify;
pub mod webhook;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use config::Given;
pub use installation::{Installation, InstallationError};
pub use serve::ServeArgs;

/// Turns an application into a multi-tenant SaaS.
#[derive(Debug, Parser)]
#[command(name = "tenantry", version, propagate_version = true)]
pub struct Cli {
    /// The installation's folder: its database, its secret and what its server was started with.
    #[arg(long, global = true, env = "TENANTRY_DATA_DIR", default_value = "./tenantry-data", value_name = "DIR")]
    pub data_dir: PathBuf,
    /// Print JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// A file of settings (TOML) by their names, such as TENANTRY_PUBLIC_URL = "https://…". Flags and the environment beat it.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Settings that are given outside of the line.
    #[arg(skip)]
    pub given: Given,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server: web interface, API and worker.
    Serve(ServeArgs),
    /// The embedded database by itself.
    #[command(subcommand)]
    Db(db::DbCommand),
    /// Prove on a scratch database that no tenant reaches another.
    #[command(subcommand)]
    Verify(verify::VerifyCommand),
    /// What the platform operator asks of one organization or person.
    #[command(flatten)]
    Operate(operate::OperateCommand),
}

/// How a command ended, for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Done,
    /// 1
    Failed,
    /// 2
    Misused,
    /// 3
    NotFound,
    /// 4
    Refused,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::from(0),
            Exit::Failed => Self::from(1),
            Exit::Misused => Self::from(2),
            Exit::NotFound => Self::from(3),
            Exit::Refused => Self::from(4),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Every noun, and what it can reach. None takes a caller's word for who they are: whoever may read the folder and its
    /// secret runs the installation.
    const REACHES: &[(&str, &str)] = &[
        ("serve", "the installation, through the guards of its doors"),
        ("db", "the cluster, no tenant's rows"),
        ("verify", "a scratch database of its own"),
        ("quota", "the one organization that it names, as the platform operator"),
        ("org", "the one organization that it names, as the platform operator"),
        ("billing", "the one organization that it names, as the platform operator"),
        ("user", "the one person that it names, as the platform operator"),
        ("signing-key", "what access tokens are signed with, as the platform operator"),
        ("mail", "what was posted to people, as the platform operator"),
        ("endpoint", "the one tenant that it names, as the platform operator"),
        ("tool", "the one tenant that it names, as the platform operator"),
        ("job", "the one tenant that it names, as the platform operator"),
        ("usage", "the one organization that it names, as the platform operator"),
        ("webhook", "the one tenant that it names, as the platform operator"),
        ("explain", "the one organization that it names, as the platform operator"),
    ];

    #[test]
    fn every_noun_says_what_it_can_reach() {
        let line = Cli::command();
        let nouns: Vec<&str> = line.get_subcommands().map(clap::Command::get_name).collect();
        for noun in &nouns {
            let known = REACHES.iter().any(|(known, _)| known == noun);
            assert!(known, "tenantry {noun} is a new door: say here what it can reach, and test it with another's ids");
        }
        assert_eq!(nouns.len(), REACHES.len(), "a noun is listed that is none");
    }
}
