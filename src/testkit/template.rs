//! The template of every test's database: migrated and checked once, then copied in a tenth of a second.
//!
//! Its name is a digest of the migrations that the tests were built with, so a changed one makes another template and an
//! unchanged one is found again by the next run. Several test programs may come at once; a lock lets one make it and the others wait.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tenantry_domain::db::{Connections, cluster::Cluster, migrate::Migrations, roles::DatabaseName};
use tokio::sync::OnceCell;

use crate::database::connections_to;

/// One number for all who want the template at the same moment (`test` in ASCII).
const LOCK: i64 = 0x7465_7374;

static TEMPLATE: OnceCell<DatabaseName> = OnceCell::const_new();

/// The template's name; it is there and complete.
pub(crate) async fn template(cluster: &Cluster) -> &'static DatabaseName {
    TEMPLATE.get_or_init(|| find_or_make(cluster)).await
}

async fn find_or_make(cluster: &Cluster) -> DatabaseName {
    let name =
        DatabaseName::parse(&format!("template_{}", Migrations::own().digest())).expect("digits and small letters");
    let mut superuser =
        PgConnection::connect_with(&cluster.superuser("postgres")).await.expect("the superuser enters the cluster");
    sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut superuser).await.expect("a lock is given");
    if !is_complete(&mut superuser, &name).await {
        make(cluster, &mut superuser, &name).await;
    }
    // The end of the session gives the lock back.
    superuser.close().await.expect("the connection ends in order");
    name
}

/// Only a database that was finished is marked as a template: one that a killed process left behind is made anew.
async fn is_complete(superuser: &mut PgConnection, name: &DatabaseName) -> bool {
    let marked: Option<bool> = sqlx::query_scalar("select datistemplate from pg_database where datname = $1")
        .bind(name.as_str())
        .fetch_optional(superuser)
        .await
        .expect("the catalog answers");
    marked == Some(true)
}

async fn make(cluster: &Cluster, superuser: &mut PgConnection, name: &DatabaseName) {
    run(superuser, format!("drop database if exists {name}")).await;
    cluster.prepare(name).await.expect("a fresh database can be prepared");
    let Connections { migrator, .. } = connections_to(cluster, name);
    Migrations::own().run(&migrator).await.expect("the migrations run, and the catalog is as it must be");
    // Nobody may be connected to what is copied, so nobody can.
    run(superuser, format!("alter database {name} with is_template true allow_connections false")).await;
}

/// Runs a statement with a database's name in it, which has neither a quote nor a space.
async fn run(superuser: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(superuser).await.expect("the superuser may do anything");
}
