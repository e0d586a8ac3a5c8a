//! What the application's role could do beyond its work: become another, make things, read people, reach the machine. Every
//! statement here must be refused.

use sqlx::PgConnection;

use super::attacker::{Attacker, Bound};
use crate::{
    db::{DbError, roles},
    ops::verify::{Ground, report::Tally, truth::Truth, world::World},
};

/// Statements that are refused whatever tables there are.
const FORBIDDEN: &[&str] = &[
    "create temporary table t ()",
    "create table public.t ()",
    "create schema s",
    "create function public.f() returns int language sql as 'select 1'",
    "create extension dblink",
    "create role r",
    "create database d",
    "alter role tenantry_app bypassrls",
    "alter role tenantry_app superuser",
    "alter system set work_mem = '1GB'",
    "set local session_replication_role = replica",
    "set session authorization postgres",
    "copy (select 1) to program 'id'",
    "copy (select 1) to '/tmp/t'",
    "select pg_read_file('postgresql.conf')",
    "select pg_ls_dir('.')",
    "select * from pg_statistic",
    "select * from pg_authid",
    "select pg_reload_conf()",
    "load 'auto_explain'",
];

/// Large objects lie outside of row-level security. Only a superuser can close them.
const LARGE_OBJECTS: [&str; 3] = ["select lo_create(0)", "select lo_get(1)", "select lo_from_bytea(0, '')"];

pub(super) async fn attack(
    ground: &Ground,
    world: &World,
    truth: &mut Truth,
    tally: &mut Tally,
) -> Result<(), DbError> {
    let mut statements: Vec<(String, String)> =
        FORBIDDEN.iter().map(|statement| (roles::APP.to_owned(), (*statement).to_owned())).collect();
    statements.extend(of_roles(truth.owner()).await?);
    statements.extend(of_schemas(truth.owner()).await?);
    statements.extend(truth.tables.iter().flat_map(|table| of_table(&table.name)));
    statements.extend(of_people(truth.owner()).await?);
    if ground.own_cluster {
        statements.extend(LARGE_OBJECTS.map(|statement| (roles::APP.to_owned(), statement.to_owned())));
    } else {
        tally.untried(
            "Large objects: closing them in a new database takes a superuser. `tenantry db roles` prints what closes them in \
             the installation's own.",
        );
    }
    let mut attacker = Attacker::enter(&ground.connections.app).await?;
    for (place, statement) in statements {
        let outcome = attacker.tries(&Bound::to(&world.second), &statement).await?;
        let done = matches!(outcome, super::attacker::Outcome::Done { .. });
        tally.tried(&place, &statement, done.then(|| format!("{} instead of refused", outcome.words())));
    }
    statistics(&mut attacker, world, truth, tally).await?;
    bounds(&mut attacker, tally).await?;
    attacker.leaves().await
}

async fn of_roles(connection: &mut PgConnection) -> Result<Vec<(String, String)>, DbError> {
    let others: Vec<String> = sqlx::query_scalar("select quote_ident(rolname) from pg_roles where rolname <> $1")
        .bind(roles::APP)
        .fetch_all(connection)
        .await?;
    Ok(others.into_iter().map(|role| (role.clone(), format!("set role {role}"))).collect())
}

async fn of_schemas(connection: &mut PgConnection) -> Result<Vec<(String, String)>, DbError> {
    let schemas: Vec<String> = sqlx::query_scalar(
        "select quote_ident(nspname) from pg_namespace where nspname not like 'pg\\_%' and nspname <> 'information_schema'",
    )
    .fetch_all(connection)
    .await?;
    Ok(schemas.into_iter().map(|schema| (format!("schema {schema}"), format!("create table {schema}.t ()"))).collect())
}

fn of_table(name: &str) -> Vec<(String, String)> {
    [
        format!("truncate {name}"),
        format!("alter table {name} disable row level security"),
        format!("alter table {name} no force row level security"),
        format!("create policy wide on {name} using (true)"),
        format!("drop table {name}"),
        format!("copy {name} from '/dev/null'"),
        format!("create trigger t before insert on {name} execute function suppress_redundant_updates_trigger()"),
    ]
    .into_iter()
    .map(|statement| (name.to_owned(), statement))
    .collect()
}

/// People, sessions, plans and the like are not the role's at all.
async fn of_people(connection: &mut PgConnection) -> Result<Vec<(String, String)>, DbError> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c where c.relnamespace = 'platform'::regnamespace and c.relkind in ('r', 'p', 'v')
         order by 1",
    )
    .fetch_all(connection)
    .await?;
    let statements = |table: String| {
        let forms = ["select from", "delete from", "truncate", "insert into"];
        let tail = |form| if form == "insert into" { " default values" } else { "" };
        forms.map(|form| (table.clone(), format!("{form} {table}{}", tail(form))))
    };
    Ok(tables.into_iter().flat_map(statements).collect())
}

/// The planner's statistics hold values of rows.
async fn statistics(
    attacker: &mut Attacker,
    world: &World,
    truth: &mut Truth,
    tally: &mut Tally,
) -> Result<(), DbError> {
    for table in truth.tables.clone() {
        truth.run(&format!("analyze {}", table.name)).await?;
        let query = format!(
            "select s::text from pg_stats s where format('%I.%I', schemaname, tablename) = '{}'",
            table.name.replace('\'', "''")
        );
        let outcome = attacker.tries(&Bound::to(&world.second), &query).await?;
        let complaint = (!outcome.is_nothing()).then(|| "shows values of another's rows".to_owned());
        tally.tried(&table.name, "reading the planner's statistics", complaint);
    }
    Ok(())
}

/// PostgreSQL lets a role lock what it may change and listen to what it likes. A lock is bounded by the role's time-outs.
async fn bounds(attacker: &mut Attacker, tally: &mut Tally) -> Result<(), DbError> {
    for setting in ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"] {
        let outcome = attacker.tries(&Bound::Nothing, &format!("show {setting}")).await?;
        let complaint = (outcome.value() == Some("0")).then(|| "is not set, so a lock is held for ever".to_owned());
        tally.tried(roles::APP, &format!("holding a lock past {setting}"), complaint);
    }
    Ok(())
}
