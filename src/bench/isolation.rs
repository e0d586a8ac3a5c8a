//! What row-level security costs: the same transaction and the same page of 50 rows, as a tenant under both policies and
//! as a superuser under none, in turns on the same tables.

use std::time::{Duration, Instant};

use sqlx::{
    PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
};
use tenantry_domain::{
    Services,
    access::{self, Destination, Host, TenantScope, permit::JobRead},
    accounts::{self, SessionToken, SignUp},
    db::{Connections, Db, OrganizationBound as _, TenantTx},
    tenancy::{self, CreateOrganization},
};
use tenantry_testkit::{Served, TestDatabase};
use uuid::Uuid;

use crate::{
    Effort,
    figures::{Row, Times},
    load::{self, Connection},
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

/// Jobs of the tenant that reads, for the page of the API.
const JOBS: &str = "
    insert into org.jobs
        (organization_id, job_id, tenant_id, tool_id, tool, action, status, position, requested_by)
    select t.organization_id, gen_random_uuid(), t.tenant_id, gen_random_uuid(), 'echo', 'say', 'succeeded', n, m.user_id
    from directory.tenants t
    join directory.memberships m using (organization_id)
    cross join generate_series(1, 5000) n";

/// The page, as a tenant's verb would ask for it.
const QUERY: &str =
    "select job_id, payload from tenant.job_payloads where tenant_id = $1 order by job_id desc limit $2";

/// The page, as a person's program asks for it.
const PAGE_OF_THE_API: &str = "/api/v1/jobs?limit=50";

/// Measures all three: the whole transaction, the page alone, and the page as somebody waits for it.
pub async fn measure(effort: Effort) -> [Row; 3] {
    let database = TestDatabase::new().await;
    let (scope, token) = reader(&database.services).await;
    let mut superuser = database.superuser().await;
    sqlx::query(OTHERS).execute(&mut superuser).await.expect("rows");
    sqlx::query(OWN).bind(scope.tenant().uuid()).execute(&mut superuser).await.expect("rows");
    sqlx::query(JOBS).execute(&mut superuser).await.expect("rows");
    sqlx::query("analyze tenant.job_payloads, org.jobs").execute(&mut superuser).await.expect("analyzed");
    let free = unguarded(&database).await;
    let pool = PgPoolOptions::new().max_connections(1).connect_with(free.clone()).await.expect("a pool");

    let (mut guarded, mut bare) = (Side::default(), Side::default());
    let began = Instant::now();
    let mut warm = false;
    while began.elapsed() < effort.time * 2 {
        guarded_turn(&database.services, &scope, &mut guarded).await;
        bare_turn(&pool, scope.tenant().uuid(), &mut bare).await;
        if !warm && began.elapsed() > Duration::from_millis(500) {
            (guarded, bare, warm) = (Side::default(), Side::default(), true);
        }
    }
    let [transaction, page] = rows(guarded, bare);
    [transaction, page, of_the_api(effort, &database, free, token.reveal()).await]
}

/// How a superuser connects who has the time-outs of the application's role: what differs then is row-level security, and
/// the timers that each statement sets are no part of it.
async fn unguarded(database: &TestDatabase) -> PgConnectOptions {
    let settings: Vec<String> =
        database.truth("select coalesce(rolconfig, '{}') from pg_roles where rolname = 'tenantry_app'").await;
    database.superuser_options().options(settings.iter().filter_map(|setting| setting.split_once('=')))
}

/// The same handler over the application's role and over a superuser's connections, in turns.
async fn of_the_api(effort: Effort, database: &TestDatabase, free: PgConnectOptions, token: &str) -> Row {
    let free = Connections { app: free, ..database.connections.clone() };
    let free = Services::new(Db::new(&free), (*database.services.settings).clone());
    let free = Served::over(free, false, |router| router).await;
    let guarded = Served::over(database.services.clone(), false, |router| router).await;
    let request = load::request("GET", PAGE_OF_THE_API, Some(&format!("tenantry={token}")), "");
    let mut sides = [
        (Connection::to(host(&guarded)).await, Times::default()),
        (Connection::to(host(&free)).await, Times::default()),
    ];
    // Who asks first finds colder caches, so both do it in turns.
    let (began, mut swapped) = (Instant::now(), false);
    while began.elapsed() < effort.time * 2 {
        for (connection, times) in &mut sides {
            let asked = Instant::now();
            connection.ask(&request).await;
            times.add(asked.elapsed());
        }
        sides.swap(0, 1);
        swapped = !swapped;
    }
    if swapped {
        sides.swap(0, 1);
    }
    let [with, without] = sides.map(|(_, mut times)| times.within(0.5));
    let share = (with / without - 1.0) * 100.0;
    Row {
        what: "row-level security, that page over the API",
        measured: format!("{share:+.1} % (p50 {with:.3} ms)"),
        reference: format!("as superuser p50 {without:.3} ms"),
        target: "< 5 %",
        reached: share < 5.0,
    }
}

fn host(served: &Served) -> &str {
    served.base().trim_start_matches("http://")
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
    let rows: Vec<PgRow> =
        sqlx::query(QUERY).bind(tenant).bind(PAGE as i64).fetch_all(connection).await.expect("a page");
    assert_eq!(rows.len(), PAGE);
    began.elapsed()
}

/// A person with an organization: the right to read in it, and the session.
async fn reader(services: &Services) -> (TenantScope<JobRead>, SessionToken) {
    let wish = SignUp { name: "Ada".into(), email: "ada@example.com".into(), password: "correct horse battery".into() };
    let (_, session) = accounts::sign_up(services, wish, "bench").await.expect("signed up");
    let stranger = access::enter(services, &session.token, &Host::Main, &Destination::Current).await.expect("known");
    // The largest plan: a small one lets nobody ask as fast as is measured.
    let organization =
        CreateOrganization { name: "Acme".into(), plan: Some("empire".into()), ..CreateOrganization::default() };
    tenancy::create_organization(services, &stranger.principal, &organization, None).await.expect("founded");
    let visitor = access::enter(services, &session.token, &Host::Main, &Destination::Current).await.expect("known");
    (visitor.tenant().expect("an owner may read"), session.token)
}
