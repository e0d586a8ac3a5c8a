//! `cluster.json`: where the keeper's PostgreSQL is to be found, there for as long as it is ready.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    error::{At, ClusterError},
    files,
};

/// Where a running cluster is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// PostgreSQL's own folder.
    pub(super) postgres_folder: PathBuf,
    /// The folder of its socket.
    pub(super) socket_folder: PathBuf,
    /// Whether a power failure costs the data.
    #[serde(default)]
    pub(super) throwaway: bool,
}

impl Record {
    /// Reads the record; `None` while the cluster is not ready.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, ClusterError> {
        match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::from).at("understand", path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).at("read", path),
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), ClusterError> {
        let bytes = serde_json::to_vec_pretty(self).map_err(io::Error::from).at("write", path)?;
        files::write_private(path, &bytes).at("write", path)
    }
}
