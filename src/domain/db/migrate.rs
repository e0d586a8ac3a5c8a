//! Migrations: forward-only, run by the migrator in the owner's name before a server takes requests.
//!
//! Two sets: the control plane in `migrations/`, and the data plane in `migrations/tenant/`, which names no schema because
//! it runs wherever a tenant is placed; in the shared placement that is the schema `tenant`.

use std::path::Path;

use sqlx::{Connection as _, PgConnection, migrate::MigrateError, migrate::Migrator, postgres::PgConnectOptions};

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

/// Brings the database up to date and checks its catalog. Several servers may do it at once: sqlx holds an advisory lock.
///
/// # Errors
/// When a migration fails or the catalog check finds something; the server must not start then.
pub async fn run(migrator: &PgConnectOptions) -> Result<(), MigrationError> {
    run_sets(migrator, &CONTROL_PLANE, &DATA_PLANE).await
}

/// The same with the migrations of a folder, for a build whose own cannot be compiled yet.
///
/// # Errors
/// As [`run`], and when the folder cannot be read.
pub async fn run_from(migrator: &PgConnectOptions, folder: &Path) -> Result<(), MigrationError> {
    let (control_plane, data_plane) = (Migrator::new(folder).await?, Migrator::new(folder.join("tenant")).await?);
    run_sets(migrator, &control_plane, &data_plane).await
}

async fn run_sets(
    migrator: &PgConnectOptions,
    control_plane: &Migrator,
    data_plane: &Migrator,
) -> Result<(), MigrationError> {
    let owner = migrator.clone().options([("role", super::roles::OWNER)]);
    apply(control_plane, &owner, CONTROL_PLANE_NOTES).await?;
    apply(data_plane, &owner.options([("search_path", "tenant")]), DATA_PLANE_NOTES).await?;
    let mut connection = connect(migrator).await?;
    let findings = catalog::check(&mut connection).await?;
    connection.close().await.map_err(DbError::from)?;
    if findings.is_empty() { Ok(()) } else { Err(MigrationError::Catalog(findings)) }
}

async fn apply(set: &Migrator, options: &PgConnectOptions, table: &'static str) -> Result<(), MigrationError> {
    let mut set = Migrator { migrations: set.migrations.clone(), ..Migrator::DEFAULT };
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
