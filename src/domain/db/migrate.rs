//! Migrations: forward-only, run by the migrator in the owner's name before a server takes requests.
//!
//! Two sets: the control plane in `migrations/`, and the data plane in `migrations/tenant/`, which names no schema because
//! it runs wherever a tenant is placed; in the shared placement that is the schema `tenant`.

use std::{borrow::Cow, path::Path};

use sha2::{Digest as _, Sha256};
use sqlx::{
    Connection as _, PgConnection,
    migrate::{MigrateError, Migration, Migrator},
    postgres::PgConnectOptions,
};

use super::{DbError, catalog};

/// The tables in which sqlx notes what it has run.
const CONTROL_PLANE_NOTES: &str = "platform.control_plane_migrations";
const DATA_PLANE_NOTES: &str = "platform.data_plane_migrations";

static CONTROL_PLANE: Migrator = sqlx::migrate!("../../migrations");
static DATA_PLANE: Migrator = sqlx::migrate!("../../migrations/tenant");

/// Why a database could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A migration failed.
    #[error("a migration failed: {0}")]
    Migrate(#[from] MigrateError),
    /// The database is away.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Something in the database is not protected as it must be.
    #[error("the database does not protect what it must:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Catalog(Vec<catalog::Finding>),
}

/// Migrations of one plane, in their order.
type Set = Cow<'static, [Migration]>;

/// Both sets of migrations.
#[derive(Debug)]
pub struct Migrations {
    control_plane: Set,
    data_plane: Set,
}

impl Migrations {
    /// This program's own.
    #[must_use]
    pub fn own() -> Self {
        Self { control_plane: CONTROL_PLANE.migrations.clone(), data_plane: DATA_PLANE.migrations.clone() }
    }

    /// Those of a folder, for a build whose own cannot be compiled yet.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn of(folder: &Path) -> Result<Self, MigrationError> {
        let (control_plane, data_plane) = (Migrator::new(folder).await?, Migrator::new(folder.join("tenant")).await?);
        Ok(Self { control_plane: control_plane.migrations, data_plane: data_plane.migrations })
    }

    /// Sixteen hexadecimal digits that change with any of them.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for migration in self.control_plane.iter().chain(self.data_plane.iter()) {
            hash.update(&migration.checksum);
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Brings the database up to date and checks its catalog. Several servers may do it at once: sqlx holds an advisory
    /// lock.
    ///
    /// # Errors
    /// When a migration fails or the catalog check finds something; the server must not start then.
    pub async fn run(&self, migrator: &PgConnectOptions) -> Result<(), MigrationError> {
        let owner = migrator.clone().options([("role", super::roles::OWNER)]);
        apply(&self.control_plane, &owner, CONTROL_PLANE_NOTES).await?;
        apply(&self.data_plane, &owner.options([("search_path", "tenant")]), DATA_PLANE_NOTES).await?;
        let mut connection = connect(migrator).await?;
        let findings = catalog::check(&mut connection).await?;
        connection.close().await.map_err(DbError::from)?;
        if findings.is_empty() { Ok(()) } else { Err(MigrationError::Catalog(findings)) }
    }
}

/// Brings a database up to date with this program's own migrations.
///
/// # Errors
/// As [`Migrations::run`].
pub async fn run(migrator: &PgConnectOptions) -> Result<(), MigrationError> {
    Migrations::own().run(migrator).await
}

async fn apply(set: &Set, options: &PgConnectOptions, table: &'static str) -> Result<(), MigrationError> {
    let mut set = Migrator { migrations: set.clone(), ..Migrator::DEFAULT };
    set.create_schema("platform");
    set.dangerous_set_table_name(table);
    let mut connection = connect(options).await?;
    set.run(&mut connection).await?;
    connection.close().await.map_err(DbError::from)?;
    Ok(())
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, DbError> {
    Ok(PgConnection::connect_with(options).await?)
}
