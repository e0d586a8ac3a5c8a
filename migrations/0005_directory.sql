-- Why: before a request has a tenant, something must find it: by person, by slug, later by host and by key. These are
-- the columns that need it. They are guarded like every organization's table; `tenantry_directory`, the owner of the
-- look-ups below and of nothing else, reads across them.
create table directory.organizations (
    organization_id uuid primary key,
    slug text not null,
    name text not null,
    -- The version of the plan that is held (platform.plans); from when billing months count, which is the start of the
    -- first paid plan and null before; and until when the plan holds.
    plan_id text not null,
    plan_version integer not null,
    plan_anchor timestamptz,
    plan_expires_at timestamptz,
    created_at timestamptz not null default app.now(),
    constraint organizations_slug_key unique (slug),
    constraint organizations_plan_fkey foreign key (plan_id, plan_version) references platform.plans
);

create table directory.tenants (
    organization_id uuid not null references directory.organizations on delete cascade,
    tenant_id uuid not null,
    slug text not null,
    name text not null,
    status text not null default 'active' check (status in ('active', 'suspended')),
    created_at timestamptz not null default app.now(),
    primary key (organization_id, tenant_id),
    constraint tenants_tenant_id_key unique (tenant_id),
    constraint tenants_slug_key unique (slug)
);

create table directory.memberships (
    organization_id uuid not null references directory.organizations on delete cascade,
    member_id uuid not null,
    user_id uuid not null references platform.users,
    role text not null check (role in ('viewer', 'operator', 'admin')),
    owner boolean not null default false,
    joined_at timestamptz not null default app.now(),
    primary key (organization_id, member_id),
    constraint memberships_user_id_key unique (organization_id, user_id)
);

create index memberships_user_id_idx on directory.memberships (user_id, joined_at);

-- Organizations that have work, and from when on: one row each, so a worker's look is as cheap with a million jobs as
-- with one. Whoever makes work for later pulls the moment forward; whoever takes the last of it removes the row.
create table directory.backlog (
    organization_id uuid primary key references directory.organizations on delete cascade,
    wake_at timestamptz not null
);

create index backlog_wake_at_idx on directory.backlog (wake_at);

select app.guard_organization_table('directory.organizations', 'select', 'insert', 'update');
select app.guard_organization_table('directory.tenants', 'select', 'insert', 'update');
select app.guard_organization_table('directory.memberships', 'select', 'insert', 'update', 'delete');
select app.guard_organization_table('directory.backlog', 'select', 'insert', 'update', 'delete');

create policy look_up on directory.organizations for select to tenantry_directory using (true);
create policy look_up on directory.tenants for select to tenantry_directory using (true);
create policy look_up on directory.memberships for select to tenantry_directory using (true);
create policy look_up on directory.backlog for select to tenantry_directory using (true);
grant select on all tables in schema directory to tenantry_directory;

-- Answers of a person's requests that have no organization yet, for 24 hours: a repeat of the key gets the same again.
create table platform.idempotency (
    user_id uuid not null references platform.users on delete cascade,
    key text not null,
    request_hash bytea not null,
    status smallint not null,
    body text not null,
    created_at timestamptz not null default app.now(),
    primary key (user_id, key)
);

create index idempotency_age_idx on platform.idempotency (created_at);

grant select, delete on platform.idempotency to tenantry_platform;

-- Keeps such an answer in the transaction of its effect, which is the application role's; false where the key is taken.
-- It runs as the owner, because that role has no business in `platform` beyond this one row.
create function app.keep_answer(p_user uuid, p_key text, p_request_hash bytea, p_status smallint, p_body text)
    returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    delete from platform.idempotency
    where user_id = p_user and key = p_key and created_at <= app.now() - interval '24 hours';
    insert into platform.idempotency (user_id, key, request_hash, status, body)
    values (p_user, p_key, p_request_hash, p_status, p_body)
    on conflict do nothing;
    return found;
end
$$;

grant execute on function app.keep_answer(uuid, text, bytea, smallint, text) to tenantry_app;
