-- Why: a tool may live elsewhere: a job is sent to its address, signed with a secret that only the two know.
alter table tenant.tools
    -- Where a webhook's jobs are sent.
    add column url text,
    -- What they are signed with: 32 bytes, sealed for this row; a stolen copy of the tables signs nothing.
    add column secret bytea,
    -- The secret before the last rotation, and until when it signs too.
    add column previous_secret bytea,
    add column previous_until timestamptz,
    -- When a tool was last changed; null never was.
    add column changed_at timestamptz,
    drop constraint tools_kind_check,
    add constraint tools_kind_check check (kind in ('builtin', 'webhook')),
    add constraint tools_webhook_check check (
        (kind = 'webhook') = (url is not null) and (kind = 'webhook') = (secret is not null)),
    add constraint tools_previous_check check (
        (previous_secret is null) = (previous_until is null) and (previous_secret is null or secret is not null));

-- Every tenant has the built-in tool that calls an address outside; new ones get it when they are made. The owner of a
-- forced table is filtered too, so both tables let it through for this one statement.
alter table directory.tenants no force row level security;
alter table tenant.tools no force row level security;
insert into tenant.tools (tenant_id, tool_id, name, kind)
select t.tenant_id,
       -- UUIDv7 (RFC 9562): a random one, with the time in its first 48 bits and 7 in the place of its version 4.
       encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
           substring(int8send(floor(extract(epoch from app.now()) * 1000)::bigint) from 3) from 1 for 6),
           52, 1), 53, 1), 'hex')::uuid,
       'http-request', 'builtin'
from directory.tenants t
on conflict (tenant_id, name) do nothing;
alter table tenant.tools force row level security;
alter table directory.tenants force row level security;

-- A tenant by id or slug, for the platform operator.
create function app.find_tenant(p_tenant uuid, p_slug text)
    returns table (
        organization_id uuid, organization_slug text, organization_name text, tenant_id uuid, tenant_slug text,
        tenant_name text, tenant_status text
    )
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select o.organization_id, o.slug, o.name, t.tenant_id, t.slug, t.name, t.status
    from directory.tenants t
    join directory.organizations o on o.organization_id = t.organization_id
    where t.tenant_id = p_tenant or t.slug = p_slug
$$;

grant execute on function app.find_tenant(uuid, text) to tenantry_platform;
grant create on schema app to tenantry_directory;
alter function app.find_tenant(uuid, text) owner to tenantry_directory;
revoke create on schema app from tenantry_directory;
