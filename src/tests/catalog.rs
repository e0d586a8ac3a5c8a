//! The check of the catalog: silent on the database as it is made, and red, with the place by name, as soon as one thing
//! in it is broken. A rule that nothing here can break proves nothing, so every rule has its breaks.

use sqlx::{Connection as _, PgConnection};
use tenantry_domain::db::catalog;
use tenantry_testkit::TestDatabase;

/// A rule, what breaks it, the place that must be named, and a piece of the complaint.
const BREAKS: &[(&str, &str, &str, &str)] = &[
    // Guards and policies.
    ("tables are guarded", "drop policy tenant on tenant.tools", "tenant.tools", "no permissive policy"),
    ("tables are guarded", "drop policy open on tenant.tools", "tenant.tools", "no restrictive policy"),
    ("tables are guarded", "drop policy organization on org.jobs", "org.jobs", "no permissive policy"),
    (
        "tables are guarded",
        "alter table tenant.job_payloads disable row level security",
        "tenant.job_payloads",
        "not enabled and forced",
    ),
    ("tables are guarded", "alter table org.slots no force row level security", "org.slots", "not enabled and forced"),
    (
        "tables are guarded",
        "create table tenant.notes (id uuid primary key)",
        "tenant.notes",
        "tenant_id uuid not null",
    ),
    (
        "tables are guarded",
        "create table org.notes (organization_id text not null)",
        "org.notes",
        "organization_id uuid not null",
    ),
    (
        "tables are guarded",
        "create materialized view org.sums as select count(*) from org.jobs",
        "org.sums",
        "materialized view",
    ),
    (
        "tables are guarded",
        "drop policy organization on org.metered_events_rest",
        "org.metered_events_rest",
        "no permissive policy",
    ),
    (
        "tables are guarded",
        "grant select on org.metered_events_rest to tenantry_app",
        "org.metered_events_rest",
        "reach directly",
    ),
    ("tables are guarded", "alter policy open on tenant.tools using (true)", "tenant.tools", "no restrictive policy"),
    (
        "policies admit only their own tenant",
        "alter policy tenant on tenant.tools using (true)",
        "policy tenant on tenant.tools",
        "admits more",
    ),
    (
        "policies admit only their own tenant",
        "alter policy tenant on tenant.tools with check (true)",
        "policy tenant on tenant.tools",
        "admits more",
    ),
    (
        "policies admit only their own tenant",
        "create policy wide on org.jobs to tenantry_app using (organization_id is not null)",
        "policy wide on org.jobs",
        "admits more",
    ),
    (
        "policies admit only their own tenant",
        "create policy look_up on org.jobs for select to tenantry_directory using (true)",
        "policy look_up on org.jobs",
        "admits more",
    ),
    (
        "policies admit only their own tenant",
        "create policy all_of_them on directory.tenants for select to tenantry_app using (true)",
        "policy all_of_them on directory.tenants",
        "admits more",
    ),
    // Keys.
    (
        "keys are led by the tenant",
        "create unique index by_name on tenant.tools (name)",
        "tenant.by_name",
        "must start with tenant_id",
    ),
    (
        "keys are led by the tenant",
        "create index by_status on org.jobs (status)",
        "org.by_status",
        "must start with organization_id",
    ),
    (
        "keys are led by the tenant",
        "alter table org.jobs add constraint jobs_id unique (job_id, organization_id)",
        "org.jobs_id",
        "must start with organization_id",
    ),
    (
        "keys are led by the tenant",
        "create index by_lower_name on tenant.tools (lower(name), tenant_id)",
        "tenant.by_lower_name",
        "must start with tenant_id",
    ),
    (
        "foreign keys carry the tenant",
        "create unique index jobs_only on org.jobs (job_id);
         alter table org.usage_events add constraint single foreign key (job_id) references org.jobs (job_id)",
        "single on org.usage_events",
        "does not carry the tenant",
    ),
    (
        "foreign keys carry the tenant",
        "create unique index crossed on org.jobs (job_id, organization_id);
         alter table org.usage_events add constraint crossed
             foreign key (organization_id, job_id) references org.jobs (job_id, organization_id)",
        "crossed on org.usage_events",
        "does not carry the tenant",
    ),
    // Views and functions.
    (
        "views see with the reader's rights",
        "create view org.all_jobs as select * from org.jobs",
        "org.all_jobs",
        "security_invoker",
    ),
    (
        "views see with the reader's rights",
        "create view app.off with (security_invoker = false) as select 1 as one",
        "app.off",
        "security_invoker",
    ),
    (
        "definer functions have a search path",
        "alter function app.organizations_of(uuid) reset search_path",
        "app.organizations_of(uuid)",
        "without a fixed search_path",
    ),
    (
        "definer functions have a search path",
        "create function org.mine() returns bigint language sql security definer as 'select count(*) from org.jobs'",
        "org.mine()",
        "without a fixed search_path",
    ),
    (
        "the directory's role owns look-ups only",
        "alter table org.jobs owner to tenantry_directory",
        "org.jobs",
        "may own functions only",
    ),
    (
        "the directory's role owns look-ups only",
        "grant execute on function app.organizations_of(uuid) to tenantry_app",
        "app.organizations_of(uuid)",
        "more than tenantry_platform",
    ),
    (
        "the directory's role owns look-ups only",
        "grant execute on function app.locate_current(uuid, uuid) to public",
        "app.locate_current(uuid,uuid)",
        "more than tenantry_platform",
    ),
    (
        "the directory's role owns look-ups only",
        "create function app.peek() returns bigint language sql security definer set search_path = pg_catalog
             as 'select 1::bigint';
         grant execute on function app.peek() to tenantry_app",
        "app.peek()",
        "owner's rights",
    ),
    // Roles and grants.
    ("the application's role can do no more", "alter role tenantry_app bypassrls", "tenantry_app", "bypass"),
    (
        "the application's role can do no more",
        "alter role tenantry_platform superuser",
        "tenantry_platform",
        "superuser",
    ),
    (
        "the application's role can do no more",
        "grant tenantry_owner to tenantry_app",
        "tenantry_app in tenantry_owner",
        "member of no role",
    ),
    (
        "the application's role can do no more",
        "grant create on schema tenant to tenantry_app",
        "schema tenant",
        "create things",
    ),
    (
        "the application's role can do no more",
        "grant create on schema public to public",
        "schema public",
        "create things",
    ),
    ("the application's role can do no more", "grant truncate on org.jobs to tenantry_app", "org.jobs", "truncate"),
    (
        "the application's role can do no more",
        "grant references on tenant.tools to tenantry_app",
        "tenant.tools",
        "truncate, reference",
    ),
    (
        "the application's role can do no more",
        "grant references (tool_id) on tenant.tools to tenantry_app",
        "tenant.tools",
        "truncate, reference",
    ),
    (
        "the application's role can do no more",
        "alter table org.slots owner to tenantry_app",
        "org.slots",
        "belongs to tenantry_app",
    ),
    (
        "the application's role can do no more",
        "create sequence org.numbers; grant usage on sequence org.numbers to tenantry_app",
        "org.numbers",
        "sequence",
    ),
    (
        "people are out of the application's reach",
        "grant select on platform.users to tenantry_app",
        "platform.users",
        "people",
    ),
    (
        "people are out of the application's reach",
        "grant select (email) on platform.users to tenantry_app",
        "platform.users",
        "people",
    ),
    (
        "people are out of the application's reach",
        "grant select on org.jobs to tenantry_platform",
        "org.jobs",
        "tenantry_platform",
    ),
    (
        "people are out of the application's reach",
        "grant update (status) on directory.tenants to tenantry_platform",
        "directory.tenants",
        "tenantry_platform",
    ),
];

#[tokio::test]
async fn the_check_is_silent_on_the_database_as_it_is_made() {
    let database = TestDatabase::new().await;
    let findings = catalog::check(&mut database.superuser().await).await.expect("checked");
    assert_eq!(findings, []);
    // As the migrator, who runs it at every start, too.
    let mut migrator = PgConnection::connect_with(&database.connections.migrator).await.expect("the migrator enters");
    assert_eq!(catalog::check(&mut migrator).await.expect("checked"), []);
}

#[tokio::test]
async fn whatever_is_broken_is_named() {
    let database = TestDatabase::new().await;
    let mut connection = database.superuser().await;
    let mut missed = Vec::new();
    for (rule, breaking, place, complaint) in BREAKS {
        let mut broken = connection.begin().await.expect("begun");
        sqlx::raw_sql(*breaking).execute(&mut *broken).await.unwrap_or_else(|error| panic!("{breaking}: {error}"));
        let (_, query) = catalog::RULES.iter().find(|(name, _)| name == rule).expect("the rule has its name");
        let findings: Vec<catalog::Finding> =
            sqlx::query_as(*query).fetch_all(&mut *broken).await.unwrap_or_else(|error| panic!("{rule}: {error}"));
        if !findings.iter().any(|finding| finding.thing == *place && finding.complaint.contains(complaint)) {
            missed.push(format!("{breaking}\n    found: {findings:?}"));
        }
        broken.rollback().await.expect("mended");
    }
    assert!(missed.is_empty(), "the check does not see:\n{}", missed.join("\n"));
    assert_eq!(catalog::check(&mut connection).await.expect("checked"), [], "every break was mended");
}

#[test]
fn every_rule_has_something_that_breaks_it() {
    for (rule, _) in catalog::RULES {
        assert!(BREAKS.iter().any(|(name, ..)| name == rule), "nothing breaks the rule: {rule}");
    }
}
