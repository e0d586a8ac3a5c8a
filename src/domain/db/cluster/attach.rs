//! The way to a cluster that is ready, whoever has to start it.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use sqlx::{Connection, PgConnection};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time::sleep,
};

use super::{connect, error::ClusterError, folder::DataFolder, initdb::SUPERUSER, lock, record::Record};
use crate::db::secret::InstallationSecret;

/// How long a database may take to be ready; the first time it is made as well.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);
/// How often a server looks after the keeper that looks after its database.
const WATCH: Duration = Duration::from_secs(1);
/// A keeper that ends at once and without complaint is started so often.
const STARTS: u32 = 5;

/// How to start a keeper.
#[derive(Debug, Clone)]
pub(super) struct Starter {
    pub(super) executable: PathBuf,
    pub(super) throwaway: bool,
}

impl Starter {
    /// Starts a keeper: a process group of its own, so that Ctrl-C in our terminal is not meant
    /// for it; its words go to the log; the one secret it needs comes through a pipe, where no
    /// other process can read it.
    async fn start(&self, folder: &DataFolder, password: &str) -> Result<Child, ClusterError> {
        let failed = |source| ClusterError::Program { program: self.executable.display().to_string(), source };
        let log = folder.open_log()?;
        let second = log.try_clone().map_err(failed)?;
        let mut child = Command::new(std::path::absolute(&self.executable).map_err(failed)?)
            .args(self.arguments(folder.path()))
            .env_remove("TENANTRY_SECRET")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(second)
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        if let Some(mut pipe) = child.stdin.take() {
            // If the keeper has ended already, its exit status will say so.
            let _ = pipe.write_all(format!("{password}\n").as_bytes()).await;
        }
        Ok(child)
    }

    fn arguments(&self, folder: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["db".into(), "keeper".into(), "--data-dir".into(), folder.into()];
        arguments.extend(self.throwaway.then(|| "--throwaway".into()));
        arguments
    }
}

/// Waits until the cluster is ready, starting a keeper where there is none (and `starter` says
/// how). The caller holds the shared lock.
pub(super) async fn ready(
    folder: &DataFolder,
    secret: &InstallationSecret,
    starter: Option<&Starter>,
) -> Result<Record, ClusterError> {
    let mut attempt = Attempt {
        folder,
        secret,
        starter,
        password: secret.password(SUPERUSER),
        log_start: folder.log_length(),
        keeper: None,
        starts: 0,
        reason: None,
    };
    match tokio::time::timeout(PATIENCE, attempt.run()).await {
        Ok(outcome) => outcome,
        Err(_) => Err(ClusterError::NotReady {
            seconds: PATIENCE.as_secs(),
            reason: attempt.reason.take(),
            log: folder.log(),
            tail: folder.log_tail(attempt.log_start),
        }),
    }
}

/// Starts another keeper whenever there is none, for as long as this runs. The database goes on
/// while it has no keeper, but nobody would start it again, or stop it.
pub(super) async fn watch(folder: DataFolder, password: String, starter: Starter) {
    let mut complained = false;
    loop {
        sleep(WATCH).await;
        let outcome = match lock::is_free(&folder.keeper_lock()) {
            Ok(false) => continue,
            Ok(true) => revive(&folder, &password, &starter).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(status) if status.success() => complained = false,
            // Once, not every second.
            _ if complained => {}
            Ok(_) => {
                complained = true;
                tracing::error!(log = %folder.log().display(), "The database's keeper ended with an error.");
            }
            Err(error) => {
                complained = true;
                tracing::error!(%error, "The database has no keeper, and none could be started.");
            }
        }
    }
}

/// Starts a keeper and stays with it until it ends.
async fn revive(folder: &DataFolder, password: &str, starter: &Starter) -> Result<ExitStatus, ClusterError> {
    tracing::warn!("The database had no keeper; starting one.");
    let mut keeper = starter.start(folder, password).await?;
    keeper
        .wait()
        .await
        .map_err(|source| ClusterError::Program { program: starter.executable.display().to_string(), source })
}

struct Attempt<'a> {
    folder: &'a DataFolder,
    secret: &'a InstallationSecret,
    starter: Option<&'a Starter>,
    password: String,
    /// The log's length when we came, in bytes.
    log_start: u64,
    keeper: Option<Child>,
    starts: u32,
    /// Why the last attempt to connect failed.
    reason: Option<String>,
}

impl Attempt<'_> {
    async fn run(&mut self) -> Result<Record, ClusterError> {
        loop {
            if lock::is_free(&self.folder.keeper_lock())? {
                self.call_a_keeper().await?;
            } else if let Some(record) = Record::read(&self.folder.record())?
                && self.answers(&record).await?
            {
                return Ok(record);
            }
            sleep(PAUSE).await;
        }
    }

    async fn call_a_keeper(&mut self) -> Result<(), ClusterError> {
        let Some(starter) = self.starter else {
            return Err(ClusterError::NotRunning(self.folder.path().to_owned()));
        };
        if let Some(keeper) = &mut self.keeper {
            match keeper.try_wait() {
                // It is about to take its lock.
                Ok(None) => return Ok(()),
                Ok(Some(status)) if status.success() && self.starts < STARTS => {}
                _ => {
                    return Err(ClusterError::KeeperFailed {
                        log: self.folder.log(),
                        tail: self.folder.log_tail(self.log_start),
                    });
                }
            }
        }
        self.starts += 1;
        self.keeper = Some(starter.start(self.folder, &self.password).await?);
        Ok(())
    }

    /// Whether the database answers. The record alone proves nothing: it may be one that a killed
    /// keeper left.
    async fn answers(&mut self, record: &Record) -> Result<bool, ClusterError> {
        let options = connect::options(&record.socket_folder, self.secret, SUPERUSER, SUPERUSER);
        match PgConnection::connect_with(&options).await {
            Ok(connection) => {
                // Whatever comes of the farewell, it has answered.
                let _ = connection.close().await;
                Ok(true)
            }
            Err(error) if connect::is_refused_password(&error) => {
                Err(ClusterError::WrongSecret(record.postgres_folder.clone()))
            }
            Err(error) => {
                self.reason = Some(error.to_string());
                Ok(false)
            }
        }
    }
}
