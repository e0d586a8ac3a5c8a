//! The names in the data folder. Whoever wonders what a file there is for finds it here.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    error::{At, ClusterError},
    files,
};

/// How much of the log an error shows, in bytes.
const TAIL: u64 = 4096;
/// A log longer than this (bytes) is set aside before the next keeper starts.
const LONG_LOG: u64 = 8 * 1024 * 1024;

/// An existing data folder, by its absolute name.
#[derive(Debug, Clone)]
pub(super) struct DataFolder(PathBuf);

impl DataFolder {
    pub(super) fn create(path: &Path) -> Result<Self, ClusterError> {
        files::create_data_folder(path).map(Self).at("create", path)
    }

    pub(super) fn open(path: &Path) -> Result<Self, ClusterError> {
        path.canonicalize().map(Self).at("open", path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Held shared by everyone who uses the database; exclusive, it means that nobody does.
    pub(super) fn cluster_lock(&self) -> PathBuf {
        self.0.join("cluster.lock")
    }

    /// Held exclusive by the keeper for as long as it lives.
    pub(super) fn keeper_lock(&self) -> PathBuf {
        self.0.join("keeper.lock")
    }

    /// Where the running cluster is; absent while it is not ready.
    pub(super) fn record(&self) -> PathBuf {
        self.0.join("cluster.json")
    }

    /// The mark of one who left in order, so that the keeper need not wait to see whether it was a
    /// crash.
    pub(super) fn leaving(&self) -> PathBuf {
        self.0.join("cluster.leaving")
    }

    /// Leaves that mark; the lock must have been let go before.
    pub(super) fn mark_leaving(&self) -> Result<(), ClusterError> {
        let mark = self.leaving();
        files::open_private(&mark).map(drop).at("write", &mark)
    }

    /// That mark, while the keeper looks whether anyone else is there.
    pub(super) fn heard(&self) -> PathBuf {
        self.0.join("cluster.heard")
    }

    /// Takes that mark; says whether there was one.
    pub(super) fn take_mark(&self) -> Result<bool, ClusterError> {
        let mark = self.leaving();
        match fs::rename(&mark, self.heard()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).at("take", &mark),
        }
    }

    /// PostgreSQL's own folder, or a link to it.
    pub(super) fn postgres(&self) -> PathBuf {
        self.0.join("postgres")
    }

    /// What the keeper and PostgreSQL have to say.
    pub(super) fn log(&self) -> PathBuf {
        self.0.join("cluster.log")
    }

    /// Opens the log at its end, after setting a long one aside.
    pub(super) fn open_log(&self) -> Result<fs::File, ClusterError> {
        let path = self.log();
        if fs::metadata(&path).is_ok_and(|log| log.len() > LONG_LOG) {
            fs::rename(&path, self.0.join("cluster.log.old")).at("set aside", &path)?;
        }
        files::open_private(&path).at("open", &path)
    }

    /// The log's length in bytes.
    pub(super) fn log_length(&self) -> u64 {
        fs::metadata(self.log()).map_or(0, |log| log.len())
    }

    /// The last lines that were written to the log after it had the length `from` (bytes).
    pub(super) fn log_tail(&self, from: u64) -> String {
        read_from(&self.log(), from).unwrap_or_else(|error| format!("(not readable: {error})"))
    }
}

fn read_from(path: &Path, from: u64) -> io::Result<String> {
    use io::{Read, Seek};

    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    // A log that was set aside meanwhile is shorter than it was.
    let from = if from > length { 0 } else { from };
    file.seek(io::SeekFrom::Start(from.max(length.saturating_sub(TAIL))))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(String::from_utf8_lossy(&tail).trim_end().to_owned())
}
