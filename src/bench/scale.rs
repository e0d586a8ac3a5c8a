//! The same calls with a hundred tenants and with a hundred thousand, in one run: what one customer waits for must not
//! grow with how many others there are.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgConnection;
use tenantry_domain::{
    Services,
    access::{self, Destination, Host, Principal},
    accounts::SessionToken,
    tenancy::{self, CreateOrganization},
};
use tenantry_testkit::{Person, TestDatabase, TestServer};

use crate::{
    Effort,
    figures::{Row, Times},
    load,
};

/// How many tenants there are at first, and at last.
const FEW: i32 = 100;
const MANY: i32 = 100_000;

/// Organizations of the person who asks.
const OWN: usize = 20;

/// A call may be this many times slower beside so many others. Caches of the machine grow cold, so it is not 1.
const TOLERANCE: f64 = 1.25;

/// Customers from one number to another, each with a person, an organization, a workspace, a tool, three jobs and what
/// they used, as the doors would have made them.
const CUSTOMERS: [&str; 10] = [
    "insert into platform.users (user_id, name, email, password_hash)
     select md5('user' || n)::uuid, 'Person ' || n, 'person' || n || '@example.net', '' from generate_series($1, $2) n",
    "insert into directory.organizations (organization_id, slug, name, plan_id, plan_version)
     select md5('organization' || n)::uuid, 'customer-' || n, 'Customer ' || n, 'pro', 1 from generate_series($1, $2) n",
    "insert into directory.tenants (organization_id, tenant_id, slug, name)
     select md5('organization' || n)::uuid, md5('tenant' || n)::uuid, 'customer-' || n, 'Customer ' || n
     from generate_series($1, $2) n",
    "insert into directory.memberships (organization_id, member_id, user_id, role, owner)
     select md5('organization' || n)::uuid, md5('member' || n)::uuid, md5('user' || n)::uuid, 'admin', true
     from generate_series($1, $2) n",
    "insert into org.gates (organization_id, position)
     select md5('organization' || n)::uuid, 3 from generate_series($1, $2) n",
    "insert into tenant.tools (tenant_id, tool_id, name, kind)
     select md5('tenant' || n)::uuid, md5('tool' || n)::uuid, 'echo', 'builtin' from generate_series($1, $2) n",
    "insert into org.jobs
         (organization_id, job_id, tenant_id, tool_id, tool, action, status, position, requested_by)
     select md5('organization' || n)::uuid, md5('job' || n || '-' || p)::uuid, md5('tenant' || n)::uuid,
            md5('tool' || n)::uuid, 'echo', 'say', 'succeeded', p, md5('user' || n)::uuid
     from generate_series($1, $2) n, generate_series(1, 3) p",
    "insert into tenant.job_payloads (tenant_id, job_id, payload, result)
     select md5('tenant' || n)::uuid, md5('job' || n || '-' || p)::uuid, '{}', '{}'
     from generate_series($1, $2) n, generate_series(1, 3) p",
    "insert into org.usage_counters (organization_id, meter, period_start, used)
     select md5('organization' || n)::uuid, 'dispatches',
            date_trunc('month', app.now() at time zone 'utc') at time zone 'utc', 3
     from generate_series($1, $2) n",
    "insert into org.usage_by_day (organization_id, day, dispatches)
     select md5('organization' || n)::uuid, (app.now() at time zone 'utc')::date, 3 from generate_series($1, $2) n",
];

/// What is measured, and the time that it may take at the 99th percentile, in milliseconds.
const CALLS: [(&str, &str, Option<f64>); 5] = [
    ("provisioning a tenant", "p99 < 50 ms, ratio < 1.25", Some(50.0)),
    ("switching, many tenants", "p99 < 5 ms, ratio < 1.25", Some(5.0)),
    ("listing organizations", "ratio < 1.25", None),
    ("a page of 50 jobs", "ratio < 1.25", None),
    ("asking whether a dispatch is allowed", "ratio < 1.25", None),
];

/// Measures every call among few and among many.
pub async fn measure(effort: Effort) -> Vec<Row> {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let mut own = Vec::new();
    for number in 0..OWN {
        own.push(ada.create_organization(&format!("Company {number}"), "pro").await.id.to_string());
    }
    for number in 0..50 {
        ada.dispatched(json!(number)).await;
    }
    let mut superuser = server.database.superuser().await;
    customers(&mut superuser, 1, FEW).await;
    let few = calls(&server, &ada, &own, effort).await;
    customers(&mut superuser, FEW + 1, MANY).await;
    let many = calls(&server, &ada, &own, effort).await;
    CALLS.into_iter().zip(few.into_iter().zip(many)).map(|(call, (few, many))| row(call, few, many)).collect()
}

fn row((what, target, most): (&'static str, &'static str, Option<f64>), mut few: Times, mut many: Times) -> Row {
    let (before, median, slowest) = (few.within(0.5), many.within(0.5), many.within(0.99));
    let ratio = median / before;
    Row {
        what,
        measured: format!("p50 {median:.2} ms, p99 {slowest:.2} ms, ratio {ratio:.2}"),
        reference: format!("{FEW} tenants: p50 {before:.2} ms, p99 {:.2} ms", few.within(0.99)),
        target,
        reached: ratio < TOLERANCE && most.is_none_or(|most| slowest < most),
    }
}

async fn customers(superuser: &mut PgConnection, first: i32, last: i32) {
    for statement in CUSTOMERS {
        sqlx::query(statement).bind(first).bind(last).execute(&mut *superuser).await.expect("rows");
    }
    // As autovacuum would leave it.
    sqlx::query("vacuum (analyze)").execute(superuser).await.expect("vacuumed");
}

/// Times of every call, in the order of [`CALLS`].
async fn calls(server: &TestServer, ada: &Person, own: &[String], effort: Effort) -> [Times; 5] {
    let address = server.base().trim_start_matches("http://");
    let request = |method, path, body: &str| load::request(method, path, ada.cookie(), body);
    let switches: Vec<Vec<u8>> = own
        .iter()
        .map(|organization| json!({"organization": organization}).to_string())
        .map(|body| request("PUT", "/api/tenant/organizations/current", &body))
        .collect();
    let list = [request("GET", "/api/tenant/organizations", "")];
    let page = [request("GET", "/api/v1/jobs?limit=50", "")];
    let check = [request("POST", "/api/v1/dispatch/check", r#"{"tool":"echo"}"#)];
    let turn = effort.time / 2;
    let provisioning = provision(&server.database, ada, turn).await;
    for warm_up in [&switches[..], &list, &page, &check] {
        load::times(address, warm_up, Duration::from_millis(300)).await;
    }
    [
        provisioning,
        load::times(address, &switches, turn).await,
        load::times(address, &list, turn).await,
        load::times(address, &page, turn).await,
        load::times(address, &check, turn).await,
    ]
}

/// Makes organizations with their first tenants, by the verb and for a person of their own, so that listing is not
/// measured with longer and longer lists.
async fn provision(database: &TestDatabase, ada: &Person, time: Duration) -> Times {
    let services = &database.services;
    let founder = founder(services, ada).await;
    let (began, mut times) = (Instant::now(), Times::default());
    while began.elapsed() < time {
        let wish = CreateOrganization { name: "New".into(), plan: Some("pro".into()), slug: None };
        let asked = Instant::now();
        tenancy::create_organization(services, &founder, &wish, None).await.expect("founded");
        times.add(asked.elapsed());
    }
    times
}

/// Somebody else, who founds.
async fn founder(services: &Services, ada: &Person) -> Principal {
    let person = ada.client.sign_up("Founder").await;
    let cookie = person.cookie().and_then(|cookie| cookie.split_once('='));
    let token = cookie.and_then(|(_, value)| SessionToken::parse(value)).expect("a session's cookie");
    access::enter(services, &token, &Host::Main, &Destination::Current).await.expect("signed in").principal
}
