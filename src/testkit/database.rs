//! A database of its own for every test: a copy of the template, dropped with the test.

use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Postgres,
    postgres::{PgConnectOptions, PgRow},
};
use tenantry_domain::{
    Services, Settings,
    db::{
        Connections, Db,
        cluster::Cluster,
        roles::{self, DatabaseName},
    },
    outbound::Outbound,
    services::Entropy,
};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{cluster::cluster, template::template};

/// Databases that are in use at once: each may open two pools, and the cluster has 200 connections.
static TURNS: Semaphore = Semaphore::const_new(7);

/// A database that is this test's alone.
pub struct TestDatabase {
    /// Services over it; a server in the test shares them.
    pub services: Services,
    /// How its roles connect.
    pub connections: Connections,
    name: DatabaseName,
    cluster: &'static Cluster,
    _turn: SemaphorePermit<'static>,
}

/// The roles' connections to a database of the cluster.
pub(crate) fn connections_to(cluster: &Cluster, name: &DatabaseName) -> Connections {
    let to = |role| cluster.connect_options_to(role, name.as_str());
    let keyring = cluster.keyring();
    Connections { app: to(roles::APP), platform: to(roles::PLATFORM), migrator: to(roles::MIGRATOR), keyring }
}

impl TestDatabase {
    /// Copies the template.
    ///
    /// # Panics
    /// Where no throw-away cluster runs, with a sentence that says what to do.
    pub async fn new() -> Self {
        let turn = TURNS.acquire().await.expect("nobody closes it");
        let cluster = cluster().await;
        let template = template(cluster).await;
        let tail: String = Entropy.bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        let name = DatabaseName::parse(&format!("test_{tail}")).expect("digits and small letters");
        let mut superuser = enter(cluster, "postgres").await;
        roles::create_database(&mut superuser, &name, Some(template)).await.expect("the template can be copied");
        superuser.close().await.expect("the connection ends in order");
        let connections = connections_to(cluster, &name);
        let url = "http://localhost".parse().expect("an address");
        // What tests have called is on this machine.
        let settings = Settings { loopback_tools: true, ..Settings::new(url) };
        let services = Services::new(Db::new(&connections), settings);
        Self { services, connections, name, cluster, _turn: turn }
    }

    /// The services with other settings: the same pools, clock and line before the door.
    #[must_use]
    pub fn services_with(&self, settings: Settings) -> Services {
        Services { outbound: Outbound::new(&settings), settings: Arc::new(settings), ..self.services.clone() }
    }

    /// What another process would have over the same database: pools, lines and memories of its own.
    #[must_use]
    pub fn other_process(&self) -> Services {
        Services::new(Db::new(&self.connections), (*self.services.settings).clone())
    }

    /// The database's name in the cluster.
    #[must_use]
    pub fn name(&self) -> &DatabaseName {
        &self.name
    }

    /// Its address as a server elsewhere is given it: the migrator's, with the password.
    #[must_use]
    pub fn address(&self) -> String {
        let mut url = self.connections.migrator.to_url_lossy();
        // Without what the embedded cluster adds for the migrator alone: the other roles' addresses are made of this one.
        url.set_query(Some("sslmode=disable"));
        url.into()
    }

    /// A connection that sees everything, to look at the truth.
    ///
    /// # Panics
    /// When the database is away.
    pub async fn superuser(&self) -> PgConnection {
        enter(self.cluster, self.name.as_str()).await
    }

    /// How the superuser connects.
    #[must_use]
    pub fn superuser_options(&self) -> PgConnectOptions {
        self.cluster.superuser(self.name.as_str())
    }

    /// One value as it stands in the database, past every policy.
    ///
    /// # Panics
    /// When the query fails or finds nothing.
    pub async fn truth<T>(&self, query: &'static str) -> T
    where
        T: Send + Unpin,
        (T,): for<'r> sqlx::FromRow<'r, PgRow>,
    {
        let mut superuser = self.superuser().await;
        let value = sqlx::query_scalar::<Postgres, T>(query).fetch_one(&mut superuser).await;
        value.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// Changes something past every policy.
    ///
    /// # Panics
    /// When the statement fails.
    pub async fn change(&self, statement: &'static str) {
        let mut superuser = self.superuser().await;
        sqlx::raw_sql(statement).execute(&mut superuser).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// Turns the clock of database and program to now plus `by`, so that months pass without waiting. A session of
    /// PostgreSQL keeps the setting that it began with, so all of them are ended; the pools open others.
    ///
    /// # Panics
    /// When the database is away.
    pub async fn turn_clock(&self, by: TimeDelta) {
        let microseconds = by.num_microseconds().expect("within 292,000 years");
        self.alter(&format!("set app.clock_offset = '{microseconds} microseconds'")).await;
        self.services.clock.set_offset(by);
        self.cut().await;
        // After the cut: what a server was just being told still has the old time.
        self.services.memory.forget_all();
    }

    /// Turns the clock to tomorrow's noon, in UTC: a test that counts by days must not meet midnight. Answers by how much, for
    /// whoever turns it further.
    ///
    /// # Panics
    /// When the database is away.
    pub async fn turn_to_noon(&self) -> TimeDelta {
        let away = "select extract(epoch from date_trunc('day', now(), 'UTC') + interval '36 hours' - now())::bigint";
        let by = TimeDelta::seconds(self.truth(away).await);
        self.turn_clock(by).await;
        by
    }

    /// Lets the application's role wait a minute for a lock that the test holds, instead of the five seconds of production: a
    /// busy machine must not decide a test.
    ///
    /// # Panics
    /// When the cluster is away.
    pub async fn be_patient(&self) {
        let statement = format!("alter role {} in database {} set lock_timeout = '60s'", roles::APP, self.name);
        let mut superuser = enter(self.cluster, "postgres").await;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut superuser).await.expect("the superuser may do anything");
        self.cut().await;
    }

    /// Takes the database away: nobody gets in, and whoever is in is thrown out.
    ///
    /// # Panics
    /// When the cluster is away.
    pub async fn take_away(&self) {
        self.alter("with allow_connections false").await;
        self.cut().await;
    }

    /// Gives it back.
    ///
    /// # Panics
    /// When the cluster is away.
    pub async fn give_back(&self) {
        self.alter("with allow_connections true").await;
    }

    /// Ends every session of the database, and waits until they have ended.
    ///
    /// # Panics
    /// When the cluster is away.
    pub async fn cut(&self) {
        let mut superuser = enter(self.cluster, "postgres").await;
        sqlx::query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1")
            .bind(self.name.as_str())
            .execute(&mut superuser)
            .await
            .expect("the superuser may end sessions");
    }

    async fn alter(&self, what: &str) {
        let mut superuser = enter(self.cluster, "postgres").await;
        let statement = format!("alter database {} {what}", self.name);
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut superuser).await.expect("the superuser may do anything");
    }
}

impl Drop for TestDatabase {
    /// On a thread of its own, since the test's runtime cannot be waited on here. What fails is left to the end of the
    /// throw-away cluster.
    fn drop(&mut self) {
        let options = self.cluster.superuser("postgres");
        let statement = format!("drop database if exists {} with (force)", self.name);
        let dropping = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                if let Ok(mut superuser) = PgConnection::connect_with(&options).await {
                    let _left_behind = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut superuser).await;
                }
            });
        });
        let _left_behind = dropping.join();
    }
}

async fn enter(cluster: &Cluster, database: &str) -> PgConnection {
    PgConnection::connect_with(&cluster.superuser(database)).await.expect("the superuser enters the cluster")
}
