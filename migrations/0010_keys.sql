-- Why: programs act in a tenant with a key of their own. What is needed to know one is in the directory, because a key is
-- found before its tenant is; the key itself is nowhere, only its hash.
create table directory.api_keys (
    organization_id uuid not null references directory.organizations on delete cascade,
    key_id uuid not null,
    tenant_id uuid not null,
    name text not null,
    environment text not null check (environment in ('live', 'test')),
    scopes text[] not null,
    -- What may be shown: everything before the secret, and the last four characters.
    prefix text not null,
    last4 text not null,
    -- SHA-256 of the whole key.
    secret_hash bytea not null,
    -- The person who made it, or whose key did.
    created_by uuid references platform.users,
    created_at timestamptz not null default app.now(),
    expires_at timestamptz,
    -- A revoked key stays, so that what it did can be traced; nobody finds it any more.
    revoked_at timestamptz,
    -- Written in batches: a minute old at most.
    last_used_at timestamptz,
    primary key (organization_id, key_id),
    constraint api_keys_key_id_key unique (key_id),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade
);

create index api_keys_tenant_idx on directory.api_keys (organization_id, tenant_id, key_id desc);

-- What servers remember of an organization is forgotten when its revision moves: one row each, with the transaction that
-- changed something last. Whoever reads "changed in or after my last snapshot's oldest transaction" misses nothing, in
-- whatever order transactions commit. No foreign key: that an organization is gone must be told, too.
create table directory.revisions (
    organization_id uuid primary key,
    changed xid8 not null
);

create index revisions_changed_idx on directory.revisions (changed);

select app.guard_organization_table('directory.api_keys', 'select', 'insert', 'update');
select app.guard_organization_table('directory.revisions', 'select', 'insert', 'update');

create policy look_up on directory.api_keys for select to tenantry_directory using (true);
create policy look_up on directory.revisions for select to tenantry_directory using (true);
grant select on directory.api_keys, directory.revisions to tenantry_directory;

-- Triggers, so that no verb can forget it.
create function app.note_revision() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into directory.revisions as r (organization_id, changed)
    values (case tg_op when 'DELETE' then old.organization_id else new.organization_id end, pg_current_xact_id())
    on conflict (organization_id) do update set changed = excluded.changed where r.changed <> excluded.changed;
    return null;
end
$$;

create trigger note_revision after delete or update of slug, name, plan_id, plan_version, plan_anchor, plan_expires_at
    on directory.organizations for each row execute function app.note_revision();
create trigger note_revision after delete or update of slug, name, status
    on directory.tenants for each row execute function app.note_revision();
create trigger note_revision after delete or update of name, scopes, secret_hash, expires_at, revoked_at
    on directory.api_keys for each row execute function app.note_revision();

-- A key that is not revoked, and the tenant that it carries. Whether it has expired, and whether the secret is right, is
-- decided by whoever asks.
create function app.find_key(p_key uuid)
    returns table (
        organization_id uuid, organization_slug text, organization_name text, plan_id text, plan_version integer,
        plan_anchor timestamptz, plan_expires_at timestamptz, tenant_id uuid, tenant_slug text, tenant_name text,
        tenant_status text, key_id uuid, scopes text[], secret_hash bytea, expires_at timestamptz, created_by uuid
    )
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select o.organization_id, o.slug, o.name, o.plan_id, o.plan_version, o.plan_anchor, o.plan_expires_at,
           t.tenant_id, t.slug, t.name, t.status, k.key_id, k.scopes, k.secret_hash, k.expires_at, k.created_by
    from directory.api_keys k
    join directory.organizations o on o.organization_id = k.organization_id
    join directory.tenants t on t.organization_id = k.organization_id and t.tenant_id = k.tenant_id
    where k.key_id = p_key and k.revoked_at is null
$$;

-- Organizations that changed in or after a transaction.
create function app.revisions_since(p_changed xid8) returns table (organization_id uuid, changed xid8)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select r.organization_id, r.changed from directory.revisions r where r.changed >= p_changed
$$;

grant execute on function app.find_key(uuid), app.revisions_since(xid8) to tenantry_platform;
grant create on schema app to tenantry_directory;
alter function app.find_key(uuid) owner to tenantry_directory;
alter function app.revisions_since(xid8) owner to tenantry_directory;
revoke create on schema app from tenantry_directory;

-- A job and its use may be a key's instead of a person's.
alter table org.jobs alter column requested_by drop not null;
alter table org.jobs add column key_id uuid;
alter table org.usage_events add column key_id uuid;

-- Units that servers hold of an allowance and have not spent yet: `used + leased` never passes the limit.
alter table org.usage_counters add column leased bigint not null default 0 check (leased >= 0);

-- How fast a key or member may go: units a second, and how many at once.
alter table platform.plans
    add column burst_refill integer not null default 20 check (burst_refill > 0),
    add column burst_bucket integer not null default 1000 check (burst_bucket > 0);
update platform.plans set burst_refill = 200, burst_bucket = 2000 where plan_id = 'pro';
update platform.plans set burst_refill = 20000, burst_bucket = 40000 where plan_id = 'empire';
