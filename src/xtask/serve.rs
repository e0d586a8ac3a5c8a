//! `cargo xtask serve`: from a fresh checkout to a running server with demo data. The server itself prints where it is and
//! how to sign in.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Result, anyhow};
use clap::Args;

use crate::build;
use crate::install::postgres;
use crate::site;
use crate::workspace::Workspace;

/// What the server is started with where nothing else is asked for.
const DEFAULTS: [(&str, &str); 2] = [("--listen", "127.0.0.1:3000"), ("--data-dir", "./tenantry-data")];

/// Arguments after `--` go to the server.
#[derive(Args)]
pub struct Arguments {
    /// For the server, after `--`: `cargo xtask serve -- --listen 127.0.0.1:4000`
    #[arg(last = true, value_name = "ARGUMENTS")]
    server: Vec<OsString>,
}

/// Runs the command. This process becomes the server, so every signal is the server's own.
pub fn run(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    if env::var_os("DATABASE_URL").is_none() {
        postgres::ensure()?;
    }
    build::server(workspace)?;
    site::run(workspace)?;
    let mut command = Command::new(workspace.server());
    command.args(["serve", "--dev", "--demo"]).current_dir(&workspace.root);
    for (flag, value) in DEFAULTS {
        if !gives(&arguments.server, flag) {
            command.args([flag, value]);
        }
    }
    let error = command.args(&arguments.server).exec();
    Err(anyhow!(error).context("the server does not start"))
}

/// Whether the arguments give `flag`, as `--flag value` or as `--flag=value`.
fn gives(arguments: &[OsString], flag: &str) -> bool {
    let with_value = format!("{flag}=");
    arguments
        .iter()
        .map(OsString::as_os_str)
        .any(|argument| argument == OsStr::new(flag) || argument.to_string_lossy().starts_with(&with_value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_flag_beats_the_default() {
        let given = ["--listen=0.0.0.0:80", "--data-dir", "x"].map(OsString::from);
        assert!(gives(&given, "--listen"));
        assert!(gives(&given, "--data-dir"));
        assert!(!gives(&given, "--data"));
    }
}
