//! The database's half: one policy, key, grant, function or view is broken at a time, as a superuser could by mistake.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection};
use tenantry_domain::ops::verify::{self, Finding, Ground, Report, Tally, World};
use tenantry_testkit::TestDatabase;

/// A database with the two organizations in it, to break things in.
struct Scene {
    database: TestDatabase,
    ground: Ground,
    world: World,
}

impl Scene {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let ground = Ground { connections: database.connections.clone(), own_cluster: true };
        let world = World::make(&database.services, &ground.connections).await.expect("the world is made");
        Self { database, ground, world }
    }

    async fn attacked(&self) -> Report {
        let mut tally = Tally::default();
        verify::database(&self.database.services, &self.ground, &self.world, &mut tally).await.expect("attacked");
        tally.report(Duration::ZERO)
    }
}

/// One thing that somebody breaks, how it is mended, and what the report must name.
struct Break {
    breaking: String,
    mending: String,
    place: String,
    /// A word of the attack that must have got through, where one can; the catalog names everything else.
    attack: &'static str,
}

fn broken(breaking: &str, mending: &str, place: &str, attack: &'static str) -> Break {
    Break { breaking: breaking.into(), mending: mending.into(), place: place.into(), attack }
}

impl Scene {
    /// Breaks each thing by itself, and lists what the verification did not see.
    async fn unseen(&self, breaks: &[Break]) -> Vec<String> {
        let mut superuser = self.database.superuser().await;
        let mut unseen = Vec::new();
        for Break { breaking, mending, place, attack } in breaks {
            run(&mut superuser, breaking).await;
            let report = self.attacked().await;
            run(&mut superuser, mending).await;
            let named = |finding: &Finding| finding.place == *place && finding.attack.contains(attack);
            if !report.findings.iter().any(named) {
                unseen.push(format!("{breaking}\n    found: {:#?}", report.findings));
            }
        }
        unseen
    }
}

async fn run(superuser: &mut PgConnection, statements: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(superuser).await;
    done.unwrap_or_else(|error| panic!("{statements}: {error}"));
}

/// Every policy: its table, its name, whether it admits (or else restricts), and the statement that makes it again.
async fn policies(database: &TestDatabase) -> Vec<(String, String, bool, String)> {
    sqlx::query_as(
        "select format('%I.%I', schemaname, tablename), format('%I', policyname), permissive = 'PERMISSIVE',
                format('create policy %I on %I.%I as %s for %s to %s %s %s', policyname, schemaname, tablename, permissive,
                       cmd, array_to_string(roles, ', '), 'using (' || qual || ')',
                       'with check (' || with_check || ')')
         from pg_policies p
         where not (select c.relispartition from pg_class c where c.oid = format('%I.%I', p.schemaname, p.tablename)::regclass)
         order by 1, 2",
    )
    .fetch_all(&mut database.superuser().await)
    .await
    .expect("the catalog answers")
}

#[tokio::test]
async fn nothing_gets_through_the_database_as_it_is_made() {
    let scene = Scene::new().await;
    let report = scene.attacked().await;
    assert_eq!(report.findings, [], "{:?}", report.groups);
    assert_eq!(report.untried, [""; 0]);
    assert!(report.tried > 700, "{:?}", report.groups);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_policy_of_every_table_is_missed_when_it_is_gone_or_wide_open() {
    let scene = Scene::new().await;
    let mut breaks = Vec::new();
    for (table, policy, permissive, creation) in policies(&scene.database).await {
        let drop = format!("drop policy {policy} on {table}");
        let mending = format!("drop policy if exists {policy} on {table}; {creation}");
        breaks.push(broken(&drop, &mending, &table, if policy == "open" { "suspended" } else { "reading" }));
        if policy == "look_up" {
            let wide = format!("alter policy {policy} on {table} to tenantry_app");
            breaks.push(broken(&wide, &mending, &table, "reading everything"));
            continue;
        }
        let read = if permissive { "reading everything" } else { "reading while suspended" };
        let write = if permissive { "making a row" } else { "making a row while suspended" };
        breaks.push(broken(&format!("alter policy {policy} on {table} using (true)"), &mending, &table, read));
        breaks.push(broken(&format!("alter policy {policy} on {table} with check (true)"), &mending, &table, write));
    }
    assert!(breaks.len() > 40, "the policies were not found");
    // Two databases, for two cores.
    let (half, rest) = breaks.split_at(breaks.len() / 2);
    let other = Scene::new().await;
    let (mut unseen, others) = tokio::join!(scene.unseen(half), other.unseen(rest));
    unseen.extend(others);
    assert!(unseen.is_empty(), "not seen:\n{}", unseen.join("\n"));
    for scene in [scene, other] {
        assert_eq!(scene.attacked().await.findings, [], "every break was mended");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_a_grant_a_function_and_a_view_are_named_when_they_are_broken() {
    let scene = Scene::new().await;
    let breaks: Vec<Break> =
        BREAKS.iter().map(|(breaks, mends, place, attack)| broken(breaks, mends, place, attack)).collect();
    let unseen = scene.unseen(&breaks).await;
    assert!(unseen.is_empty(), "not seen:\n{}", unseen.join("\n"));
    assert_eq!(scene.attacked().await.findings, [], "every break was mended");
}

/// What is broken, how it is mended, the place that must be named, and a word of the attack that must get through.
const BREAKS: &[(&str, &str, &str, &str)] = &[
    (
        "create unique index jobs_only on org.jobs (job_id);
         alter table org.slots drop constraint slots_organization_id_job_id_fkey;
         alter table org.slots add constraint single foreign key (job_id) references org.jobs (job_id)",
        "alter table org.slots drop constraint single; drop index org.jobs_only;
         alter table org.slots add constraint slots_organization_id_job_id_fkey
             foreign key (organization_id, job_id) references org.jobs on delete cascade",
        "single on org.slots",
        "a reference to a neighbour's row",
    ),
    (
        "alter table tenant.tools drop constraint tools_pkey, add constraint tools_pkey primary key (tool_id)",
        "alter table tenant.tools drop constraint tools_pkey, add constraint tools_pkey primary key (tenant_id, tool_id)",
        "tenant.tools_pkey on tenant.tools",
        "a key that a neighbour has",
    ),
    (
        "alter table tenant.tools disable row level security",
        "alter table tenant.tools enable row level security",
        "tenant.tools",
        "reading everything",
    ),
    (
        "alter table org.slots no force row level security",
        "alter table org.slots force row level security",
        "org.slots",
        "reading as the owner",
    ),
    (
        "grant truncate on org.slots to tenantry_app",
        "revoke truncate on org.slots from tenantry_app",
        "org.slots",
        "truncate org.slots",
    ),
    (
        "grant create on schema org to tenantry_app",
        "revoke create on schema org from tenantry_app",
        "schema org",
        "create table org.t",
    ),
    (
        "grant usage on schema platform to tenantry_app; grant select on platform.users to tenantry_app",
        "revoke usage on schema platform from tenantry_app; revoke select on platform.users from tenantry_app",
        "platform.users",
        "select from platform.users",
    ),
    (
        "grant usage on schema org to tenantry_platform; grant select on org.jobs to tenantry_platform",
        "revoke usage on schema org from tenantry_platform; revoke select on org.jobs from tenantry_platform",
        "org.jobs",
        "as tenantry_platform",
    ),
    (
        "grant execute on function lo_create(oid) to public",
        "revoke execute on function lo_create(oid) from public",
        "tenantry_app",
        "lo_create",
    ),
    (
        "alter function app.organizations_of(uuid) reset search_path",
        "alter function app.organizations_of(uuid) set search_path = pg_catalog, pg_temp",
        "app.organizations_of(uuid)",
        "the catalog",
    ),
    (
        "grant execute on function app.organizations_of(uuid) to tenantry_app",
        "revoke execute on function app.organizations_of(uuid) from tenantry_app",
        "app.organizations_of(uuid)",
        "called with another person",
    ),
    (
        "create function app.peek() returns setof text language sql security definer set search_path = pg_catalog
             as 'select payload from tenant.job_payloads'",
        "drop function app.peek()",
        "app.peek()",
        "called with",
    ),
    (
        "create view org.all_jobs as select * from org.jobs; grant select on org.all_jobs to tenantry_app",
        "drop view org.all_jobs",
        "org.all_jobs",
        "reading the view",
    ),
];

#[tokio::test]
async fn a_new_table_is_attacked_without_a_word_and_named_where_it_has_no_rows() {
    let database = TestDatabase::new().await;
    let ground = Ground { connections: database.connections.clone(), own_cluster: true };
    let notes = "set role tenantry_owner;
        create table org.notes (
            organization_id uuid not null references directory.organizations, note_id uuid not null,
            kind text not null check (kind in ('short', 'long')), note text not null,
            primary key (organization_id, note_id));
        grant select on org.notes to tenantry_app";
    run(&mut database.superuser().await, notes).await;
    let world = World::make(&database.services, &ground.connections).await.expect("its rows are generated");
    let scene = Scene { database, ground, world };
    let unguarded = scene.attacked().await.findings;
    let named = |attack: &str| unguarded.iter().any(|finding| finding.place == "org.notes" && finding.attack == attack);
    assert!(named("looking for a neighbour's canary") && named("reading without a tenant"), "{unguarded:#?}");

    let particular = "set role tenantry_owner;
        create table tenant.codes (tenant_id uuid not null, code text not null, primary key (tenant_id, code),
                                   check (length(code) = 3))";
    let database = TestDatabase::new().await;
    run(&mut database.superuser().await, particular).await;
    let refused = World::make(&database.services, &database.connections).await.expect_err("no row of it is known");
    assert!(refused.to_string().starts_with("tenant.codes has no rows on both sides"), "{refused}");
}
