-- Why: an organization's own systems want to hear what happens here without asking. An event is a row that is written in the
-- transaction of its cause, so what is rolled back is not told and what is committed is. The worker spreads it over the
-- endpoints that want it, and delivers each until it is taken. All of it is of the control plane: an event says which job
-- has ended, never what went into it or came out.
create table org.endpoints (
    organization_id uuid not null,
    endpoint_id uuid not null,
    tenant_id uuid not null,
    url text not null,
    description text not null,
    -- Types of events that it wants.
    types text[] not null check (cardinality(types) > 0),
    -- What messages are signed with: 32 bytes, sealed for this row; the secret before the last rotation, and until when it
    -- signs too.
    secret bytea not null,
    previous_secret bytea,
    previous_until timestamptz,
    enabled boolean not null default true,
    -- Why it is not: by hand, since it answered 410, or since it has taken nothing for days.
    disabled_reason text check (disabled_reason in ('by_hand', 'gone', 'failing')),
    disabled_at timestamptz,
    -- Since when it has taken nothing of what was sent; null where it took the last message.
    failing_since timestamptz,
    created_at timestamptz not null default app.now(),
    changed_at timestamptz,
    primary key (organization_id, endpoint_id),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade,
    constraint endpoints_previous_check check ((previous_secret is null) = (previous_until is null)),
    constraint endpoints_disabled_check check (
        enabled = (disabled_reason is null) and enabled = (disabled_at is null))
);

create index endpoints_tenant_idx on org.endpoints (organization_id, tenant_id, endpoint_id desc);

-- What has happened, where an endpoint wanted to know.
create table org.endpoint_events (
    organization_id uuid not null references directory.organizations on delete cascade,
    event_id uuid not null,
    -- Null: the whole organization's, so every workspace's endpoints may want it.
    tenant_id uuid,
    type text not null,
    data jsonb not null,
    occurred_at timestamptz not null default app.now(),
    -- When deliveries were made of it.
    spread_at timestamptz,
    primary key (organization_id, event_id),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade
);

create index endpoint_events_unspread_idx on org.endpoint_events (organization_id, event_id) where spread_at is null;
create index endpoint_events_age_idx on org.endpoint_events (organization_id, occurred_at);

-- An event on its way to one endpoint.
create table org.deliveries (
    organization_id uuid not null,
    delivery_id uuid not null,
    tenant_id uuid not null,
    endpoint_id uuid not null,
    event_id uuid not null,
    -- dropped: the endpoint was disabled before it was delivered.
    state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed', 'dropped')),
    -- Attempts that began; also what tells the last one from those before it.
    attempts integer not null default 0,
    -- Those since somebody asked for it last.
    tries integer not null default 0,
    -- From when on it may be tried; while an attempt is under way, when its lease ends.
    due_at timestamptz not null default app.now(),
    leased_until timestamptz,
    created_at timestamptz not null default app.now(),
    ended_at timestamptz,
    primary key (organization_id, delivery_id),
    constraint deliveries_event_key unique (organization_id, event_id, endpoint_id),
    foreign key (organization_id, endpoint_id) references org.endpoints on delete cascade,
    foreign key (organization_id, event_id) references org.endpoint_events on delete cascade,
    constraint deliveries_ended_check check ((ended_at is null) = (state = 'waiting')),
    constraint deliveries_leased_check check (leased_until is null or state = 'waiting')
);

create index deliveries_due_idx on org.deliveries (organization_id, endpoint_id, due_at) where state = 'waiting';
create index deliveries_leased_idx on org.deliveries (organization_id, endpoint_id) where leased_until is not null;
create index deliveries_endpoint_idx on org.deliveries (organization_id, endpoint_id, delivery_id desc);

-- What came of each attempt.
create table org.delivery_attempts (
    organization_id uuid not null,
    delivery_id uuid not null,
    attempt integer not null,
    started_at timestamptz not null,
    duration_ms integer not null,
    -- What the receiver answered, and the beginning of its body; null where no whole answer came.
    http_status smallint,
    answer text,
    -- A sentence of ours; null where it was taken.
    error text,
    primary key (organization_id, delivery_id, attempt),
    foreign key (organization_id, delivery_id) references org.deliveries on delete cascade
);

-- Organizations that have something to deliver or to clear away, and from when on: one row each.
create table directory.delivery_backlog (
    organization_id uuid primary key references directory.organizations on delete cascade,
    wake_at timestamptz not null
);

create index delivery_backlog_wake_at_idx on directory.delivery_backlog (wake_at);

select app.guard_organization_table('org.endpoints', 'select', 'insert', 'update', 'delete');
select app.guard_organization_table('org.endpoint_events', 'select', 'insert', 'update', 'delete');
select app.guard_organization_table('org.deliveries', 'select', 'insert', 'update');
select app.guard_organization_table('org.delivery_attempts', 'select', 'insert');
select app.guard_organization_table('directory.delivery_backlog', 'select', 'insert', 'update', 'delete');

create policy look_up on directory.delivery_backlog for select to tenantry_directory using (true);
grant select on directory.delivery_backlog to tenantry_directory;

-- Which organizations are to be looked at, longest waiting first, and when the next will be.
create function app.due_deliveries(p_most integer)
    returns table (organization_id uuid, due boolean, seconds double precision)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select b.organization_id, b.wake_at <= app.now(), extract(epoch from b.wake_at - app.now())
    from directory.delivery_backlog b
    order by b.wake_at
    limit p_most
$$;

grant execute on function app.due_deliveries(integer) to tenantry_platform;
grant create on schema app to tenantry_directory;
alter function app.due_deliveries(integer) owner to tenantry_directory;
revoke create on schema app from tenantry_directory;

-- UUIDv7 (RFC 9562) of a moment, for rows that no program makes: a random one, with the time in its first 48 bits and 7 in
-- the place of its version 4.
create function app.new_id(p_at timestamptz) returns uuid
    language sql volatile
    return encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
        substring(int8send(floor(extract(epoch from p_at) * 1000)::bigint) from 3) from 1 for 6),
        52, 1), 53, 1), 'hex')::uuid;

-- Lets an organization be looked at no later than that.
create function app.wake_deliveries(p_organization uuid, p_at timestamptz) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into directory.delivery_backlog as b (organization_id, wake_at) values (p_organization, p_at)
    on conflict (organization_id) do update set wake_at = least(b.wake_at, excluded.wake_at);
end
$$;

-- Does an endpoint want events of the type? Asked before one is written: whoever has no endpoint pays for one look into an
-- index that has nothing of theirs.
create function app.is_awaited(p_organization uuid, p_tenant uuid, p_type text) returns boolean
    language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from org.endpoints e
        where e.organization_id = p_organization and e.enabled and p_type = any (e.types)
          and (p_tenant is null or e.tenant_id = p_tenant));
end
$$;

create function app.add_event(p_organization uuid, p_tenant uuid, p_type text, p_data jsonb) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into org.endpoint_events (organization_id, event_id, tenant_id, type, data)
    values (p_organization, app.new_id(app.now()), p_tenant, p_type, p_data);
    perform app.wake_deliveries(p_organization, app.now());
end
$$;

grant execute on function
    app.new_id(timestamptz), app.wake_deliveries(uuid, timestamptz), app.is_awaited(uuid, uuid, text),
    app.add_event(uuid, uuid, text, jsonb)
    to tenantry_app;

-- Triggers, so that no verb can forget it. Each asks in its `when` for what can be seen in the row alone, which costs nothing
-- where it is not so: admission, which only inserts jobs, never comes here.
create function app.note_job_end() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if app.is_awaited(new.organization_id, new.tenant_id, 'job.' || new.status) then
        perform app.add_event(new.organization_id, new.tenant_id, 'job.' || new.status, jsonb_build_object(
            'job', new.job_id, 'tool', new.tool, 'action', new.action, 'status', new.status, 'attempts', new.attempts,
            'tokens_used', new.tokens_used, 'api_calls', new.api_calls, 'created_at', new.created_at,
            'finished_at', new.finished_at));
    end if;
    return null;
end
$$;

create trigger note_end after update of status on org.jobs
    for each row when (old.status is distinct from new.status and new.status in ('succeeded', 'failed', 'canceled'))
    execute function app.note_job_end();

create function app.note_warning() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if app.is_awaited(new.organization_id, null, 'usage.warning') then
        perform app.add_event(new.organization_id, null, 'usage.warning', jsonb_build_object(
            'meter', new.meter, 'percent', new.percent, 'limit', new.quota_limit, 'period_start', new.period_start));
    end if;
    return null;
end
$$;

create trigger note_warning after insert on org.usage_warnings for each row execute function app.note_warning();

create function app.note_key() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    what text := case
        when tg_op = 'INSERT' then 'key.created'
        when new.revoked_at is not null and old.revoked_at is null then 'key.revoked'
        else 'key.rotated' end;
begin
    if app.is_awaited(new.organization_id, new.tenant_id, what) then
        perform app.add_event(new.organization_id, new.tenant_id, what, jsonb_build_object(
            'key', new.key_id, 'name', new.name, 'prefix', new.prefix, 'environment', new.environment,
            'scopes', new.scopes, 'expires_at', new.expires_at));
    end if;
    return null;
end
$$;

create trigger note_created after insert on directory.api_keys for each row execute function app.note_key();
-- The old key of a rotation is given its end; a revoked one gets no other.
create trigger note_rotated_or_revoked after update of expires_at, revoked_at on directory.api_keys
    for each row when (old.revoked_at is null) execute function app.note_key();

create function app.note_plan() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if app.is_awaited(new.organization_id, null, 'plan.changed') then
        perform app.add_event(new.organization_id, null, 'plan.changed', jsonb_build_object(
            'plan', new.plan_id, 'previous', old.plan_id, 'plan_expires_at', new.plan_expires_at));
    end if;
    return null;
end
$$;

create trigger note_plan after update of plan_id on directory.organizations
    for each row when (old.plan_id is distinct from new.plan_id) execute function app.note_plan();

-- What waited while a workspace was suspended goes out when it is not any more.
create function app.note_reopening() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from org.endpoints e where e.organization_id = new.organization_id and e.tenant_id = new.tenant_id) then
        perform app.wake_deliveries(new.organization_id, app.now());
    end if;
    return null;
end
$$;

create trigger note_reopening after update of status on directory.tenants
    for each row when (old.status is distinct from new.status and new.status = 'active')
    execute function app.note_reopening();

-- Owners are told by mail too, when an endpoint was disabled.
create or replace function app.post_mail(p_mail uuid, p_user uuid, p_kind text, p_letter text) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if app.organization_id() is null or p_kind not in ('quota_warning', 'endpoint_disabled') then
        raise exception 'no mail of an organization';
    end if;
    insert into platform.mails (mail_id, organization_id, recipient, kind, letter, state)
    select p_mail, app.organization_id(), u.email, p_kind, p_letter, 'waiting'
    from platform.users u where u.user_id = p_user;
    return found;
end
$$;
