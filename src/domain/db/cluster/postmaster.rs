//! One run of PostgreSQL: started by this keeper, or left over from one that was killed.

use std::{path::Path, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use super::{
    error::ClusterError,
    place::Place,
    programs::Programs,
    settings,
    status::{self, State, Status},
};

/// How often a wait looks again.
const PAUSE: Duration = Duration::from_millis(25);
/// A fast shutdown writes everything that is in memory first; this is far beyond what that takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// What an immediate shutdown is given.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// A PostgreSQL at work.
#[derive(Debug)]
pub(super) enum Postmaster {
    /// Our own child.
    Child(Child),
    /// One whose keeper was killed.
    Adopted(Pid),
}

impl Postmaster {
    /// Starts PostgreSQL, in a process group of its own: what is sent to the keeper's group, from
    /// a terminal for instance, is not meant for the database.
    pub(super) fn start(place: &Place, programs: &Programs, throwaway: bool) -> Result<Self, ClusterError> {
        place
            .run_as
            .command(programs.postgres())
            .args(settings::arguments(place, throwaway)?)
            .process_group(0)
            .spawn()
            .map(Self::Child)
            .map_err(|source| ClusterError::Program { program: programs.postgres().display().to_string(), source })
    }

    /// Its process; `None` if it has ended.
    pub(super) fn process(&mut self) -> Option<Pid> {
        match self {
            Self::Child(child) => match child.try_wait() {
                // An id there is, until the end has been noticed.
                Ok(None) => child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)),
                Ok(Some(_)) | Err(_) => None,
            },
            Self::Adopted(process) => Some(*process).filter(|process| status::is_alive(*process)),
        }
    }

    /// How far it is; `None` if it has ended.
    pub(super) fn status(&mut self, postgres: &Path) -> Result<Option<Status>, ClusterError> {
        let Some(process) = self.process() else {
            return Ok(None);
        };
        // Until it has written its own, the file may be its predecessor's.
        let own = Status::read(postgres)?.filter(|status| status.process == process);
        Ok(Some(own.unwrap_or(Status { process, sockets: None, state: State::Starting })))
    }

    /// Ends it: in order, and only if that fails with less and less regard. What is lost then is
    /// recovered at the next start.
    pub(super) async fn stop(mut self) {
        // PostgreSQL's own meanings: fast shutdown, immediate shutdown, none.
        for (signal, patience) in
            [(Signal::INT, PATIENCE), (Signal::QUIT, LAST_PATIENCE), (Signal::KILL, LAST_PATIENCE)]
        {
            if self.end_by(signal, patience).await {
                return;
            }
        }
        tracing::error!("PostgreSQL could not be ended.");
    }

    /// Ends it at once: its files are gone, so that there is nothing to be saved.
    pub(super) async fn abandon(mut self) {
        if !self.end_by(Signal::QUIT, LAST_PATIENCE).await {
            self.end_by(Signal::KILL, LAST_PATIENCE).await;
        }
    }

    async fn end_by(&mut self, signal: Signal, patience: Duration) -> bool {
        let Some(process) = self.process() else {
            return true;
        };
        // It may have ended in this very moment, which the wait will notice.
        let _ = kill_process(process, signal);
        let ended = async {
            while self.process().is_some() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(patience, ended).await.is_ok()
    }
}
