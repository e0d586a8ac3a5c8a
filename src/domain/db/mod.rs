//! The database: its roles and pools, and the only ways to a row.
//!
//! Two pools: the application's role, which sees an organization's or tenant's rows inside a transaction that is bound to
//! it, and the platform's role, which sees people, sessions and plans, and asks the look-ups before a tenant is known.

pub mod catalog;
pub mod cluster;
mod error;
pub mod instance;
pub mod migrate;
mod presence;
pub mod roles;
pub mod secret;
pub mod tx;

use std::time::{Duration, Instant};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions, Postgres},
};

use presence::Presence;

pub use error::{DbError, constraint};
pub use tx::{OrgTx, OrganizationBound, TenantTx};

/// How long a request waits for a connection that nobody gets. With it a request that finds no database is answered within
/// two seconds; one that waits behind others waits longer.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1500);

/// How the three roles of the server connect.
#[derive(Clone, Debug)]
pub struct Connections {
    /// `tenantry_app`
    pub app: PgConnectOptions,
    /// `tenantry_platform`
    pub platform: PgConnectOptions,
    /// `tenantry_migrator`
    pub migrator: PgConnectOptions,
}

/// The pools of a running server.
#[derive(Clone, Debug)]
pub struct Db {
    app: PgPool,
    platform: PgPool,
    presence: Presence,
}

impl Db {
    /// Pools over the connections; nothing is opened until it is needed.
    #[must_use]
    pub fn new(connections: &Connections) -> Self {
        Self {
            app: pool(connections.app.clone(), 16),
            platform: pool(connections.platform.clone(), 6),
            presence: Presence::default(),
        }
    }

    /// A connection of the platform's role.
    ///
    /// # Errors
    /// When there is none within the time that a request may wait.
    pub async fn platform(&self) -> Result<PoolConnection<Postgres>, DbError> {
        self.presence.get(&self.platform, || self.platform.acquire()).await
    }

    /// Begins a transaction of the application's role with a statement that also binds it; for [`tx`] alone.
    async fn begin(&self, opening: &str) -> Result<Transaction<'static, Postgres>, DbError> {
        self.presence.get(&self.app, || self.app.begin_with(AssertSqlSafe(opening.to_owned()))).await
    }

    /// What somebody says who got a connection and has heard nothing since then.
    #[must_use]
    pub fn silent(&self, since: Instant) -> DbError {
        self.presence.silent(since)
    }

    /// Answers whether both roles reach the database.
    ///
    /// # Errors
    /// When one does not.
    pub async fn ping(&self) -> Result<(), DbError> {
        sqlx::query("select 1").execute(&self.platform).await?;
        sqlx::query("select 1").execute(&self.app).await?;
        Ok(())
    }

    /// Closes both pools, waiting for what is under way.
    pub async fn close(&self) {
        self.app.close().await;
        self.platform.close().await;
    }
}

/// A pool whose connections are closed when they come back in the middle of a transaction: what was set for it would
/// otherwise be the next borrower's.
fn pool(options: PgConnectOptions, most: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(true)
        .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_lazy_with(options)
}

/// The address under which the compiler's check of queries finds a database: with the tenants' schema on the search path,
/// as a tenant's transaction has it. It holds the password.
#[must_use]
pub fn address_for_queries(options: &PgConnectOptions) -> url::Url {
    let mut url = options.to_url_lossy();
    url.query_pairs_mut().append_pair("options", "-c search_path=tenant");
    url
}

impl Connections {
    /// The roles' connections to the embedded cluster's database.
    #[must_use]
    pub fn embedded(cluster: &cluster::Cluster) -> Self {
        let to = |role| cluster.connect_options(role);
        Self { app: to(roles::APP), platform: to(roles::PLATFORM), migrator: to(roles::MIGRATOR) }
    }

    /// The roles' connections to a database elsewhere. The address names the migrator; the other roles' passwords come
    /// from the installation's secret, as they do where `tenantry` makes the roles itself.
    ///
    /// # Errors
    /// When the address is none of PostgreSQL's.
    pub fn elsewhere(url: &str, secret: &secret::InstallationSecret) -> Result<Self, DbError> {
        let migrator: PgConnectOptions = url.parse()?;
        let to = |role: &str| migrator.clone().username(role).password(&secret.password(role));
        Ok(Self { app: to(roles::APP), platform: to(roles::PLATFORM), migrator })
    }
}
