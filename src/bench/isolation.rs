//! What row-level security costs: the same transaction and the same page of 50 rows, as a tenant under both policies and
//! as a superuser under none, in turns on the same tables.

use std::time::{Duration, Instant};

use sqlx::{
    PgConnection, PgPool,
    postgres::{PgPoolOptions, PgRow},
};
use tenantry_domain::{
    Services,
    access::{self, Destination, Host, TenantScope, permit::JobRead},
    accounts::{self, SignUp},
    db::{OrganizationBound as _, TenantTx},
    tenancy::{self, CreateOrganization},
};
use tenantry_testkit::TestDatabase;
use uuid::Uuid;

use crate::{
    Effort,
    figures::{Row, Times},
};

/// Rows of a page.
const PAGE: usize = 50;

/// Tenants beside the one that reads, and rows of each.
const OTHERS: &str = "
    insert into tenant.job_payloads (tenant_id, job_id, payload)
    select tenant, gen_random_uuid(), '{\"hello\": \"world\"}'
    from (select gen_random_uuid() as tenant from generate_series(1, 1000)) tenants, generate_series(1, 100)";

/// Rows of the tenant that reads.
const OWN: &str = "
    insert into tenant.job_payloads (tenant_id, job_id, payload)
    select $1, gen_random_uuid(), '{\"hello\": \"world\"}' from generate_series(1, 5000)";

/// The page, as a tenant's verb would ask for it.
const QUERY: &str =
    "select job_id, payload from tenant.job_payloads where tenant_id = $1 order by job_id desc limit 50";

/// Measures both: the whole transaction, and the page alone.
pub async fn measure(effort: Effort) -> [Row; 2] {
    let database = TestDatabase::new().await;
    let scope = reader(&database.services).await;
    let mut superuser = database.superuser().await;
    sqlx::query(OTHERS).execute(&mut superuser).await.expect("rows");
    sqlx::query(OWN).bind(scope.tenant().uuid()).execute(&mut superuser).await.expect("rows");
    sqlx::query("analyze tenant.job_payloads").execute(&mut superuser).await.expect("analyzed");
    // With what the server's own pools have.
    let free =
        PgPoolOptions::new().max_connections(1).connect_with(database.superuser_options()).await.expect("a pool");

    let (mut guarded, mut bare) = (Side::default(), Side::default());
    let began = Instant::now();
    let mut warm = false;
    while began.elapsed() < effort.time * 2 {
        guarded_turn(&database.services, &scope, &mut guarded).await;
        bare_turn(&free, scope.tenant().uuid(), &mut bare).await;
        if !warm && began.elapsed() > Duration::from_millis(500) {
            (guarded, bare, warm) = (Side::default(), Side::default(), true);
        }
    }
    rows(guarded, bare)
}

/// Times of one side.
#[derive(Default)]
struct Side {
    transactions: Times,
    pages: Times,
}

fn rows(mut guarded: Side, mut bare: Side) -> [Row; 2] {
    let (with, without) = (guarded.transactions.within(0.5), bare.transactions.within(0.5));
    let (page_with, page_without) = (guarded.pages.within(0.5), bare.pages.within(0.5));
    let cost = with - without;
    let share = (page_with / page_without - 1.0) * 100.0;
    [
        Row {
            what: "row-level security, a transaction",
            measured: format!("{cost:+.3} ms (p50 {with:.3} ms)"),
            reference: format!("as superuser p50 {without:.3} ms"),
            target: "< 0.3 ms",
            reached: cost < 0.3,
        },
        Row {
            what: "row-level security, a page of 50 rows",
            measured: format!("{share:+.1} % (p50 {page_with:.3} ms)"),
            reference: format!("as superuser p50 {page_without:.3} ms"),
            target: "< 5 %",
            reached: share < 5.0,
        },
    ]
}

/// One transaction of the tenant's own, as every verb opens it.
async fn guarded_turn(services: &Services, scope: &TenantScope<JobRead>, side: &mut Side) {
    let began = Instant::now();
    let mut tx = TenantTx::open(&services.db, scope).await.expect("the database is there");
    side.pages.add(page(tx.connection(), scope.tenant().uuid()).await);
    tx.commit().await.expect("committed");
    side.transactions.add(began.elapsed());
}

/// The same without a tenant and without policies.
async fn bare_turn(pool: &PgPool, tenant: Uuid, side: &mut Side) {
    let began = Instant::now();
    let mut tx = pool.begin().await.expect("the database is there");
    side.pages.add(page(&mut tx, tenant).await);
    tx.commit().await.expect("committed");
    side.transactions.add(began.elapsed());
}

async fn page(connection: &mut PgConnection, tenant: Uuid) -> Duration {
    let began = Instant::now();
    let rows: Vec<PgRow> = sqlx::query(QUERY).bind(tenant).fetch_all(connection).await.expect("a page");
    assert_eq!(rows.len(), PAGE);
    began.elapsed()
}

/// A person with an organization, and the right to read in it.
async fn reader(services: &Services) -> TenantScope<JobRead> {
    let wish = SignUp { name: "Ada".into(), email: "ada@example.com".into(), password: "correct horse battery".into() };
    let (_, session) = accounts::sign_up(services, wish, "bench").await.expect("signed up");
    let stranger = access::enter(services, &session.token, &Host::Main, &Destination::Current).await.expect("known");
    let organization = CreateOrganization { name: "Acme".into(), ..CreateOrganization::default() };
    tenancy::create_organization(services, &stranger.principal, &organization, None).await.expect("founded");
    let visitor = access::enter(services, &session.token, &Host::Main, &Destination::Current).await.expect("known");
    visitor.tenant().expect("an owner may read")
}
