//! The project's own commands, `cargo xtask …`: one file a command. They install what is missing, say what they do and
//! how long it takes, and are quick the second time.

mod bench;
mod build;
mod cargo;
mod check;
mod cluster;
mod db;
mod digest;
mod install;
mod process;
mod report;
mod serve;
mod shots;
mod site;
mod size;
mod test;
mod tree;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Tenantry's own commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the server and the site, and start them with demo data
    Serve(serve::Arguments),
    /// Check, build and test everything, the browser included
    Test(test::Arguments),
    /// Build the site: the browser's module, styles and public files
    Site,
    /// Print what a first visit fetches, and what fills it
    Size,
    /// Take a picture of every page, on a phone and on a desk, light and dark
    Shots(shots::Arguments),
    /// Make the one file that is deployed: the server with the site inside
    Build,
    /// Formatting, lints, links, and whether generated files are fresh
    Check(check::Arguments),
    /// Measure, and print each figure beside its target
    Bench(bench::Arguments),
    /// Run a throw-away database for tests, or write the offline query data
    Db(db::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error);
            process::exit_code()
        }
    }
}

fn run(command: Command) -> Result<()> {
    process::forward_signals()?;
    let workspace = Workspace::find()?;
    match command {
        Command::Serve(arguments) => serve::run(&workspace, arguments),
        Command::Test(arguments) => test::run(&workspace, &arguments),
        Command::Site => site::run(&workspace).map(drop),
        Command::Size => site::run(&workspace).and_then(|_| size::run(&workspace)),
        Command::Shots(arguments) => shots::run(&workspace, &arguments),
        Command::Build => build::run(&workspace),
        Command::Check(arguments) => check::run(&workspace, &arguments),
        Command::Bench(arguments) => bench::run(&workspace, &arguments),
        Command::Db(arguments) => db::run(&workspace, arguments),
    }
}
