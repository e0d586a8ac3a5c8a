//! `cargo xtask bench`: the measurements, optimised, on a throw-away database of their own.

use std::ffi::OsString;

use anyhow::Result;
use clap::Args;

use crate::build;
use crate::cargo::cargo;
use crate::cluster::Cluster;
use crate::install::postgres;
use crate::process;
use crate::report;
use crate::workspace::Workspace;

/// Arguments after `--` go to the measurements.
#[derive(Args)]
pub struct Arguments {
    /// For the measurements, after `--`
    #[arg(last = true, value_name = "ARGUMENTS")]
    bench: Vec<OsString>,
}

/// Runs the command.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    postgres::ensure()?;
    build::server(workspace)?;
    let mut compile = cargo(workspace);
    compile.args(["build", "--release", "--package", "tenantry-bench"]);
    report::step("measurements, optimised", || process::run(&mut compile))?;
    // Nothing else compiles or starts while figures are taken.
    let _cluster = Cluster::start(workspace)?;
    let mut measure = cargo(workspace);
    measure.args(["run", "--quiet", "--release", "--package", "tenantry-bench", "--"]).args(&arguments.bench);
    Cluster::tell(workspace, &mut measure);
    // It holds databases and is not measured, so the one that is there will do.
    measure.env("TENANTRY_BIN", workspace.target.join("debug/tenantry"));
    process::run(&mut measure)
}
