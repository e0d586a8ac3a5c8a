//! PostgreSQL's programs, wherever the system keeps them. Distributions put a server's programs
//! outside the path, so that several major versions can live side by side.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest major version that will do: `security_invoker` views came with it.
pub(super) const OLDEST: u32 = 15;

/// What to tell someone who has none.
pub(super) const HOW_TO_INSTALL: &str = "Install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; \
     macOS: brew install postgresql@17), or set DATABASE_URL to a server that runs elsewhere";

/// Folders whose children are named after a version and have `bin` inside: Debian, the PostgreSQL
/// project's own packages for Red Hat's family, Homebrew on either processor, Postgres.app.
const VERSIONED: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// The folder with `initdb`, `postgres` and `pg_ctl` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs(PathBuf);

impl Programs {
    /// Finds programs of just this major version or, without one, of any that will do: the one
    /// that `pg_config` names, then the newest of the versioned folders, then the path.
    pub(super) fn find(major: Option<u32>) -> Option<Self> {
        let will_do = |version: u32| major.map_or(version >= OLDEST, |major| version == major);
        candidates()
            .into_iter()
            .filter(|folder| ["initdb", "postgres", "pg_ctl"].iter().all(|name| folder.join(name).is_file()))
            .find(|folder| version_of(&folder.join("postgres")).is_some_and(will_do))
            .map(Self)
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.0.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.0.join("postgres")
    }

    pub(super) fn pg_ctl(&self) -> PathBuf {
        self.0.join("pg_ctl")
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    folders.extend(output_of(Command::new("pg_config").arg("--bindir")).map(|line| PathBuf::from(line.trim())));
    for (parent, prefix, bin) in VERSIONED {
        folders.extend(newest_first(Path::new(parent), prefix).into_iter().map(|folder| folder.join(bin)));
    }
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    folders
}

/// The children named `<prefix><number>`, the highest number first.
pub(super) fn newest_first(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(children) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = children
        .flatten()
        .filter_map(|child| {
            let version = child.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, child.path()))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, path)| path).collect()
}

fn version_of(postgres: &Path) -> Option<u32> {
    parse_version(&output_of(Command::new(postgres).arg("--version"))?)
}

/// The major version out of `postgres (PostgreSQL) 15.18 (Debian 15.18-1)`.
pub(super) fn parse_version(line: &str) -> Option<u32> {
    let version = line.split_once("(PostgreSQL)")?.1.trim_start();
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn output_of(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}
