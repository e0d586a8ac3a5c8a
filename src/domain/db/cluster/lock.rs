//! Locks that vanish with their holder, however it ends: that is what makes the cluster survive
//! every `kill -9` without a stray process. Two of them, on files in the data folder:
//!
//! * `cluster.lock`: shared by all who use the database. The keeper takes it exclusive for an
//!   instant to see whether anyone is left, and keeps it while it stops the database, so that a
//!   newcomer waits for the end instead of meeting a dying server.
//! * `keeper.lock`: exclusive, the keeper's own. Others only try whether it is free.

use std::{
    fs::{File, TryLockError},
    path::Path,
    time::Duration,
};

use super::{
    error::{At, ClusterError},
    files,
};

/// A waiting newcomer looks this often whether the lock is free.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock that is held until this is dropped, or its process ends.
#[derive(Debug)]
pub(super) struct Held(File);

impl Held {
    /// The file that is locked.
    pub(super) fn file(&self) -> &File {
        &self.0
    }
}

/// Takes a shared lock, waiting for as long as somebody has it exclusive.
pub(super) async fn share(path: &Path) -> Result<Held, ClusterError> {
    let file = files::open_private(path).at("open", path)?;
    loop {
        match file.try_lock_shared() {
            Ok(()) => return Ok(Held(file)),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(error).at("lock", path),
        }
    }
}

/// Takes the lock alone, if nobody has it.
pub(super) fn try_alone(path: &Path) -> Result<Option<Held>, ClusterError> {
    let file = files::open_private(path).at("open", path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Held(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).at("lock", path),
    }
}

/// Whether nobody has the lock alone. The answer is of the moment.
pub(super) fn is_free(path: &Path) -> Result<bool, ClusterError> {
    let file = files::open_private(path).at("open", path)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error).at("lock", path),
    }
}
