//! PostgreSQL's programs: the server runs a cluster of its own with them, so no database needs to be set up.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::install::{apt, as_root};
use crate::process;

/// The first major version that the server works with.
const OLDEST: u32 = 15;
/// Folders with one entry a version, and what the entry's name begins with: Debian, Red Hat's family, Homebrew.
const VERSIONED: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
];
/// Debian's package makes and starts a cluster of its own, unless a file here says no.
const SETTINGS: &str = "/etc/postgresql-common/createcluster.d";

/// Makes sure that PostgreSQL's programs are there.
pub fn ensure() -> Result<()> {
    if find().is_some() {
        return Ok(());
    }
    // Taken back afterwards: the machine's own habits are not ours to change.
    let no_cluster = format!("{SETTINGS}/tenantry.conf");
    let prepare = format!("mkdir -p {SETTINGS} && echo 'create_main_cluster = false' > {no_cluster}");
    if let Ok(mut command) = as_root("sh") {
        process::run(command.args(["-c", &prepare]))?;
    }
    let installed = apt(&["postgresql"], "the server keeps its data in a PostgreSQL of its own");
    if let Ok(mut command) = as_root("rm") {
        process::run(command.args(["-f", &no_cluster]))?;
    }
    installed?;
    if find().is_none() {
        bail!("PostgreSQL {OLDEST} or later is needed, and what could be installed is older");
    }
    Ok(())
}

/// The folder of PostgreSQL's programs, in a version that will do.
fn find() -> Option<PathBuf> {
    let mut config = Command::new("pg_config");
    let configured = process::output(config.arg("--bindir").stderr(Stdio::null())).ok();
    let path = env::var_os("PATH").unwrap_or_default();
    let versioned = VERSIONED.iter().flat_map(|(folder, prefix)| versions(Path::new(folder), prefix));
    let folders = versioned.chain(configured.map(|folder| PathBuf::from(folder.trim()))).chain(env::split_paths(&path));
    folders.into_iter().find(|folder| will_do(folder))
}

fn versions(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let meant = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    meant.map(|entry| entry.path().join("bin")).collect()
}

fn will_do(folder: &Path) -> bool {
    let (server, maker) = (folder.join("postgres"), folder.join("initdb"));
    maker.is_file()
        && server.is_file()
        && process::output(Command::new(server).arg("--version")).is_ok_and(|said| major(&said) >= Some(OLDEST))
}

/// `postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)` → 15.
fn major(said: &str) -> Option<u32> {
    said.split_whitespace().nth(2)?.split(['.', 'b', 'd', 'r']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(major("postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("postgres"), None);
    }
}
