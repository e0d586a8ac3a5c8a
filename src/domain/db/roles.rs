//! The database roles, and the database that belongs to them. What a role may not do is the second
//! lock on every tenant's door, so all of it stands here, in one place.
//!
//! No role inherits (`noinherit`): membership only allows `set role`. That is what keeps the
//! policies of `tenantry_directory` from holding for `tenantry_owner`, a member, too; and a
//! migration that forgot to become the owner fails instead of owning things itself.

use std::fmt;

use sqlx::{AssertSqlSafe, PgConnection};

use super::secret::InstallationSecret;

/// Owns everything; nobody signs in as it.
pub const OWNER: &str = "tenantry_owner";
/// Changes the schema, as the owner: its connections begin with `role=tenantry_owner`.
pub const MIGRATOR: &str = "tenantry_migrator";
/// What tenants' work runs as.
pub const APP: &str = "tenantry_app";
/// What is done across tenants, or before there is one, runs as this.
pub const PLATFORM: &str = "tenantry_platform";
/// Owns the functions that look things up before a tenant is known, and nothing else.
pub const DIRECTORY: &str = "tenantry_directory";

/// The roles that sign in, with a password each.
pub const LOGINS: [&str; 3] = [MIGRATOR, APP, PLATFORM];

/// Makes the roles that are missing, and says of all of them what they are. A migration, as the
/// owner, may say `alter function … owner to tenantry_directory`: for that the owner is a member
/// (and the schema must let `tenantry_directory` create in it for that moment).
const ROLES: &str = "\
do $$
declare
    wanted text;
begin
    foreach wanted in array array['tenantry_owner', 'tenantry_migrator', 'tenantry_app', 'tenantry_platform', 'tenantry_directory']
    loop
        if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
            execute format('create role %I noinherit', wanted);
        end if;
    end loop;
end $$;
alter role tenantry_owner nologin noinherit nocreatedb nocreaterole;
alter role tenantry_migrator login noinherit nocreatedb nocreaterole;
alter role tenantry_app login noinherit nocreatedb nocreaterole;
alter role tenantry_platform login noinherit nocreatedb nocreaterole;
alter role tenantry_directory nologin noinherit nocreatedb nocreaterole;
grant tenantry_owner to tenantry_migrator;
grant tenantry_directory to tenantry_owner;
alter role tenantry_app set statement_timeout = '15s';
alter role tenantry_app set lock_timeout = '5s';
alter role tenantry_app set idle_in_transaction_session_timeout = '15s';
alter role tenantry_platform set statement_timeout = '15s';
alter role tenantry_platform set lock_timeout = '5s';
alter role tenantry_platform set idle_in_transaction_session_timeout = '15s';
";

/// What only a superuser may say, and what only an own cluster wants: nobody but the superuser has
/// any business in the databases that PostgreSQL brings along.
const SUPERUSERS_PART: &str = "\
alter role tenantry_owner nosuperuser noreplication nobypassrls;
alter role tenantry_migrator nosuperuser noreplication nobypassrls;
alter role tenantry_app nosuperuser noreplication nobypassrls;
alter role tenantry_platform nosuperuser noreplication nobypassrls;
alter role tenantry_directory nosuperuser noreplication nobypassrls;
revoke all on database postgres from public;
revoke all on database template1 from public;
";

/// Sets a password that was bound as a parameter, so that it is in no statement and no log.
const PASSWORD: &str = "\
do $$
begin
    execute format('alter role %I password %L', current_setting('tenantry.role'), current_setting('tenantry.password'));
end $$;
";

/// Large objects lie outside of row-level security, so nobody but the superuser may make or read one.
const PUBLIC_SCHEMA: &str = "\
revoke all on schema public from public;
revoke execute on function
    lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea), lo_get(oid), lo_get(oid, bigint, integer),
    lo_import(text), lo_import(text, oid), lo_export(oid, text), lo_lseek(integer, integer, integer),
    lo_lseek64(integer, bigint, integer), lo_open(oid, integer), lo_close(integer), lo_put(oid, bigint, bytea),
    lo_tell(integer), lo_tell64(integer), lo_truncate(integer, integer), lo_truncate64(integer, bigint),
    lo_unlink(oid), loread(integer, integer), lowrite(integer, bytea)
    from public";

/// One number for all who prepare a cluster at the same moment (`tena` in ASCII).
const LOCK: i64 = 0x7465_6e61;

/// A database's name: a letter, then letters, digits and `_`, all small, 63 at the most. So it can
/// stand in a statement as it is, which PostgreSQL demands where it takes no parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseName(String);

/// A name that no database of ours may have.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a database's name: a letter, then up to 62 of a–z, 0–9 and _")]
pub struct BadDatabaseName(String);

impl DatabaseName {
    /// The installation's own database.
    #[must_use]
    pub fn tenantry() -> Self {
        Self("tenantry".into())
    }

    /// Another one, for instance a test's.
    ///
    /// # Errors
    /// [`BadDatabaseName`].
    pub fn parse(name: &str) -> Result<Self, BadDatabaseName> {
        let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let good = name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(small);
        good.then(|| Self(name.into())).ok_or_else(|| BadDatabaseName(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes the roles, or makes them again what they should be. The connection is a superuser's.
///
/// # Errors
/// Whatever PostgreSQL objects to.
pub async fn bootstrap(superuser: &mut PgConnection, secret: &InstallationSecret) -> sqlx::Result<()> {
    lock(superuser).await?;
    let done = bootstrap_alone(superuser, secret).await;
    unlock(superuser, done).await
}

async fn bootstrap_alone(superuser: &mut PgConnection, secret: &InstallationSecret) -> sqlx::Result<()> {
    sqlx::raw_sql(ROLES).execute(&mut *superuser).await?;
    sqlx::raw_sql(SUPERUSERS_PART).execute(&mut *superuser).await?;
    for role in LOGINS {
        set_password(superuser, role, &secret.password(role)).await?;
    }
    // The connection may live on; the password must not.
    sqlx::query("select set_config('tenantry.password', '', false)").execute(superuser).await?;
    Ok(())
}

async fn set_password(superuser: &mut PgConnection, role: &str, password: &str) -> sqlx::Result<()> {
    sqlx::query("select set_config('tenantry.role', $1, false), set_config('tenantry.password', $2, false)")
        .bind(role)
        .bind(password)
        .execute(&mut *superuser)
        .await?;
    sqlx::raw_sql(PASSWORD).execute(superuser).await?;
    Ok(())
}

/// Makes a database that belongs to [`OWNER`] and that only the roles that sign in may enter,
/// empty or as a copy of `template` (which nobody may be connected to); of one that exists, only
/// the doors are seen to, for a copy does not take them over. The connection is a superuser's.
///
/// # Errors
/// Whatever PostgreSQL objects to.
pub async fn create_database(
    superuser: &mut PgConnection,
    name: &DatabaseName,
    template: Option<&DatabaseName>,
) -> sqlx::Result<()> {
    lock(superuser).await?;
    let done = create_database_alone(superuser, name, template).await;
    unlock(superuser, done).await
}

async fn create_database_alone(
    superuser: &mut PgConnection,
    name: &DatabaseName,
    template: Option<&DatabaseName>,
) -> sqlx::Result<()> {
    let exists = sqlx::query("select from pg_catalog.pg_database where datname = $1")
        .bind(name.as_str())
        .fetch_optional(&mut *superuser)
        .await?
        .is_some();
    if !exists {
        run(superuser, creation(name, template)).await?;
    }
    for statement in doors(name) {
        run(superuser, statement).await?;
    }
    Ok(())
}

/// Makes a database of the owner's without a superuser, as the migrator, who must have been allowed to make databases.
///
/// # Errors
/// Whatever PostgreSQL objects to; 42501 where the migrator may not.
pub async fn create_database_as_migrator(migrator: &mut PgConnection, name: &DatabaseName) -> sqlx::Result<()> {
    run(migrator, "reset role".to_owned()).await?;
    run(migrator, creation(name, None)).await?;
    run(migrator, format!("set role {OWNER}")).await?;
    for statement in doors(name) {
        run(migrator, statement).await?;
    }
    run(migrator, "reset role".to_owned()).await
}

/// Takes from everyone what they may do in the schema `public` of the connection's database.
///
/// # Errors
/// Whatever PostgreSQL objects to.
pub async fn close_public_schema(superuser: &mut PgConnection) -> sqlx::Result<()> {
    lock(superuser).await?;
    let done = sqlx::raw_sql(PUBLIC_SCHEMA).execute(&mut *superuser).await;
    unlock(superuser, done.map(drop)).await
}

/// The same as statements for `psql`, for the administrator of a cluster that is not ours. They
/// contain the roles' passwords.
#[must_use]
pub fn bootstrap_sql(secret: &InstallationSecret, database: &DatabaseName) -> String {
    let passwords: String =
        LOGINS.iter().map(|role| format!("alter role {role} password '{}';\n", secret.password(role))).collect();
    let creation = creation(database, None);
    let doors: String = doors(database).iter().map(|statement| format!("{statement};\n")).collect();
    format!(
        "-- Run with psql, as a superuser; anyone else says first, after the roles are made: grant {OWNER} to current_user;\n\
         {ROLES}{passwords}{creation};\n{doors}\\connect {database}\n{PUBLIC_SCHEMA};\n"
    )
}

fn creation(name: &DatabaseName, template: Option<&DatabaseName>) -> String {
    let template = template.map_or_else(String::new, |template| format!(" template {template}"));
    format!("create database {name} owner {OWNER}{template}")
}

fn doors(name: &DatabaseName) -> [String; 3] {
    [
        format!("revoke all on database {name} from public"),
        format!("revoke create, temporary on database {name} from {APP}, {PLATFORM}"),
        format!("grant connect on database {name} to {MIGRATOR}, {APP}, {PLATFORM}"),
    ]
}

/// Runs a statement in which a name stands that PostgreSQL takes no parameter for. It is safe
/// because all that varies in the statements of this file is a [`DatabaseName`], which has neither
/// a quote nor a space in it.
async fn run(superuser: &mut PgConnection, statement: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(superuser).await?;
    Ok(())
}

/// Two servers that start at once would make the same role twice, or change the same row. For the session, not for a
/// transaction, because a database cannot be made inside one.
async fn lock(superuser: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(superuser).await?;
    Ok(())
}

/// Unlocks in any case; the first failure is the one that counts.
async fn unlock(superuser: &mut PgConnection, done: sqlx::Result<()>) -> sqlx::Result<()> {
    let unlocked = sqlx::query("select pg_advisory_unlock($1)").bind(LOCK).execute(superuser).await;
    done.and(unlocked.map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_know_every_role() {
        for role in [OWNER, MIGRATOR, APP, PLATFORM, DIRECTORY] {
            assert!(ROLES.contains(&format!("'{role}'")), "{role} is not made");
            assert!(ROLES.contains(&format!("alter role {role} ")), "{role} is not described");
            assert!(SUPERUSERS_PART.contains(&format!("alter role {role} ")), "{role} is not bounded");
        }
    }

    #[test]
    fn a_databases_name_has_nothing_in_it_that_ends_a_statement() {
        for good in ["tenantry", "test_0", "a"] {
            assert_eq!(DatabaseName::parse(good).map(|name| name.to_string()).ok().as_deref(), Some(good));
        }
        for bad in ["", "0a", "_a", "A", "a b", "a;b", "a\"b", "a-b", "ä", &"a".repeat(64)] {
            assert!(DatabaseName::parse(bad).is_err(), "{bad}");
        }
    }
}
