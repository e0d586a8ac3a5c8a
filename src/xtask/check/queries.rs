//! The offline data of the queries: what lets the workspace compile without a database. Made by compiling the domain
//! against a migrated one.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::build;
use crate::cargo::cargo;
use crate::check::generated::{self, Generated};
use crate::cluster::Cluster;
use crate::digest::Digest;
use crate::install::{on_path, postgres};
use crate::process::Running;
use crate::report::{say, silent_step};
use crate::tree;
use crate::workspace::Workspace;

/// The queries' entry in the list of generated files.
pub const GENERATED: Generated = Generated {
    what: "the queries' offline data",
    folder: ".sqlx",
    command: "cargo xtask db prepare",
    known_fresh,
    remember,
    make,
};

/// Writes the data, asking the given migrated database or, without one, a throw-away database.
pub fn write(workspace: &Workspace, database_url: Option<&str>) -> Result<()> {
    let Some(url) = database_url else { return generated::write_one(workspace, &GENERATED) };
    let folder = generated::empty_folder(workspace, &GENERATED)?;
    ask(workspace, url, &folder)?;
    generated::put(workspace, &GENERATED, &folder)
}

fn make(workspace: &Workspace, folder: &Path) -> Result<()> {
    postgres::ensure()?;
    let mut migrations = None;
    if let Err(error) = build::server(workspace) {
        // Stale data can be the very reason. The last server that did compile runs a database all the same, and is told
        // where today's migrations are.
        workspace.server().metadata().map_err(|_| error)?;
        say("the last server that did compile runs the database");
        migrations = Some(workspace.root.join("migrations"));
    }
    let cluster = Cluster::start(workspace)?;
    let url = cluster.migrated_database(workspace, migrations.as_deref())?;
    ask(workspace, &url, folder)
}

/// Compiles the domain against the database, where each query leaves its data in `folder`.
fn ask(workspace: &Workspace, database_url: &str, folder: &Path) -> Result<()> {
    let mut command = cargo(workspace);
    // The smallest program above the domain, as the workspace builds it: so the dependencies are those that the lints have
    // left. Behind a wrapper, cargo keeps the results of workspace crates apart; `env` changes nothing but that.
    command
        .args(["check", "--quiet", "--workspace", "--bin", "tenantry-bench"])
        .args(["--message-format", "json-render-diagnostics"])
        .env("RUSTC_WORKSPACE_WRAPPER", on_path(&["env"]).context("there is no program called env")?)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", folder)
        .env("DATABASE_URL", database_url)
        .env("CARGO_INCREMENTAL", "0");
    let results = silent_step("queries against a database", || until_domain(&mut command))?;
    // Without its result the compilation is never fresh, so the next one asks every query again.
    for file in results {
        fs::remove_file(&file).with_context(|| format!("{} cannot be removed", file.display()))?;
    }
    Ok(())
}

/// Runs cargo until the domain is compiled, and returns what that left. What comes after the domain is not needed.
fn until_domain(command: &mut Command) -> Result<Vec<PathBuf>> {
    let mut cargo = Running::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let stdout = cargo.child().stdout.take().context("cargo's messages are not to be had")?;
    let mut messages = BufReader::new(stdout).lines().map_while(Result::ok);
    let results = messages.find_map(|message| domains_results(&message));
    cargo.stop()?;
    results.context("the domain does not compile against a database")
}

/// The files that compiling the domain left, where this message of cargo's says so.
fn domains_results(message: &str) -> Option<Vec<PathBuf>> {
    let message: Value = serde_json::from_str(message).ok()?;
    let meant = message["reason"] == "compiler-artifact" && message["target"]["name"] == "tenantry_domain";
    let files = message["filenames"].as_array().filter(|_| meant)?;
    Some(files.iter().filter_map(|file| file.as_str().map(PathBuf::from)).collect())
}

fn known_fresh(workspace: &Workspace) -> Result<bool> {
    let known = fs::read_to_string(stamp_file(workspace)).unwrap_or_default();
    Ok(known == sources(workspace)?)
}

fn remember(workspace: &Workspace) -> Result<()> {
    fs::write(stamp_file(workspace), sources(workspace)?).context("the queries' stamp cannot be written")
}

fn stamp_file(workspace: &Workspace) -> PathBuf {
    workspace.target.join("queries.stamp")
}

/// A digest of all that the data depends on, and of the data.
fn sources(workspace: &Workspace) -> Result<String> {
    let mut digest = Digest::default();
    for folder in ["src/domain", "migrations", ".sqlx"] {
        for (path, content) in tree::read(&workspace.root.join(folder))? {
            digest.add(&format!("{folder}/{path}"), &content);
        }
    }
    digest.add("Cargo.lock", &fs::read(workspace.root.join("Cargo.lock"))?);
    Ok(digest.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domains_results_are_found_among_cargos_messages() {
        let other = r#"{"reason":"compiler-artifact","target":{"name":"serde"},"filenames":["/t/libserde.rmeta"]}"#;
        let domain =
            r#"{"reason":"compiler-artifact","target":{"name":"tenantry_domain"},"filenames":["/t/libx.rmeta"]}"#;
        assert_eq!(domains_results(other), None);
        assert_eq!(domains_results(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(domains_results(domain), Some(vec![PathBuf::from("/t/libx.rmeta")]));
    }
}
