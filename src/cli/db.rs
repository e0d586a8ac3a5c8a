//! `tenantry db`: the embedded database by itself, without a server. `run` is for whoever wants to
//! look into it, and for tests; `keeper` is what every other command starts in the background.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use tenantry_domain::{
    db::{
        address_for_queries,
        cluster::{AttachOptions, Cluster, ClusterError, keeper},
        migrate::{MigrationError, Migrations},
        roles::{BadDatabaseName, DatabaseName, MIGRATOR, bootstrap_sql},
        secret::{InstallationSecret, SecretError},
    },
    services::Entropy,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use crate::Given;

/// What can be done with the embedded database.
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Run the embedded database until standard input closes or a signal comes. Prints `ready`.
    Run {
        /// Do not wait for the disk: a power failure costs the data. For tests.
        #[arg(long)]
        throwaway: bool,
    },
    /// Print the statements that make the roles and a database on a PostgreSQL of your own, for its administrator. They hold
    /// the roles' passwords.
    Roles {
        /// What the database is called.
        #[arg(long, default_value = "tenantry", value_name = "NAME")]
        database: String,
    },
    /// Make a migrated database in a running cluster and print its address, for the compiler's check of queries.
    #[command(hide = true)]
    Prepare {
        /// Migrations to use instead of this program's own: the folder that holds 0001_….sql and tenant/.
        #[arg(long, value_name = "DIR")]
        migrations: Option<PathBuf>,
    },
    /// Keep the database for others. Started by other commands; reads the superuser's password from
    /// standard input.
    #[command(hide = true)]
    Keeper {
        /// Do not wait for the disk.
        #[arg(long)]
        throwaway: bool,
    },
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The cluster did.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The database's name is none.
    #[error(transparent)]
    Name(#[from] BadDatabaseName),
    /// The installation's secret did.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The migrations did.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// The surroundings of the process did: its program's file, its signals, its output.
    #[error("{0}")]
    Process(#[from] io::Error),
}

/// Does what the command says.
///
/// # Errors
/// Those of the command.
pub async fn obey(command: DbCommand, data_dir: &Path, given: &Given) -> Result<(), DbError> {
    let secret = || InstallationSecret::load(data_dir, given.get("TENANTRY_SECRET").as_deref(), || Entropy.bytes());
    match command {
        DbCommand::Run { throwaway } => run(data_dir, throwaway, &secret()?.0).await,
        DbCommand::Roles { database } => print_roles(&database, &secret()?.0),
        DbCommand::Prepare { migrations } => prepare(data_dir, &secret()?.0, migrations.as_deref()).await,
        // It must not need the secret: whoever starts it hands it the one password that it uses.
        DbCommand::Keeper { throwaway } => keep(data_dir, throwaway).await,
    }
}

/// Prints what an administrator runs with `psql`, and the address that `DATABASE_URL` then is.
fn print_roles(database: &str, secret: &InstallationSecret) -> Result<(), DbError> {
    let database = DatabaseName::parse(database)?;
    let mut output = io::stdout();
    write!(output, "{}", bootstrap_sql(secret, &database))?;
    let password = secret.password(MIGRATOR);
    writeln!(output, "-- DATABASE_URL=postgres://{MIGRATOR}:{password}@HOST:5432/{database}")?;
    Ok(())
}

/// Makes a database in a cluster that somebody keeps running, migrates it, and prints how to reach it as the superuser,
/// with the tenants' schema on the search path, as a tenant's transaction has it.
async fn prepare(data_dir: &Path, secret: &InstallationSecret, migrations: Option<&Path>) -> Result<(), DbError> {
    let migrations = match migrations {
        Some(folder) => Migrations::of(folder).await?,
        None => Migrations::own(),
    };
    let cluster = Cluster::open_running(data_dir, secret).await?;
    // A database for each state of the migrations: one that was changed while it is written starts on an empty one.
    let database = DatabaseName::parse(&format!("queries_{}", migrations.digest()))?;
    cluster.prepare(&database).await?;
    migrations.run(&cluster.connect_options_to(MIGRATOR, database.as_str())).await?;
    let mut output = io::stdout();
    writeln!(output, "{}", address_for_queries(&cluster.superuser(database.as_str())))?;
    output.flush()?;
    cluster.leave().await;
    Ok(())
}

/// Runs the database, for as long as somebody wants it.
///
/// # Errors
/// When it does not start.
pub async fn run(data_dir: &Path, throwaway: bool, secret: &InstallationSecret) -> Result<(), DbError> {
    let keeper_executable = std::env::current_exe()?;
    let cluster = Cluster::attach(data_dir, AttachOptions { keeper_executable, throwaway, secret }).await?;
    cluster.prepare(&DatabaseName::tenantry()).await?;
    // In one piece: whoever reads it may be waiting for just this line.
    let mut output = io::stdout();
    output.write_all(b"ready\n")?;
    output.flush()?;
    until_unwanted().await?;
    cluster.leave().await;
    Ok(())
}

/// Keeps the database of a data folder.
///
/// # Errors
/// When it does not start.
pub async fn keep(data_dir: &Path, throwaway: bool) -> Result<(), DbError> {
    let mut password = String::new();
    io::stdin().read_line(&mut password)?;
    keeper::run(data_dir, throwaway, password.trim_end()).await?;
    Ok(())
}

/// Waits for the end of standard input, SIGINT or SIGTERM.
async fn until_unwanted() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (closed, is_closed) = oneshot::channel();
    // A thread of its own: one of the runtime's would keep it from ending while nothing is typed.
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut ignored = [0; 1024];
        while input.read(&mut ignored).is_ok_and(|count| count > 0) {}
        // Nobody waits any more if a signal came first.
        let _ = closed.send(());
    });
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = is_closed => {}
    }
    Ok(())
}
