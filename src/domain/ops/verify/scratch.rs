//! The scratch database: made beside the installation's own, in the same cluster, and dropped with the verification. Nothing
//! here opens a database of customers but to say that another one is made or dropped.
//!
//! Whoever uses one holds a lock on its name for as long as the connection lives. A run that was killed holds it no more,
//! and the next one sweeps what it left.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, postgres::PgConnectOptions};

use super::Ground;
use crate::{
    db::{
        Connections, DbError,
        cluster::{Cluster, ClusterError},
        migrate::{self, MigrationError},
        roles::{self, BadDatabaseName, DatabaseName},
    },
    services::Entropy,
};

/// What every scratch database's name begins with; nothing else may be called so.
const PREFIX: &str = "tenantry_verify_";

/// How long a database may stay in use by connections that are just ending.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is no scratch database.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The role may not make databases.
    #[error(
        "tenantry_migrator may not make a database to try things on: let an administrator run \
         \"alter role tenantry_migrator createdb\" there, and \"nocreatedb\" afterwards"
    )]
    MayNotCreate,
    /// The name of the database.
    #[error(transparent)]
    Name(#[from] BadDatabaseName),
    /// The embedded cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The schema.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for ScratchError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

/// A database that lives as long as this is held; end it with [`drop`](Self::drop).
#[derive(Debug)]
pub struct Scratch {
    /// Where attacks are tried.
    pub ground: Ground,
    name: DatabaseName,
    /// Holds the lock on the name.
    administrator: PgConnection,
}

impl Scratch {
    /// Makes one in the embedded cluster.
    ///
    /// # Errors
    /// When it cannot be made or migrated.
    pub async fn embedded(cluster: &Cluster) -> Result<Self, ScratchError> {
        let administrator = PgConnection::connect_with(&cluster.superuser("postgres")).await?;
        let to = |role, name: &DatabaseName| cluster.connect_options_to(role, name.as_str());
        let name = new_name()?;
        let connections = Connections {
            app: to(roles::APP, &name),
            platform: to(roles::PLATFORM, &name),
            migrator: to(roles::MIGRATOR, &name),
            keyring: cluster.keyring(),
        };
        let mut scratch = Self { ground: Ground { connections, own_cluster: true }, name, administrator };
        scratch.reserve().await?;
        let made = async {
            cluster.prepare(&scratch.name).await?;
            Ok(migrate::run(&scratch.ground.connections.migrator).await?)
        };
        match made.await {
            Ok(()) => Ok(scratch),
            Err(error) => Err(scratch.given_up(error).await),
        }
    }

    /// Makes one in somebody else's cluster, as the migrator.
    ///
    /// # Errors
    /// [`ScratchError::MayNotCreate`], or when it cannot be made or migrated.
    pub async fn elsewhere(connections: &Connections) -> Result<Self, ScratchError> {
        let administrator = PgConnection::connect_with(&connections.migrator).await?;
        let name = new_name()?;
        let to = |options: &PgConnectOptions| options.clone().database(name.as_str());
        let there = Connections {
            app: to(&connections.app),
            platform: to(&connections.platform),
            migrator: to(&connections.migrator),
            keyring: connections.keyring.clone(),
        };
        let mut scratch = Self { ground: Ground { connections: there, own_cluster: false }, name, administrator };
        scratch.reserve().await?;
        match scratch.make_as_migrator().await {
            Ok(()) => Ok(scratch),
            Err(error) => Err(scratch.given_up(error).await),
        }
    }

    async fn make_as_migrator(&mut self) -> Result<(), ScratchError> {
        let made = roles::create_database_as_migrator(&mut self.administrator, &self.name).await;
        made.map_err(|error| match error.as_database_error().and_then(|refused| refused.code()) {
            Some(code) if code == "42501" => ScratchError::MayNotCreate,
            _ => error.into(),
        })?;
        Ok(migrate::run(&self.ground.connections.migrator).await?)
    }

    /// Takes the lock on the name, and sweeps what killed runs have left.
    async fn reserve(&mut self) -> Result<(), ScratchError> {
        lock(&mut self.administrator, self.name.as_str()).await?;
        let left: Vec<String> =
            sqlx::query_scalar("select datname::text from pg_database where datname like $1 and datname <> $2")
                .bind(format!("{}%", PREFIX.replace('_', "\\_")))
                .bind(self.name.as_str())
                .fetch_all(&mut self.administrator)
                .await?;
        for name in left.iter().filter_map(|name| DatabaseName::parse(name).ok()) {
            if lock(&mut self.administrator, name.as_str()).await? {
                tracing::info!(database = %name, "Dropping what a killed verification has left.");
                self.drop_database(&name).await?;
                sqlx::query("select pg_advisory_unlock(hashtextextended($1, 0))")
                    .bind(name.as_str())
                    .execute(&mut self.administrator)
                    .await?;
            }
        }
        Ok(())
    }

    /// Drops what was begun, and hands the error on.
    async fn given_up(self, error: ScratchError) -> ScratchError {
        if let Err(left) = self.drop().await {
            tracing::warn!(error = %left, "The scratch database is left behind; the next verification drops it.");
        }
        error
    }

    /// Drops the database. Close the pools on it before.
    ///
    /// # Errors
    /// When it cannot be dropped; the next run sweeps it.
    pub async fn drop(mut self) -> Result<(), ScratchError> {
        let name = self.name.clone();
        self.drop_database(&name).await?;
        Ok(self.administrator.close().await?)
    }

    /// A name of ours has neither a quote nor a space in it, so it may stand in the statement.
    async fn drop_database(&mut self, name: &DatabaseName) -> Result<(), ScratchError> {
        if !self.ground.own_cluster {
            self.says(format!("set role {}", roles::OWNER)).await?;
        }
        let mut waited = Duration::ZERO;
        loop {
            match self.says(format!("drop database if exists {name} with (force)")).await {
                // Connections of other roles that are just ending: the owner may not end them, only wait.
                Err(sqlx::Error::Database(_)) if waited < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                    waited += PAUSE;
                }
                done => break done?,
            }
        }
        Ok(self.says("reset role".to_owned()).await?)
    }

    /// Runs a statement in which all that varies is a `DatabaseName`, which has neither a quote nor a space in it.
    async fn says(&mut self, statement: String) -> sqlx::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut self.administrator).await?;
        Ok(())
    }
}

fn new_name() -> Result<DatabaseName, BadDatabaseName> {
    let tail: String = Entropy.bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
    DatabaseName::parse(&format!("{PREFIX}{tail}"))
}

/// Locks a name for as long as the connection lives; `false` where somebody else has it.
async fn lock(administrator: &mut PgConnection, name: &str) -> Result<bool, ScratchError> {
    let locked = sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended($1, 0))").bind(name);
    Ok(locked.fetch_one(administrator).await?)
}
