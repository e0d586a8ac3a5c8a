//! The embedded PostgreSQL: what makes `tenantry serve` need nothing but itself.
//!
//! Without `DATABASE_URL` an installation has a private cluster in its data folder. Servers and
//! commands *attach* to it, whoever comes first; a *keeper*, the same program started detached,
//! runs PostgreSQL for as long as anyone is attached. Everything that says who is there is a lock
//! (`lock.rs`), and locks vanish with their holder: so two servers, a command with or without a
//! server, and `kill -9` of any of them work, and nothing is left running.
//!
//! | killed | what happens |
//! |---|---|
//! | all that were attached | the keeper stops PostgreSQL after ten seconds |
//! | the keeper | PostgreSQL goes on; who is attached starts another keeper, which adopts it |
//! | both | a shell that the keeper posted (`sentinel.rs`) stops PostgreSQL after ten seconds |
//! | PostgreSQL | the keeper starts it again; it recovers by itself |

mod attach;
mod connect;
mod error;
pub(crate) mod files;
mod folder;
mod idle;
mod initdb;
/// The process that a cluster belongs to.
pub mod keeper;
mod lock;
mod place;
mod postmaster;
mod programs;
mod record;
mod sentinel;
mod settings;
mod status;
#[cfg(test)]
mod tests;
mod user;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio_util::task::AbortOnDropHandle;

pub(crate) use error::At;
pub use error::ClusterError;
pub use files::create_data_folder;

use self::{attach::Starter, folder::DataFolder, initdb::SUPERUSER, lock::Held, record::Record};
use super::{
    roles::{self, DatabaseName},
    secret::InstallationSecret,
};
use crate::Keyring;

/// How long one who leaves in order waits for the database to stop.
const FAREWELL: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(25);

/// What attaching needs to know.
#[derive(Debug)]
pub struct AttachOptions<'a> {
    /// The program that `db keeper` is a command of: normally this very one.
    pub keeper_executable: PathBuf,
    /// Whether a power failure may cost the data: for tests. Who starts the cluster decides.
    pub throwaway: bool,
    /// The installation's secret, from which all passwords come.
    pub secret: &'a InstallationSecret,
}

/// A cluster that runs for as long as this is held.
///
/// Dropped, it counts as a crash: the database stops ten seconds after the last one.
/// [`leave`](Self::leave) ends it at once, and waits for that.
pub struct Cluster {
    folder: DataFolder,
    record: Record,
    secret: InstallationSecret,
    /// Before the lock: whoever has let go must not start another keeper.
    watch: Option<AbortOnDropHandle<()>>,
    held: Held,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("folder", &self.folder).field("record", &self.record).finish_non_exhaustive()
    }
}

impl Cluster {
    /// Attaches to the cluster of a data folder, made and started if need be, and waits until it
    /// answers, for up to 30 s. While this is held, a keeper that is killed is replaced.
    ///
    /// # Errors
    /// When it cannot be made, started or reached; the error shows the end of its log.
    pub async fn attach(data_dir: &Path, options: AttachOptions<'_>) -> Result<Self, ClusterError> {
        let starter = Starter { executable: options.keeper_executable, throwaway: options.throwaway };
        let folder = DataFolder::create(data_dir)?;
        let mut cluster = Self::enter(folder, options.secret, Some(&starter)).await?;
        if cluster.record.throwaway && !starter.throwaway {
            tracing::warn!("This database was started as a throwaway: a power failure would cost its data.");
        }
        let password = cluster.secret.password(SUPERUSER);
        let watch = attach::watch(cluster.folder.clone(), password, starter);
        cluster.watch = Some(AbortOnDropHandle::new(tokio::spawn(watch)));
        Ok(cluster)
    }

    /// Attaches to a cluster that somebody else keeps running.
    ///
    /// # Errors
    /// [`ClusterError::NotRunning`] where there is none, and those of [`attach`](Self::attach).
    pub async fn open_running(data_dir: &Path, secret: &InstallationSecret) -> Result<Self, ClusterError> {
        Self::enter(DataFolder::open(data_dir)?, secret, None).await
    }

    async fn enter(
        folder: DataFolder,
        secret: &InstallationSecret,
        starter: Option<&Starter>,
    ) -> Result<Self, ClusterError> {
        // Held before anything is looked at: from here on no keeper will stop.
        let held = lock::share(&folder.cluster_lock()).await?;
        match attach::ready(&folder, secret, starter).await {
            Ok(record) => Ok(Self { folder, record, secret: secret.clone(), watch: None, held }),
            Err(error) => {
                drop(held);
                // Why there is no database matters more than when it stops.
                let _ = folder.mark_leaving();
                Err(error)
            }
        }
    }

    /// How to connect to the database `tenantry` as one of the installation's roles. The migrator
    /// acts as the owner.
    #[must_use]
    pub fn connect_options(&self, role: &str) -> PgConnectOptions {
        self.connect_options_to(role, DatabaseName::tenantry().as_str())
    }

    /// The same for another database.
    #[must_use]
    pub fn connect_options_to(&self, role: &str, database: &str) -> PgConnectOptions {
        connect::options(&self.record.socket_folder, &self.secret, role, database)
    }

    /// The keys to what lies sealed in its databases.
    #[must_use]
    pub fn keyring(&self) -> Keyring {
        Keyring::of(&self.secret)
    }

    /// How to connect to a database (`postgres` there always is) as the superuser: to prepare an
    /// installation, and for nothing else.
    #[must_use]
    pub fn superuser(&self, database: &str) -> PgConnectOptions {
        self.connect_options_to(SUPERUSER, database)
    }

    /// Makes the installation's roles and a database of theirs, closed to everyone else, or sees
    /// that they are as they should be. May be repeated, also by several at a time.
    ///
    /// # Errors
    /// [`ClusterError::Database`], whatever PostgreSQL objects to.
    pub async fn prepare(&self, database: &DatabaseName) -> Result<(), ClusterError> {
        let mut connection = PgConnection::connect_with(&self.superuser(SUPERUSER)).await?;
        roles::bootstrap(&mut connection, &self.secret).await?;
        roles::create_database(&mut connection, database, None).await?;
        connection.close().await?;

        let mut connection = PgConnection::connect_with(&self.superuser(database.as_str())).await?;
        roles::close_public_schema(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    /// PostgreSQL's own folder: in the data folder, unless its user may not enter that.
    #[must_use]
    pub fn postgres_folder(&self) -> &Path {
        &self.record.postgres_folder
    }

    /// The folder of PostgreSQL's socket.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        &self.record.socket_folder
    }

    /// Lets go in order. If nobody else is attached, PostgreSQL stops at once, and this waits for
    /// it (20 s at the most): what comes after the end of this process may be merciless.
    ///
    /// Connections should be closed before; the database does not wait for them.
    pub async fn leave(self) {
        let Self { folder, watch, held, .. } = self;
        if let Some(watch) = watch {
            let handle = watch.detach();
            handle.abort();
            // The end that was just asked for is no news.
            let _ = handle.await;
        }
        // First the lock, then the mark: the keeper looks at the lock when it finds the mark.
        drop(held);
        let farewell = async {
            folder.mark_leaving()?;
            until_heard(&folder).await
        };
        match tokio::time::timeout(FAREWELL, farewell).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "The database was left without a word; it stops by itself."),
            Err(_) => tracing::warn!("The database still stops."),
        }
    }
}

/// Waits until the keeper has ended, or has taken note of the mark and goes on for others.
async fn until_heard(folder: &DataFolder) -> Result<(), ClusterError> {
    while !lock::is_free(&folder.keeper_lock())? {
        // The order matters, here and there: a keeper takes the mark, and if it ends it removes
        // the record before it removes what it took.
        let heard = !folder.leaving().exists() && !folder.heard().exists();
        if heard && fs::exists(folder.record()).at("find", &folder.record())? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
