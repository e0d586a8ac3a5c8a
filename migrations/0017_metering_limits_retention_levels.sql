-- Why: what events count can be limited like everything else; what was recorded is kept for as long as the plan says; and
-- what lies in the database is measured, because it is charged for.

-- Limits on what events count stand with the other overrides: traced, ended and told in the same way. `every` is theirs
-- alone, so whatever does not know it passes over them.
alter table directory.quota_overrides
    drop constraint quota_overrides_meter_check,
    drop constraint quota_overrides_soft_check,
    -- What starts such a limit anew: the organization's billing month or its day.
    add column every text check (every in ('month', 'day')),
    -- What the guard counts has a period already. A meter that nobody knows counts for nothing.
    add constraint quota_overrides_meter_check check (
        meter <> '' and (every is null or meter not in ('dispatches', 'concurrent', 'api_calls', 'storage_bytes'))),
    add constraint quota_overrides_soft_check check (
        mode = 'hard' or (quota_limit is not null and meter not in ('concurrent', 'storage_bytes')));

create or replace function app.terms(p_organization uuid) returns text
    language plpgsql stable
as $$
declare
    zone text := (select o.time_zone from directory.organizations o where o.organization_id = p_organization);
    overrides jsonb := (
        select jsonb_agg(jsonb_build_object(
                   'meter', q.meter, 'every', q.every, 'limit', q.quota_limit, 'mode', q.mode, 'cap', q.cap,
                   'expires_at', q.expires_at)
                   order by q.meter)
        from directory.quota_overrides q
        where q.organization_id = p_organization and q.ended_at is null);
begin
    if zone = 'UTC' and overrides is null then
        return null;
    end if;
    return jsonb_build_object('time_zone', zone, 'overrides', coalesce(overrides, '[]'))::text;
end
$$;

-- For how many days a plan keeps events, at least two months longer than they may be late. A version without a row keeps
-- them as the version before it.
create table platform.plan_retention (
    plan_id text not null,
    version integer not null,
    event_days integer not null check (event_days between 100 and 4000),
    primary key (plan_id, version),
    foreign key (plan_id, version) references platform.plans
);

insert into platform.plan_retention (plan_id, version, event_days)
values ('free', 1, 100), ('pro', 1, 400), ('empire', 1, 800);

grant select on platform.plan_retention to tenantry_platform;

-- What an organization's plan keeps no more is removed by the organization's own transaction; the sums stay.
grant delete on org.metered_events to tenantry_app;

-- Organizations after one, in the order of their ids: for what is done for each of them once a day.
create function app.organizations_after(p_after uuid, p_most integer) returns table (organization_id uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select o.organization_id from directory.organizations o where o.organization_id > p_after
    order by o.organization_id limit p_most
$$;

-- Drops the oldest partition of events of a month that ends before a day. One at a time: a clock that has run ahead shall
-- not cost all of them. Whoever holds the tables is waited for shortly; it is tried again the next day.
create function app.drop_usage_partition(p_before date) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s'
as $$
declare
    part text;
begin
    if p_before > (app.now() at time zone 'utc')::date - 100 then
        raise exception 'events of the last hundred days stay';
    end if;
    perform pg_advisory_xact_lock(hashtext('org.metered_events'));
    select c.relname into part from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'org.metered_events'::regclass and c.relname ~ '^metered_events_\d{4}_\d{2}$'
      and to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= p_before
    order by c.relname limit 1;
    if part is null then
        return 0;
    end if;
    execute format('drop table org.%I', part);
    return 1;
end
$$;

grant execute on function app.drop_usage_partition(date) to tenantry_platform;

-- Levels: how much there was when it was measured. One row an hour at most; the last measurement of the hour counts.
create table org.levels (
    organization_id uuid not null references directory.organizations on delete cascade,
    meter text not null,
    hour_at timestamptz not null,
    tenant_id uuid not null,
    value bigint not null check (value >= 0),
    measured_at timestamptz not null default app.now(),
    primary key (organization_id, meter, hour_at, tenant_id),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade
);

select app.guard_organization_table('org.levels', 'select', 'insert', 'update');

-- When each workspace was measured last, so that whoever measures finds those whose turn it is.
create table directory.measured (
    organization_id uuid not null,
    tenant_id uuid not null,
    measured_at timestamptz not null,
    primary key (organization_id, tenant_id),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade
);

select app.guard_organization_table('directory.measured', 'select', 'insert', 'update');
create policy look_up on directory.measured for select to tenantry_directory using (true);
grant select on directory.measured to tenantry_directory;

-- Workspaces that were not measured since a moment, those that never were first. A suspended one keeps the level that it had.
create function app.unmeasured_since(p_moment timestamptz, p_most integer)
    returns table (organization_id uuid, tenant_id uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select t.organization_id, t.tenant_id from directory.tenants t
    left join directory.measured m on m.organization_id = t.organization_id and m.tenant_id = t.tenant_id
    where t.status = 'active' and (m.measured_at is null or m.measured_at < p_moment)
    order by m.measured_at nulls first, t.tenant_id
    limit p_most
$$;

-- What the rows of the transaction's tenant take: what each value takes as it is stored, compressed where it is, and the
-- 28 bytes that a row has besides. It reads what the caller may read, so row-level security confines it.
create function app.tenant_bytes() returns bigint
    language plpgsql stable
as $$
declare
    part record;
    bytes bigint;
    total bigint := 0;
begin
    for part in
        select c.oid::regclass as place,
               string_agg(format('coalesce(pg_column_size(%I), 0)', a.attname), ' + ' order by a.attnum) as size
        from pg_catalog.pg_class c
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = current_schema()) and c.relkind in ('r', 'p') and not c.relispartition
          and exists (select from pg_catalog.pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')
          and has_table_privilege(c.oid, 'select')
        group by c.oid
    loop
        execute format('select coalesce(sum(28 + %s), 0)::bigint from %s where tenant_id = (select app.tenant_id())',
                       part.size, part.place) into bytes;
        total := total + bytes;
    end loop;
    return total;
end
$$;

grant execute on function app.tenant_bytes() to tenantry_app;
grant execute on function app.organizations_after(uuid, integer), app.unmeasured_since(timestamptz, integer)
    to tenantry_platform;
grant create on schema app to tenantry_directory;
alter function app.organizations_after(uuid, integer) owner to tenantry_directory;
alter function app.unmeasured_since(timestamptz, integer) owner to tenantry_directory;
revoke create on schema app from tenantry_directory;
