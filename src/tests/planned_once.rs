//! Statements of the application's role are planned once a connection, and a page far back is found by the index: neither
//! grows with what a tenant has, nor with the policies that guard it.

use serde_json::json;
use sqlx::{AssertSqlSafe, query_as, query_scalar};
use tenantry_domain::{
    Services,
    access::{self, Destination, Host, TenantScope, permit::JobRead},
    accounts::SessionToken,
    db::{Db, OrganizationBound as _, Sizes, TenantTx},
};
use tenantry_kernel::page::Limit;
use tenantry_testkit::{Client, TestServer};

/// More often than PostgreSQL would plan a statement for its values before it thinks of planning it for all.
const CALLS: usize = 8;

/// Services with one connection, so that every call meets the same prepared statements.
fn one_connection(server: &TestServer) -> Services {
    let sizes = Sizes { app: 1, platform: 1 };
    let db = Db::with_sizes(&server.database.connections, sizes);
    Services::new(db, (*server.database.services.settings).clone())
}

async fn reader(services: &Services, client: &Client) -> TenantScope<JobRead> {
    let token = client.cookie().and_then(|cookie| cookie.split_once('='));
    let token = token.and_then(|(_, value)| SessionToken::parse(value)).expect("a session's cookie");
    let visitor = access::enter(services, &token, &Host::Main, &Destination::Current).await.expect("signed in");
    visitor.tenant().expect("a member may read")
}

/// The statement that reads a page of jobs, as the one connection has prepared it: its name, and how often it was planned
/// for all values and for its own.
const PAGE: &str = "
    select name, generic_plans, custom_plans from pg_prepared_statements
    where statement like '%from org.jobs%order by job_id desc%'";

#[tokio::test]
async fn a_page_is_planned_once_and_found_by_the_index_wherever_it_begins() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let first = ada.dispatched(json!(1)).await;
    let services = one_connection(&server);
    let scope = reader(&services, &ada).await;
    let limit = Limit::default();
    for _ in 0..CALLS {
        tenantry_domain::dispatch::jobs(&services, &scope, Some(&first), limit).await.expect("a page");
    }
    let mut tx = TenantTx::open(&services.db, &scope).await.expect("opened");
    let (name, generic, custom): (String, i64, i64) =
        query_as(PAGE).fetch_one(tx.connection()).await.expect("it is prepared");
    assert_eq!((generic, custom), (CALLS as i64, 0), "planned for its values");
    let explain = format!("explain execute {name} (null, null, null, null)");
    let plan: Vec<String> = query_scalar(AssertSqlSafe(explain)).fetch_all(tx.connection()).await.expect("a plan");
    let found = plan.iter().any(|line| line.contains("Index Cond") && line.contains("job_id < $3"));
    assert!(found, "read from the newest on: {plan:#?}");
}
