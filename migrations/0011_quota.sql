-- Why: what was agreed with one organization beats its plan: another limit, another way beyond it, another day. It stands
-- in the directory beside the plan that it beats, because a key is judged by it before its tenant is known.
alter table directory.organizations
    -- Whose midnight begins its day of API calls; a name of pg_timezone_names.
    add column time_zone text not null default 'UTC' check (time_zone <> '');

-- Overrides. Only those that have not ended count, one a meter; the others stay, so that what was agreed can be traced.
create table directory.quota_overrides (
    organization_id uuid not null references directory.organizations on delete cascade,
    override_id uuid not null,
    meter text not null check (meter in ('dispatches', 'concurrent', 'api_calls', 'storage_bytes')),
    -- Null is unlimited, 0 forbidden.
    quota_limit bigint check (quota_limit >= 0),
    -- What happens beyond the limit: refused; allowed and marked; allowed and marked up to the cap.
    mode text not null default 'hard' check (mode in ('hard', 'soft', 'soft_capped')),
    cap bigint,
    reason text not null check (reason <> ''),
    -- From then on the plan counts again, without anybody doing anything.
    expires_at timestamptz,
    set_at timestamptz not null default app.now(),
    -- When another was set in its place, or it was taken back.
    ended_at timestamptz,
    primary key (organization_id, override_id),
    constraint quota_overrides_capped_check check (
        case mode when 'soft_capped' then cap is not null and quota_limit is not null and cap >= quota_limit else cap is null end),
    constraint quota_overrides_soft_check check (
        mode = 'hard' or (quota_limit is not null and meter in ('dispatches', 'api_calls')))
);

create unique index quota_overrides_meter_idx on directory.quota_overrides (organization_id, meter) where ended_at is null;

select app.guard_organization_table('directory.quota_overrides', 'select', 'insert', 'update');
create policy look_up on directory.quota_overrides for select to tenantry_directory using (true);
grant select on directory.quota_overrides to tenantry_directory;

create trigger note_revision after insert or delete or update
    on directory.quota_overrides for each row execute function app.note_revision();
create trigger note_revision_of_time_zone after update of time_zone
    on directory.organizations for each row execute function app.note_revision();

-- The way beyond a plan's limit, where it is not hard. A table beside the plans, because most have no row.
create table platform.plan_modes (
    -- Free is hard.
    plan_id text not null check (plan_id <> 'free'),
    version integer not null,
    meter text not null check (meter in ('dispatches', 'api_calls')),
    mode text not null check (mode in ('soft', 'soft_capped')),
    cap bigint check (cap >= 0),
    primary key (plan_id, version, meter),
    foreign key (plan_id, version) references platform.plans,
    constraint plan_modes_capped_check check ((mode = 'soft_capped') = (cap is not null))
);

grant select on platform.plan_modes to tenantry_platform;

-- What was agreed with an organization beside its plan, as JSON; null where that is nothing, as for most.
create function app.terms(p_organization uuid) returns text
    language plpgsql stable
as $$
declare
    zone text := (select o.time_zone from directory.organizations o where o.organization_id = p_organization);
    overrides jsonb := (
        select jsonb_agg(jsonb_build_object(
                   'meter', q.meter, 'limit', q.quota_limit, 'mode', q.mode, 'cap', q.cap, 'expires_at', q.expires_at)
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

grant execute on function app.terms(uuid) to tenantry_app, tenantry_directory;

-- The same before a tenant is known.
create function app.terms_of(p_organization uuid) returns text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return app.terms(p_organization);
end
$$;

-- An organization by id or slug, for the platform operator.
create function app.find_organization(p_organization uuid, p_slug text)
    returns table (organization_id uuid, slug text, name text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select o.organization_id, o.slug, o.name from directory.organizations o
    where o.organization_id = p_organization or o.slug = p_slug
$$;

grant execute on function app.terms_of(uuid), app.find_organization(uuid, text) to tenantry_platform;
grant create on schema app to tenantry_directory;
alter function app.terms_of(uuid) owner to tenantry_directory;
alter function app.find_organization(uuid, text) owner to tenantry_directory;
revoke create on schema app from tenantry_directory;

-- The first moment of a day in a zone. Where midnight comes twice, because clocks go back over it, the first one; where it
-- never comes, because clocks go forward over it, the moment of the change: so days follow each other without a gap.
create function app.day_start(p_zone text, p_day date) returns timestamptz
    language plpgsql stable strict parallel safe
as $$
declare
    midnight timestamp := p_day;
    last timestamptz := midnight at time zone p_zone;
    -- Midnight by the clocks of a day before: no zone has changed them twice within one.
    earlier timestamptz := (midnight - ((last - interval '1 day') at time zone p_zone - (last - interval '1 day') at time zone 'utc'))
        at time zone 'utc';
begin
    if earlier < last and earlier at time zone p_zone = midnight then
        return earlier;
    end if;
    return last;
end
$$;

-- The day of a moment in a zone. A day that a zone has left out is nobody's: the one before it ends where the next begins.
create function app.day_of(p_zone text, p_moment timestamptz, out day_start timestamptz, out day_end timestamptz)
    language plpgsql stable strict parallel safe
as $$
declare
    today date := (p_moment at time zone p_zone)::date;
begin
    day_start := app.day_start(p_zone, today);
    day_end := app.day_start(p_zone, today + 1);
    if day_end <= day_start then
        day_end := app.day_start(p_zone, today + 2);
    end if;
end
$$;

grant execute on function app.day_start(text, date), app.day_of(text, timestamptz) to tenantry_app;

-- What was used beyond a soft limit: marked where it is recorded, counted beside the counter.
alter table org.usage_events add column overage boolean not null default false;
alter table org.usage_counters add column overage bigint not null default 0 check (overage >= 0);

-- Warnings that were given: the key is why each is given once, whoever writes at the same moment.
create table org.usage_warnings (
    organization_id uuid not null references directory.organizations on delete cascade,
    meter text not null,
    period_start timestamptz not null,
    quota_limit bigint not null check (quota_limit > 0),
    percent smallint not null check (percent between 1 and 100),
    warned_at timestamptz not null default app.now(),
    primary key (organization_id, meter, period_start, quota_limit, percent)
);

select app.guard_organization_table('org.usage_warnings', 'select', 'insert');
