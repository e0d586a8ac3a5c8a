//! What PostgreSQL says of itself in `postmaster.pid`, which lies in its folder from its start to
//! its end. The format is the one that `pg_ctl` reads: a line each for process, folder, start,
//! port, folder of the socket, address, shared memory and state.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, test_kill_process};

use super::{
    error::{At, ClusterError},
    files,
};

/// How far a PostgreSQL is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It starts, or recovers from a crash.
    Starting,
    /// It takes connections.
    Ready,
    /// It ends.
    Stopping,
}

/// A PostgreSQL that runs, or ran until it was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) process: Pid,
    /// The folder of its socket; `None` until it has one.
    pub(super) sockets: Option<PathBuf>,
    pub(super) state: State,
}

impl Status {
    /// Reads the status of the PostgreSQL in a folder; `None` if it says nothing (yet).
    pub(super) fn read(postgres: &Path) -> Result<Option<Self>, ClusterError> {
        let path = file(postgres);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).at("read", &path),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let process = Pid::from_raw(lines.next()?.trim().parse().ok()?)?;
        let sockets = lines.nth(3).map(str::trim).filter(|line| !line.is_empty()).map(PathBuf::from);
        let state = match lines.nth(2).map(str::trim) {
            Some("ready" | "standby") => State::Ready,
            Some("stopping") => State::Stopping,
            _ => State::Starting,
        };
        Some(Self { process, sockets, state })
    }

    /// Finds the PostgreSQL that is at work in a folder, and clears away the file of one that is
    /// not, if its process number has gone to somebody else. PostgreSQL itself would take that
    /// process for its predecessor and refuse to start for good; after a restart of the machine,
    /// and in every container, numbers repeat.
    pub(super) fn of_running(postgres: &Path) -> Result<Option<Self>, ClusterError> {
        let Some(status) = Self::read(postgres)? else {
            return Ok(None);
        };
        if !is_alive(status.process) {
            return Ok(None);
        }
        // PostgreSQL's working folder is its data folder. Where the system does not tell, the
        // file is believed.
        let works_in = fs::read_link(format!("/proc/{}/cwd", status.process.as_raw_nonzero()));
        if works_in.is_ok_and(|folder| folder != postgres) {
            let path = file(postgres);
            files::remove_if_present(&path).at("remove", &path)?;
            return Ok(None);
        }
        Ok(Some(status))
    }
}

/// Whether a process of this number is at work. One that has ended and whose parent has not taken
/// note of it is not: the first process of a container often never does.
pub(super) fn is_alive(process: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    test_kill_process(process).is_ok() && !stat.is_ok_and(|stat| is_zombie(&stat))
}

/// Reads the state out of `/proc/…/stat`: it follows the name, which is in brackets and may itself
/// contain any.
pub(super) fn is_zombie(stat: &str) -> bool {
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
}

fn file(postgres: &Path) -> PathBuf {
    postgres.join("postmaster.pid")
}
