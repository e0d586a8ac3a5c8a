//! The database: its roles and pools, and the only ways to a row.
//!
//! Two pools: the application's role, which sees an organization's or tenant's rows inside a transaction that is bound to
//! it, and the platform's role, which sees people, sessions and plans, and asks the look-ups before a tenant is known.

pub mod catalog;
pub mod cluster;
mod error;
pub mod instance;
mod lane;
pub mod migrate;
mod presence;
pub mod roles;
pub mod secret;
pub mod tx;

use std::time::Instant;

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, Postgres},
};

use tenantry_kernel::{OrganizationId, TenantId};
use uuid::Uuid;

use crate::Keyring;

use lane::Lane;
use presence::Presence;

pub use error::{DbError, constraint};
pub use lane::Turn;
pub use tx::{OrgTx, OrganizationBound, TenantTx};

/// How the three roles of the server connect, and the keys to what lies sealed there.
#[derive(Clone, Debug)]
pub struct Connections {
    /// `tenantry_app`
    pub app: PgConnectOptions,
    /// `tenantry_platform`
    pub platform: PgConnectOptions,
    /// `tenantry_migrator`
    pub migrator: PgConnectOptions,
    /// Made of the secret that the roles' passwords are made of.
    pub keyring: Keyring,
}

/// A connection of the platform's role.
pub type PlatformConnection = Turn<PoolConnection<Postgres>>;

/// A transaction of the platform's role that has begun.
pub(crate) type PlatformTransaction = Turn<Transaction<'static, Postgres>>;

/// A transaction of the application's role that has begun.
type AppTransaction = Turn<Transaction<'static, Postgres>>;

/// How many connections the pools of a process may open.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Of the application's role.
    pub app: u32,
    /// Of the platform's role.
    pub platform: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { app: 16, platform: 6 }
    }
}

/// A statement of the application's role is planned once a connection, not once a call: planning under the policies takes
/// four times as long as reading a page of 50 rows does. So no statement may need its values to be planned well: what is
/// optional gets a bound that lets everything through, never `$1 is null or …`, and a limit is a parameter.
const PLANNED_ONCE: [(&str, &str); 1] = [("plan_cache_mode", "force_generic_plan")];

/// The pools of a running server.
#[derive(Clone, Debug)]
pub struct Db {
    app: Lane,
    platform: Lane,
    presence: Presence,
    keyring: Keyring,
}

impl Db {
    /// Pools over the connections; nothing is opened until it is needed.
    #[must_use]
    pub fn new(connections: &Connections) -> Self {
        Self::with_sizes(connections, Sizes::default())
    }

    /// Pools of other sizes, at least one connection each: for measurements, and for tests of what waits.
    #[must_use]
    pub fn with_sizes(connections: &Connections, sizes: Sizes) -> Self {
        Self {
            app: Lane::new(connections.app.clone().options(PLANNED_ONCE), sizes.app),
            platform: Lane::new(connections.platform.clone(), sizes.platform),
            presence: Presence::default(),
            keyring: connections.keyring.clone(),
        }
    }

    /// The keys to what lies sealed in this database.
    #[must_use]
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// A connection of the platform's role. Who needs one of each role takes the application's first: in two orders, two
    /// crowds would each hold what the other waits for.
    ///
    /// # Errors
    /// When there is none within the time that a request may wait.
    pub async fn platform(&self) -> Result<PlatformConnection, DbError> {
        self.platform.get(&self.presence, |pool| async move { pool.acquire().await }).await
    }

    /// Begins a transaction of the platform's role.
    ///
    /// # Errors
    /// When there is no connection within the time that a request may wait.
    pub(crate) async fn platform_transaction(&self) -> Result<PlatformTransaction, DbError> {
        self.platform.get(&self.presence, |pool| begin_apart(pool, "begin".to_owned())).await
    }

    /// Begins a transaction of the application's role and binds it, in one round trip; for [`tx`] alone. A statement that
    /// sets cannot take parameters; both values are typed ids, whose UUIDs' text is hexadecimal digits and hyphens, so the
    /// text is safe.
    async fn begin(&self, organization: OrganizationId, tenant: Option<TenantId>) -> Result<AppTransaction, DbError> {
        let tenant = tenant.map(|tenant| tenant.uuid().to_string()).unwrap_or_default();
        let opening = format!(
            "begin; set local app.organization_id = '{}'; set local app.tenant_id = '{tenant}'; \
             set local search_path = tenant",
            organization.uuid()
        );
        self.app.get(&self.presence, |pool| begin_apart(pool, opening.clone())).await
    }

    /// What somebody says who got a connection and has heard nothing since then.
    #[must_use]
    pub fn silent(&self, since: Instant) -> DbError {
        self.presence.met_since(since);
        DbError::Away(sqlx::Error::PoolTimedOut)
    }

    /// Answers whether both roles reach the database.
    ///
    /// # Errors
    /// When one does not.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.platform().await?.ping().await?;
        self.begin(Uuid::nil().into(), None).await?.got.rollback().await?;
        Ok(())
    }

    /// Closes both pools, waiting for what is under way.
    pub async fn close(&self) {
        self.app.close().await;
        self.platform.close().await;
    }
}

/// Runs to its end in a task of its own, for what takes something out of memory and writes it: a request that is dropped
/// meanwhile would otherwise take that with it.
///
/// # Errors
/// What it fails with; [`DbError::Away`] where it panics.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, DbError>> + Send + 'static,
) -> Result<T, DbError> {
    tokio::spawn(work).await.unwrap_or(Err(DbError::Away(sqlx::Error::WorkerCrashed)))
}

/// Begins a transaction in a task of its own: a request that is dropped while it begins would otherwise leave a connection
/// behind that has begun on the server and does not know it.
///
/// `begin` takes no parameters; all that varies in an opening are ids, which have neither a quote nor a space in them.
async fn begin_apart(pool: PgPool, opening: String) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(opening)).await });
    begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
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
        let keyring = cluster.keyring();
        Self { app: to(roles::APP), platform: to(roles::PLATFORM), migrator: to(roles::MIGRATOR), keyring }
    }

    /// The roles' connections to a database elsewhere. The address names the migrator; the other roles' passwords come
    /// from the installation's secret, as they do where `tenantry` makes the roles itself.
    ///
    /// # Errors
    /// When the address is none of PostgreSQL's.
    pub fn elsewhere(url: &str, secret: &secret::InstallationSecret) -> Result<Self, DbError> {
        let migrator: PgConnectOptions = url.parse()?;
        let to = |role: &str| migrator.clone().username(role).password(&secret.password(role));
        Ok(Self { app: to(roles::APP), platform: to(roles::PLATFORM), migrator, keyring: Keyring::of(secret) })
    }
}
