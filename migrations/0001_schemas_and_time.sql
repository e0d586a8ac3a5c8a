-- Why: four schemas, so that a check of the catalog can say by its place what a table must be protected by.
--   platform   people, sessions, plans: no tenant, no policy, nothing for the application's role
--   directory  the few columns that are needed before a tenant is known; the only place for uniqueness across tenants
--   org        by organization_id
--   tenant     by tenant_id
--   app        functions: the time, the tenant of the transaction, and the look-ups before a tenant is known
-- `platform` is made by the migrator itself, for its own table.
create schema directory;
create schema org;
create schema tenant;
create schema app;

grant usage on schema app to tenantry_app, tenantry_platform, tenantry_directory;
grant usage on schema directory to tenantry_app, tenantry_directory;
grant usage on schema org, tenant to tenantry_app;
grant usage on schema platform to tenantry_platform;

alter default privileges for role tenantry_owner revoke execute on functions from public;

-- The time: the transaction's, plus an offset that a test sets for its database and production never does.
create function app.now() returns timestamptz
    language sql stable parallel safe
    return transaction_timestamp() + coalesce(nullif(current_setting('app.clock_offset', true), ''), '0')::interval;

-- The tenant of the transaction. The nullif matters: on a pooled connection the setting is '' after the first
-- transaction, and a plain cast would fail.
create function app.organization_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.organization_id', true), '')::uuid;

create function app.tenant_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.tenant_id', true), '')::uuid;

grant execute on function app.now() to tenantry_app, tenantry_platform, tenantry_directory;
grant execute on function app.organization_id(), app.tenant_id() to tenantry_app, tenantry_directory;
