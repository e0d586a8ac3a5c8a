//! What can go wrong with the embedded cluster, each with what to do about it: whoever reads this
//! has a server that does not start, and nothing else to look at.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why the embedded cluster could not be reached, started or kept.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A file or folder did not do what was asked of it.
    #[error("could not {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb: "read", "lock", …
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program could not be run.
    #[error("could not run {program}: {source}")]
    Program {
        /// Which one.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// No PostgreSQL of a version that will do is installed.
    #[error("no PostgreSQL {} or later was found. {}", super::programs::OLDEST, super::programs::HOW_TO_INSTALL)]
    ProgramsMissing,
    /// The data were made by a major version of PostgreSQL that is not installed.
    #[error("the data in {} were made by PostgreSQL {needed}, which is not installed here. Install that version beside the others", folder.display())]
    VersionMissing {
        /// The major version that made the data.
        needed: u32,
        /// Where the data are.
        folder: PathBuf,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else to run it.
    #[error(
        "PostgreSQL does not run as root, and this system has no unprivileged user for it. Make one: useradd --system tenantry"
    )]
    NoAccount,
    /// The folder of the data may not be entered by the user that PostgreSQL runs as.
    #[error("the user {user}, as whom PostgreSQL runs, may not enter {}", folder.display())]
    Closed {
        /// The user's name.
        user: String,
        /// The folder.
        folder: PathBuf,
    },
    /// The data were kept outside the data folder, and are not there any more.
    #[error("{} points at {}, which is gone; without it there is no data", link.display(), target.display())]
    Lost {
        /// The link in the data folder.
        link: PathBuf,
        /// Where it points.
        target: PathBuf,
    },
    /// Somebody else has a folder of the name that the socket was to have.
    #[error("{} exists and is not private to the user of the database", .0.display())]
    Occupied(PathBuf),
    /// A folder's name is not text, as PostgreSQL's settings demand.
    #[error("the name of {} is not valid UTF-8", .0.display())]
    NotText(PathBuf),
    /// `initdb` failed.
    #[error("initdb failed:\n{0}")]
    Initdb(String),
    /// PostgreSQL ended again and again before it was ready.
    #[error("PostgreSQL does not start in {}", .0.display())]
    DoesNotStart(PathBuf),
    /// The keeper ended before the database was ready.
    #[error("the database did not start. The end of {}:\n{tail}", log.display())]
    KeeperFailed {
        /// The keeper's log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The database was not ready in time.
    #[error("the database was not ready after {seconds} s{}. The end of {}:\n{tail}", reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default(), log.display())]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// What the last attempt to connect said, if there was one.
        reason: Option<String>,
        /// The keeper's log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// Nobody keeps the cluster, and it was not asked to be started.
    #[error("no database runs for {}", .0.display())]
    NotRunning(PathBuf),
    /// The cluster was made with another secret.
    #[error(
        "the database in {} does not know this installation's secret. Start with the TENANTRY_SECRET, or with the file `secret`, that it was made with", .0.display()
    )]
    WrongSecret(PathBuf),
    /// The roles or the database could not be prepared.
    #[error("the database could not be prepared: {0}")]
    Database(#[from] sqlx::Error),
}

/// Puts the file and the intention to an error of the file system.
pub(crate) trait At<T> {
    /// Says what was tried (a verb) and on what.
    fn at(self, action: &'static str, path: &Path) -> Result<T, ClusterError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, ClusterError> {
        self.map_err(|source| ClusterError::File { action, path: path.to_owned(), source })
    }
}
