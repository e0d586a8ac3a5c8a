//! The check of the catalog, at every start and in the tests: a table that is not protected as its schema demands stops
//! the server, with a sentence that says which and why.
//!
//! It reads PostgreSQL's own tables, so it also sees what was made by hand beside the migrations.

use std::fmt;

use sqlx::PgConnection;

use super::DbError;

/// Something that is not protected as it must be.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Finding {
    /// The table, index, constraint, view, function or role.
    pub thing: String,
    /// The sentence that says what is wrong with it.
    pub complaint: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.thing, self.complaint)
    }
}

/// Every rule, each a query that returns what breaks it.
pub const RULES: &[(&str, &str)] = &[
    ("tables are guarded", GUARDED_TABLES),
    ("policies admit only their own tenant", NARROW_POLICIES),
    ("keys are led by the tenant", LED_KEYS),
    ("foreign keys carry the tenant", COMPOSITE_FOREIGN_KEYS),
    ("views see with the reader's rights", INVOKER_VIEWS),
    ("definer functions have a search path", FIXED_SEARCH_PATHS),
    ("the directory's role owns look-ups only", DIRECTORY_OWNS_LOOK_UPS),
    ("the application's role can do no more", APPLICATION_ROLE),
    ("people are out of the application's reach", PLATFORM_GRANTS),
];

/// Runs every rule; an empty answer is a database that may be used.
///
/// # Errors
/// When the database is away.
pub async fn check(connection: &mut PgConnection) -> Result<Vec<Finding>, DbError> {
    let mut findings = Vec::new();
    for (_, rule) in RULES {
        findings.extend(sqlx::query_as::<_, Finding>(*rule).fetch_all(&mut *connection).await?);
    }
    Ok(findings)
}

/// In `tenant`, `org` and `directory` every table has its column, not null, and forced row-level security with a policy
/// for the application's role; in `tenant` also the restrictive one that closes a suspended tenant.
/// A partition is reached through its table alone.
const GUARDED_TABLES: &str = "
    with guarded as (
        select c.oid, c.oid::regclass::text as thing, c.relrowsecurity, c.relforcerowsecurity,
               case n.nspname when 'tenant' then 'tenant_id' else 'organization_id' end as led_by, n.nspname
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('tenant', 'org', 'directory') and c.relkind in ('r', 'p')
    )
    select thing, format('needs the column %s uuid not null', led_by) as complaint
    from guarded g
    where not exists (select from pg_attribute a where a.attrelid = g.oid and a.attname = g.led_by
                          and a.attnotnull and a.atttypid = 'uuid'::regtype)
    union all
    select thing, 'row level security is not enabled and forced' from guarded
    where not (relrowsecurity and relforcerowsecurity)
    union all
    select thing, 'has no permissive policy for tenantry_app' from guarded g
    where not exists (select from pg_policy p where p.polrelid = g.oid and p.polpermissive
                          and p.polroles = array[(select oid from pg_roles where rolname = 'tenantry_app')])
    union all
    select thing, 'has no restrictive policy that closes a suspended tenant' from guarded g
    where nspname = 'tenant'
      and not exists (select from pg_policy p where p.polrelid = g.oid and not p.polpermissive
                          and pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid)
                          and regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\\s+', ' ', 'g') =
                              '( SELECT (EXISTS ( SELECT FROM directory.tenants t WHERE '
                              '((t.organization_id = app.organization_id()) AND (t.tenant_id = app.tenant_id()) '
                              'AND (t.status = ''active''::text)))) AS \"exists\")')
    union all
    select thing, 'is a partition that tenantry_app can reach directly'
    from guarded g join pg_class c on c.oid = g.oid
    where c.relispartition
      and (has_any_column_privilege('tenantry_app', c.oid, 'select, insert, update')
           or has_table_privilege('tenantry_app', c.oid, 'delete'))
    union all
    select c.oid::regclass::text, 'is a materialized view over a guarded schema'
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('tenant', 'org', 'directory') and c.relkind = 'm'
    order by 1, 2";

/// A permissive policy of the application's role compares the leading column with the transaction's own, for reading and
/// for writing; `using (true)` is the directory role's alone, for select alone, in `directory` alone.
const NARROW_POLICIES: &str = "
    select format('policy %s on %s', p.polname, p.polrelid::regclass) as thing,
           'admits more than the rows of the transaction''s own organization or tenant' as complaint
    from pg_policy p
    join pg_class c on c.oid = p.polrelid
    join pg_namespace n on n.oid = c.relnamespace
    cross join lateral (select regexp_replace(coalesce(pg_get_expr(p.polqual, p.polrelid), ''), '\\s+', ' ', 'g') as qual,
                               regexp_replace(coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''), '\\s+', ' ', 'g') as chk) e
    where n.nspname in ('tenant', 'org', 'directory')
      and p.polpermissive
      and not (n.nspname = 'directory' and p.polcmd = 'r' and e.qual = 'true'
               and p.polroles = array[(select oid from pg_roles where rolname = 'tenantry_directory')])
      and not (e.qual = e.chk and e.qual = case n.nspname
                   when 'tenant' then '(tenant_id = ( SELECT app.tenant_id() AS tenant_id))'
                   else '(organization_id = ( SELECT app.organization_id() AS organization_id))' end)
    order by 1";

/// Primary keys, unique constraints and indexes start with the tenant, so that none tells one tenant of another and all
/// can be distributed by it. Uniqueness across tenants is the directory's.
const LED_KEYS: &str = "
    select i.indexrelid::regclass::text as thing,
           format('must start with %s', case n.nspname when 'tenant' then 'tenant_id' else 'organization_id' end) as complaint
    from pg_index i
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where n.nspname in ('tenant', 'org')
      and a.attname is distinct from case n.nspname when 'tenant' then 'tenant_id' else 'organization_id' end
    order by 1";

/// A foreign key without the tenant's column would let one tenant point at another's row. Keys to `platform` are
/// single-column, because a person has no tenant.
const COMPOSITE_FOREIGN_KEYS: &str = "
    select format('%s on %s', f.conname, f.conrelid::regclass) as thing,
           'is a foreign key that does not carry the tenant' as complaint
    from pg_constraint f
    join pg_class c on c.oid = f.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_class t on t.oid = f.confrelid
    join pg_namespace tn on tn.oid = t.relnamespace
    where f.contype = 'f' and n.nspname in ('tenant', 'org', 'directory') and tn.nspname <> 'platform'
      and not exists (
          select from unnest(f.conkey, f.confkey) as pair(own, other)
          join pg_attribute a on a.attrelid = f.conrelid and a.attnum = pair.own
          join pg_attribute b on b.attrelid = f.confrelid and b.attnum = pair.other
          where a.attname = b.attname
            and a.attname = case n.nspname when 'tenant' then 'tenant_id' else 'organization_id' end)
    order by 1";

const INVOKER_VIEWS: &str = "
    select c.oid::regclass::text as thing, 'is a view with its owner''s rights; make it security_invoker' as complaint
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'v' and n.nspname in ('tenant', 'org', 'directory', 'platform', 'app')
      and not coalesce(c.reloptions @> array['security_invoker=true'], false)
    order by 1";

const FIXED_SEARCH_PATHS: &str = "
    select p.oid::regprocedure::text as thing, 'is security definer without a fixed search_path' as complaint
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
      and not coalesce(exists (select from unnest(p.proconfig) setting where setting like 'search_path=%'), false)
    order by 1";

/// The role that may read across tenants owns functions in `app` and nothing else, and only the platform's role may
/// execute them.
const DIRECTORY_OWNS_LOOK_UPS: &str = "
    with directory as (select oid from pg_roles where rolname = 'tenantry_directory')
    select c.oid::regclass::text as thing, 'belongs to tenantry_directory, which may own functions only' as complaint
    from pg_class c, directory d where c.relowner = d.oid
    union all
    select p.oid::regprocedure::text, 'can be executed by more than tenantry_platform'
    from pg_proc p, directory d
    where p.proowner = d.oid
      and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
                  where acl.grantee not in (d.oid, (select oid from pg_roles where rolname = 'tenantry_platform')))
    union all
    select p.oid::regprocedure::text, 'is executed with its owner''s rights by the application''s role'
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where p.prosecdef and n.nspname = 'app' and p.proname not in ('keep_answer', 'post_mail')
      and has_function_privilege('tenantry_app', p.oid, 'execute')
    order by 1, 2";

/// What the application's role must not be or have.
const APPLICATION_ROLE: &str = "
    select rolname::text as thing, 'must not be superuser, bypass row level security, or create roles or databases' as complaint
    from pg_roles
    where rolname in ('tenantry_app', 'tenantry_platform', 'tenantry_directory')
      and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
    union all
    select format('%s in %s', m.rolname, g.rolname), 'must be a member of no role'
    from pg_auth_members am
    join pg_roles m on m.oid = am.member
    join pg_roles g on g.oid = am.roleid
    where m.rolname in ('tenantry_app', 'tenantry_platform', 'tenantry_directory')
    union all
    select format('schema %s', n.nspname), 'lets tenantry_app create things'
    from pg_namespace n
    where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
      and has_schema_privilege('tenantry_app', n.oid, 'create')
    union all
    select format('database %s', current_database()), 'lets tenantry_app create or use temporary tables'
    where has_database_privilege('tenantry_app', current_database(), 'create')
       or has_database_privilege('tenantry_app', current_database(), 'temporary')
    union all
    select c.oid::regclass::text, 'belongs to tenantry_app'
    from pg_class c where pg_get_userbyid(c.relowner) = 'tenantry_app'
    union all
    select c.oid::regclass::text, 'lets tenantry_app truncate, reference or set triggers'
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('tenant', 'org', 'directory', 'platform', 'app') and c.relkind in ('r', 'p', 'v')
      and (has_table_privilege('tenantry_app', c.oid, 'truncate, trigger')
           or has_any_column_privilege('tenantry_app', c.oid, 'references'))
    union all
    select c.oid::regclass::text, 'is a sequence that tenantry_app may use'
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('tenant', 'org', 'directory', 'platform', 'app')
      -- The case keeps the question from being asked of what is no sequence.
      and case when c.relkind = 'S' then has_sequence_privilege('tenantry_app', c.oid, 'usage, select, update') end
    order by 1, 2";

/// A grant on one column is a grant.
const PLATFORM_GRANTS: &str = "
    select c.oid::regclass::text as thing, 'is a table of people that tenantry_app can reach' as complaint
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'platform' and c.relkind in ('r', 'p', 'v')
      and (has_any_column_privilege('tenantry_app', c.oid, 'select, insert, update')
           or has_table_privilege('tenantry_app', c.oid, 'delete'))
    union all
    select c.oid::regclass::text, 'is a tenant''s table that tenantry_platform can reach directly'
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('tenant', 'org', 'directory') and c.relkind in ('r', 'p', 'v')
      and (has_any_column_privilege('tenantry_platform', c.oid, 'select, insert, update')
           or has_table_privilege('tenantry_platform', c.oid, 'delete'))
    order by 1";
