//! The database as the second lock: what the application's role can do where every guard in front has failed.

use std::time::Duration;

use serde_json::json;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection,
    postgres::{PgListener, PgPoolOptions},
    query_scalar,
};
use tenantry_domain::{
    access::{self, Destination, Host, permit::JobRead},
    accounts::SessionToken,
    db::TenantTx,
};
use tenantry_kernel::{OrganizationId, TenantId};
use tenantry_testkit::{Organization, TestServer};

/// A connection as the application's role, with nothing set.
async fn attacker(server: &TestServer) -> PgConnection {
    PgConnection::connect_with(&server.database.connections.app).await.expect("the role enters")
}

/// Begins a transaction that is bound as the server binds it.
async fn bind(attacker: &mut PgConnection, organization: OrganizationId, tenant: TenantId) {
    let text = format!(
        "begin; set local app.organization_id = '{}'; set local app.tenant_id = '{}'",
        organization.uuid(),
        tenant.uuid()
    );
    sqlx::raw_sql(AssertSqlSafe(text)).execute(attacker).await.expect("bound");
}

async fn rollback(attacker: &mut PgConnection) {
    sqlx::raw_sql("rollback").execute(attacker).await.expect("rolled back");
}

/// Every table of the guarded schemas that the role may read at all.
async fn tables(server: &TestServer) -> Vec<String> {
    let tables: Vec<String> = server
        .database
        .truth(
            "select array_agg(c.oid::regclass::text order by 1)
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname in ('tenant', 'org', 'directory') and c.relkind in ('r', 'p') and not c.relispartition",
        )
        .await;
    assert!(tables.len() >= 14, "{tables:?}");
    tables
}

/// Two organizations with rows in every table.
async fn two_organizations(server: &TestServer) -> (Organization, Organization) {
    let mut made = Vec::new();
    for name in ["Ada", "Eve"] {
        let (person, organization) = server.owner(name, "pro").await;
        let body = json!({"tool": "echo", "action": "say", "payload": format!("canary of {name}")});
        person.post("/api/v1/dispatch", &body).once("key").await.expect(202);
        let (key, _) = person.key(&["read"]).await;
        person.post(&format!("/api/v1/keys/{key}/rotate"), &json!({})).await.expect(201);
        made.push(organization);
    }
    let second = made.pop().expect("two");
    (made.pop().expect("two"), second)
}

async fn count(attacker: &mut PgConnection, table: &str) -> i64 {
    let query = format!("select count(*) from {table}");
    query_scalar(AssertSqlSafe(query)).fetch_one(attacker).await.unwrap_or_else(|error| panic!("{table}: {error}"))
}

#[tokio::test]
async fn what_was_set_for_a_transaction_ends_with_it() {
    let server = TestServer::without_worker().await;
    let (hers, _) = two_organizations(&server).await;
    let mut attacker = attacker(&server).await;
    for end in ["commit", "rollback"] {
        bind(&mut attacker, hers.id, hers.tenant).await;
        assert_eq!(count(&mut attacker, "tenant.tools").await, 2);
        sqlx::raw_sql(end).execute(&mut attacker).await.expect("ended");
        assert_eq!(count(&mut attacker, "tenant.tools").await, 0);
        assert_eq!(count(&mut attacker, "org.jobs").await, 0);
    }
}

#[tokio::test]
async fn nonsense_as_a_tenant_is_an_error_and_never_a_row() {
    let server = TestServer::without_worker().await;
    two_organizations(&server).await;
    let mut attacker = attacker(&server).await;
    for nonsense in ["x", "' or true --", "*", "00000000-0000-0000-0000-00000000000", "null"] {
        sqlx::query("select set_config('app.tenant_id', $1, false), set_config('app.organization_id', $1, false)")
            .bind(nonsense)
            .execute(&mut attacker)
            .await
            .expect("it is only text");
        for table in tables(&server).await {
            let query = format!("select count(*) from {table}");
            let outcome = query_scalar::<_, i64>(AssertSqlSafe(query)).fetch_one(&mut attacker).await;
            assert!(outcome.is_err() || outcome.is_ok_and(|count| count == 0), "{table} as {nonsense}");
        }
    }
}

#[tokio::test]
async fn an_organization_without_a_tenant_has_no_tenants_rows() {
    let server = TestServer::without_worker().await;
    let (hers, other) = two_organizations(&server).await;
    let mut attacker = attacker(&server).await;
    let text = format!("begin; set local app.organization_id = '{}'; set local app.tenant_id = ''", hers.id.uuid());
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut attacker).await.expect("bound");
    assert_eq!(count(&mut attacker, "org.jobs").await, 1);
    assert_eq!(count(&mut attacker, "tenant.tools").await, 0);
    rollback(&mut attacker).await;
    // Nor does a tenant open under another organization's name.
    bind(&mut attacker, other.id, hers.tenant).await;
    assert_eq!(count(&mut attacker, "tenant.tools").await, 0);
    assert_eq!(count(&mut attacker, "tenant.job_payloads").await, 0);
    rollback(&mut attacker).await;
}

#[tokio::test]
async fn a_suspended_workspace_is_closed_in_the_database_too() {
    let server = TestServer::without_worker().await;
    let (hers, _) = two_organizations(&server).await;
    server.database.set_suspended(hers.tenant, true).await;
    let mut attacker = attacker(&server).await;
    bind(&mut attacker, hers.id, hers.tenant).await;
    assert_eq!(count(&mut attacker, "tenant.tools").await, 0);
    assert_eq!(count(&mut attacker, "tenant.job_payloads").await, 0);
    assert_eq!(count(&mut attacker, "org.jobs").await, 1);
    let insert = format!(
        "insert into tenant.tools (tenant_id, tool_id, name, kind) values ('{}', gen_random_uuid(), 'x', 'builtin')",
        hers.tenant.uuid()
    );
    let refused = sqlx::raw_sql(AssertSqlSafe(insert)).execute(&mut attacker).await.expect_err("closed");
    assert!(refused.to_string().contains("row-level security"), "{refused}");
}

/// As one tenant, tries a statement on another's rows: it must fail, or touch nothing.
async fn touches_nothing(server: &TestServer, own: &Organization, statement: String) {
    let mut attacker = attacker(server).await;
    bind(&mut attacker, own.id, own.tenant).await;
    match sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut attacker).await {
        Ok(done) => assert_eq!(done.rows_affected(), 0, "{statement}"),
        Err(error) => {
            let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
            assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
        }
    }
}

#[tokio::test]
async fn anothers_rows_can_be_neither_changed_nor_made() {
    let server = TestServer::without_worker().await;
    let (own, other) = two_organizations(&server).await;
    let dump = "select string_agg(row, e'\\n' order by row) from (
        select o::text as row from directory.organizations o union all select t::text from directory.tenants t
        union all select m::text from directory.memberships m union all select j::text from org.jobs j
        union all select c::text from org.usage_counters c union all select t::text from tenant.tools t
        union all select p::text from tenant.job_payloads p union all select s::text from org.slots s
    ) rows";
    let before: String = server.database.truth(dump).await;
    let (organization, tenant) = (other.id.uuid(), other.tenant.uuid());
    let (own_organization, own_tenant) = (own.id.uuid(), own.tenant.uuid());
    for statement in [
        format!("update tenant.tools set name = 'x' where tenant_id = '{tenant}'"),
        format!("delete from tenant.job_payloads where tenant_id = '{tenant}'"),
        format!("delete from org.slots where organization_id = '{organization}'"),
        format!("update org.usage_counters set used = 0 where organization_id = '{organization}'"),
        format!("update directory.organizations set plan_id = 'empire' where organization_id = '{organization}'"),
        // Rows made in another's name.
        format!(
            "insert into tenant.tools (tenant_id, tool_id, name, kind) values ('{tenant}', gen_random_uuid(), 'x', 'builtin')"
        ),
        format!("insert into org.gates (organization_id) values ('{organization}')"),
        format!(
            "insert into directory.memberships (organization_id, member_id, user_id, role, owner)
             select '{organization}', gen_random_uuid(), user_id, 'admin', true from directory.memberships limit 1"
        ),
        // Own rows moved across.
        format!("update tenant.tools set tenant_id = '{tenant}' where tenant_id = '{own_tenant}'"),
        format!("update org.slots set organization_id = '{organization}' where organization_id = '{own_organization}'"),
        format!(
            "update directory.tenants set organization_id = '{organization}' where organization_id = '{own_organization}'"
        ),
        // What it was never given at all.
        "delete from org.jobs".to_owned(),
        "delete from org.usage_events".to_owned(),
        "update org.usage_events set quantity = 0".to_owned(),
        "delete from directory.organizations".to_owned(),
        "delete from directory.tenants".to_owned(),
    ] {
        touches_nothing(&server, &own, statement).await;
    }
    assert_eq!(server.database.truth::<String>(dump).await, before);
}

#[tokio::test]
async fn an_upsert_and_a_unique_key_are_no_oracle_of_others() {
    let server = TestServer::without_worker().await;
    let (own, other) = two_organizations(&server).await;
    let tool: uuid::Uuid = {
        let mut superuser = server.database.superuser().await;
        query_scalar("select tool_id from tenant.tools where tenant_id = $1")
            .bind(other.tenant.uuid())
            .fetch_one(&mut superuser)
            .await
            .expect("it has one")
    };
    let mut attacker = attacker(&server).await;
    bind(&mut attacker, own.id, own.tenant).await;
    // The other's id is free here, as any other would be.
    let insert = format!(
        "insert into tenant.tools (tenant_id, tool_id, name, kind) values ('{}', '{tool}', 'same', 'builtin')
         on conflict (tenant_id, tool_id) do update set name = 'taken'",
        own.tenant.uuid()
    );
    let done = sqlx::raw_sql(AssertSqlSafe(insert)).execute(&mut attacker).await.expect("it is free");
    assert_eq!(done.rows_affected(), 1);
    assert_eq!(
        query_scalar::<_, String>("select name from tenant.tools where name not in ('echo', 'http-request')")
            .fetch_one(&mut attacker)
            .await
            .expect("made"),
        "same"
    );
}

#[tokio::test]
async fn a_foreign_key_cannot_reach_across() {
    let server = TestServer::without_worker().await;
    let (own, other) = two_organizations(&server).await;
    let (job, person): (uuid::Uuid, uuid::Uuid) = {
        let mut superuser = server.database.superuser().await;
        let query = "select job_id, requested_by from org.jobs where organization_id = $1";
        sqlx::query_as(query).bind(other.id.uuid()).fetch_one(&mut superuser).await.expect("it has one")
    };
    for statement in [
        format!("insert into org.slots (organization_id, slot, job_id) values ('{}', 99, '{job}')", own.id.uuid()),
        format!(
            "insert into org.usage_events (organization_id, event_id, tenant_id, meter, quantity)
             values ('{}', gen_random_uuid(), '{}', 'dispatches', -1)",
            own.id.uuid(),
            other.tenant.uuid()
        ),
        format!(
            "insert into org.jobs (organization_id, job_id, tenant_id, tool_id, tool, action, status, position, requested_by)
             values ('{}', gen_random_uuid(), '{}', gen_random_uuid(), 'echo', 'say', 'queued', 1, '{person}')",
            own.id.uuid(),
            other.tenant.uuid()
        ),
    ] {
        let mut attacker = attacker(&server).await;
        bind(&mut attacker, own.id, own.tenant).await;
        let refused = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut attacker).await.expect_err("no such row");
        let code = refused.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
        assert_eq!(code.as_deref(), Some("23503"), "{refused}");
    }
}

#[tokio::test]
async fn the_role_can_do_nothing_but_its_work() {
    let server = TestServer::without_worker().await;
    let (own, _) = two_organizations(&server).await;
    let forbidden = [
        "set role tenantry_owner",
        "set role tenantry_directory",
        "set role tenantry_platform",
        "set role postgres",
        "set session authorization tenantry_owner",
        "set row_security = off; select * from org.jobs",
        "copy org.jobs to stdout",
        "copy org.jobs from stdin",
        "copy (select 1) to program 'id'",
        "truncate org.slots",
        "truncate tenant.tools",
        "create temporary table t ()",
        "create table org.t ()",
        "create table tenant.t ()",
        "create table public.t ()",
        "create schema s",
        "create function public.f() returns int language sql as 'select 1'",
        "create view org.v as select 1",
        "alter table org.jobs disable row level security",
        "drop policy organization on org.jobs",
        "create policy p on org.jobs using (true)",
        "select * from platform.users",
        "select * from platform.sessions",
        "insert into platform.plans select * from platform.plans",
        "select * from platform.idempotency",
        "select app.organizations_of(gen_random_uuid())",
        "select app.locate(gen_random_uuid(), null, null, null, null)",
        "select app.due_work(10)",
        "select app.guard_tenant_table('tenant.tools', 'truncate')",
        "select pg_read_file('postgresql.conf')",
        "select lo_create(0)",
        "alter role tenantry_app bypassrls",
        "alter database tenantry set work_mem = '1GB'",
    ];
    let mut allowed = Vec::new();
    for statement in forbidden {
        let mut attacker = attacker(&server).await;
        bind(&mut attacker, own.id, own.tenant).await;
        if sqlx::raw_sql(statement).execute(&mut attacker).await.is_ok() {
            allowed.push(statement);
        }
    }
    assert!(allowed.is_empty(), "the role may {allowed:?}");
}

#[tokio::test]
async fn the_platforms_role_asks_its_questions_and_sees_no_tenants_rows() {
    let server = TestServer::without_worker().await;
    two_organizations(&server).await;
    let mut platform =
        PgConnection::connect_with(&server.database.connections.platform).await.expect("the role enters");
    for table in tables(&server).await {
        let query = format!("select count(*) from {table}");
        let outcome = sqlx::raw_sql(AssertSqlSafe(query)).execute(&mut platform).await;
        assert!(outcome.is_err(), "{table}");
    }
    for statement in
        ["set role tenantry_directory", "create temporary table t ()", "update platform.plans set dispatches = null"]
    {
        assert!(sqlx::raw_sql(statement).execute(&mut platform).await.is_err(), "{statement}");
    }
    let due: i64 =
        query_scalar("select count(*) from app.due_work(10)").fetch_one(&mut platform).await.expect("it may ask");
    assert_eq!(due, 2);
}

#[tokio::test]
async fn a_function_in_the_way_is_not_called() {
    // A temporary schema comes first in a search path that does not say otherwise, so the look-ups say otherwise.
    let server = TestServer::without_worker().await;
    let functions = "select count(*), count(*) filter (where 'search_path=pg_catalog, pg_temp' = any (proconfig))
                     from pg_proc where prosecdef and pronamespace = 'app'::regnamespace";
    let (all, safe): (i64, i64) = sqlx::query_as(functions)
        .fetch_one(&mut server.database.superuser().await)
        .await
        .expect("the superuser may ask");
    assert!(all > 10 && safe == all, "{safe} of {all} say where they look");
}

#[tokio::test]
async fn whoever_listens_hears_nothing_of_another() {
    let server = TestServer::start().await;
    let (ada, hers) = server.owner("Ada", "pro").await;
    let pool = PgPoolOptions::new().max_connections(1).connect_with(server.database.connections.app.clone()).await;
    let mut listener = PgListener::connect_with(&pool.expect("the role enters")).await.expect("a role may listen");
    let mut channels = tables(&server).await;
    channels.extend([hers.id.to_string(), hers.tenant.to_string(), hers.id.uuid().to_string(), hers.slug.clone()]);
    listener.listen_all(channels.iter().map(String::as_str)).await.expect("to what it likes");
    let job = ada.dispatched(json!("canary")).await;
    ada.job_over(&job).await;
    ada.put("/api/v1/subscription", &json!({"plan": "empire"})).await.expect(200);
    let heard = tokio::time::timeout(Duration::from_millis(300), listener.recv()).await;
    assert!(heard.is_err(), "{heard:?}");
    // Nothing in the database could tell listeners anything either.
    let notifying = "select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname in ('app', 'org', 'tenant', 'directory', 'platform') and p.prosrc ilike '%notify%'";
    assert_eq!(server.database.truth::<i64>(notifying).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_gives_up_while_a_transaction_begins_leaves_none_behind() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let token =
        ada.cookie().and_then(|cookie| cookie.split_once('=')).and_then(|(_, token)| SessionToken::parse(token));
    let destination = Destination::Id(acme.tenant);
    let services = &server.database.services;
    let visitor = access::enter(services, &token.expect("a session"), &Host::Main, &destination).await.expect("known");
    let scope = visitor.tenant::<JobRead>().expect("an owner may read");
    let begun = "select count(*) from pg_stat_activity
         where datname = current_database() and usename = 'tenantry_app' and state like 'idle in transaction%'";
    for round in 0..120_u64 {
        let patience = Duration::from_micros(40 + round * 13 % 500);
        drop(tokio::time::timeout(patience, TenantTx::open(&services.db, &scope)).await);
        let none_left = async {
            while server.database.truth::<i64>(begun).await > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        // Sooner than the role's own time-out would end it.
        let waited = tokio::time::timeout(Duration::from_secs(8), none_left).await;
        waited.unwrap_or_else(|_| panic!("given up after {patience:?}, a transaction was left behind"));
    }
}
