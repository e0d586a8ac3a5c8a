-- Why: an organization sends what it has used as events of its own. An event is recorded once, whoever repeats it and
-- whenever, and every sum that is shown or priced moves in the event's own transaction: so sums and events are equal at
-- every commit, and the sums can be made anew out of the events.

-- The start of the billing period that a moment belongs to, as tenantry_kernel's Held::period computes it: the calendar
-- month in UTC for Free and for a plan that has expired past its grace, else the billing month of the anchor.
create function app.period_start(p_organization uuid, p_moment timestamptz) returns timestamptz
    language plpgsql stable
as $$
declare
    held record;
    anchor timestamp;
    moment timestamp := p_moment at time zone 'utc';
    months integer;
begin
    select o.plan_id, o.plan_anchor, o.plan_expires_at into held
    from directory.organizations o where o.organization_id = p_organization;
    if held.plan_anchor is null or held.plan_id = 'free' or held.plan_expires_at + interval '3 days' <= p_moment then
        return date_trunc('month', moment) at time zone 'utc';
    end if;
    anchor := held.plan_anchor at time zone 'utc';
    months := (extract(year from moment) - extract(year from anchor)) * 12
        + extract(month from moment) - extract(month from anchor);
    if anchor + make_interval(months => months) > moment then
        months := months - 1;
    end if;
    return (anchor + make_interval(months => months)) at time zone 'utc';
end
$$;

grant execute on function app.period_start(uuid, timestamptz) to tenantry_app;

-- The records of the product's own meters get the period that they were counted in, so that its sum can be made anew
-- after the plan has changed.
alter table org.usage_events add column period_start timestamptz;

alter table org.usage_events no force row level security;
alter table org.usage_counters no force row level security;
alter table directory.organizations no force row level security;

update org.usage_events e
set period_start = coalesce(
    (select max(c.period_start) from org.usage_counters c
     where c.organization_id = e.organization_id and c.meter = e.meter and c.period_start <= e.recorded_at),
    app.period_start(e.organization_id, e.recorded_at));

-- One row an organization that sends events: the lock under which its events are told from their repeats, beside that of
-- its dispatches, so that neither waits for the other.
create table org.metering_gates (
    organization_id uuid primary key references directory.organizations on delete cascade,
    -- Transactions that have recorded something.
    batches bigint not null default 0,
    -- Has any event ever corrected another? Where none has, nobody looks for corrections.
    corrected boolean not null default false,
    -- Events of days before this one may be gone; the sums of that time stand as they are.
    kept_from date not null default '-infinity'
);

-- The meters that an organization has made by naming them.
create table org.meters (
    organization_id uuid not null references directory.organizations on delete cascade,
    meter text not null check (meter <> ''),
    created_at timestamptz not null default app.now(),
    primary key (organization_id, meter)
);

-- Events, in partitions by their own day, a month of days in each: so what is old goes as a whole, and a look for a repeat
-- goes to the three months in which an event may still be sent.
create table org.metered_events (
    organization_id uuid not null,
    -- CloudEvents: source and id together name one event.
    source text not null,
    event_id text not null,
    -- The day of `occurred_at` in UTC.
    day date not null,
    tenant_id uuid not null,
    meter text not null,
    value numeric(38, 9) not null check (value >= 0),
    occurred_at timestamptz not null,
    received_at timestamptz not null default app.now(),
    -- The billing period that it counts in, as it was when it came.
    period_start timestamptz not null,
    tool text not null default '',
    user_id uuid,
    key_id uuid,
    subject text,
    -- Extension attributes, as JSON text.
    attributes text,
    -- The id of the event of this source that it stands for.
    corrects text,
    -- Is it in the sums? One that was corrected is not.
    counts boolean not null default true,
    primary key (organization_id, source, event_id, day),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade
) partition by range (day);

create index metered_events_corrects_idx on org.metered_events (organization_id, source, corrects) where corrects is not null;

-- What comes for a month that has no partition yet is taken here: no event is refused because nobody made one in time.
create table org.metered_events_rest partition of org.metered_events default;

-- Sums, by meter, stretch of time and all that may be asked for apart. Minutes, hours and days are UTC's; a period is the
-- billing month.
create table org.usage_rollups (
    organization_id uuid not null references directory.organizations on delete cascade,
    meter text not null,
    grain text not null check (grain in ('minute', 'hour', 'day', 'period')),
    start_at timestamptz not null,
    tenant_id uuid not null,
    -- Empty, or the UUID of zeros: none.
    tool text not null default '',
    user_id uuid not null default '00000000-0000-0000-0000-000000000000',
    key_id uuid not null default '00000000-0000-0000-0000-000000000000',
    value numeric(38, 9) not null,
    events bigint not null,
    primary key (organization_id, meter, grain, start_at, tenant_id, tool, user_id, key_id),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade
);

-- Everything that was recorded for an organization's meters, in one form.
create view org.counted_usage with (security_invoker = true) as
    -- A cost is recorded in millionths of the currency.
    select organization_id, meter, (case meter when 'cost' then quantity / 1000000.0 else quantity end)::numeric(38, 9) as value,
           recorded_at as occurred_at, period_start, tenant_id, coalesce(tool, '') as tool, user_id, key_id
    from org.usage_events
    union all
    select organization_id, meter, value, occurred_at, period_start, tenant_id, tool, user_id, key_id
    from org.metered_events
    where counts;

-- The sums that the records make: the one definition, which the rollups are made anew with and checked against.
create view org.computed_rollups with (security_invoker = true) as
    select u.organization_id, u.meter, g.grain, g.start_at, u.tenant_id, u.tool,
           coalesce(u.user_id, '00000000-0000-0000-0000-000000000000') as user_id,
           coalesce(u.key_id, '00000000-0000-0000-0000-000000000000') as key_id,
           sum(u.value)::numeric(38, 9) as value, count(*) as events
    from org.counted_usage u
    cross join lateral (values
        ('minute', date_bin('1 minute', u.occurred_at, '2000-01-01T00:00:00Z')),
        ('hour', date_bin('1 hour', u.occurred_at, '2000-01-01T00:00:00Z')),
        ('day', date_bin('1 day', u.occurred_at, '2000-01-01T00:00:00Z')),
        ('period', u.period_start)) g (grain, start_at)
    group by u.organization_id, u.meter, g.grain, g.start_at, u.tenant_id, u.tool, u.user_id, u.key_id;

insert into org.usage_rollups select * from org.computed_rollups;

alter table org.usage_events force row level security;
alter table org.usage_counters force row level security;
alter table directory.organizations force row level security;

select app.guard_organization_table('org.metering_gates', 'select', 'insert', 'update');
select app.guard_organization_table('org.meters', 'select', 'insert');
select app.guard_organization_table('org.metered_events', 'select', 'insert', 'update');
select app.guard_organization_table('org.usage_rollups', 'select', 'insert', 'update', 'delete');
grant select on org.counted_usage, org.computed_rollups to tenantry_app;

-- The same policy on a partition, and no grant: whoever names one instead of its table finds it closed.
create function app.guard_partition(guarded regclass) returns void
    language plpgsql
as $$
begin
    execute format('alter table %s enable row level security', guarded);
    execute format('alter table %s force row level security', guarded);
    execute format(
        'create policy organization on %s to tenantry_app
             using (organization_id = (select app.organization_id()))
             with check (organization_id = (select app.organization_id()))', guarded);
end
$$;

select app.guard_partition('org.metered_events_rest');

-- Makes the partition of a month, and moves into it what came for that month meanwhile; false where there is one.
create function app.make_usage_partition(p_month date) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    first date := date_trunc('month', p_month);
    behind date := first + interval '1 month';
    part text := format('metered_events_%s', to_char(first, 'YYYY_MM'));
begin
    -- Two that come at once make it one after the other.
    perform pg_advisory_xact_lock(hashtext('org.metered_events'));
    if to_regclass(format('org.%I', part)) is not null then
        return false;
    end if;
    execute format('create table org.%I (like org.metered_events including defaults including constraints)', part);
    -- Before there are rows in it: attaching one with rows would look for their tenants as the owner, whom the policies of
    -- tenants filter, too.
    execute format(
        'alter table org.%I add foreign key (organization_id, tenant_id) references directory.tenants on delete cascade', part);
    lock table org.metered_events_rest in access exclusive mode;
    alter table org.metered_events_rest no force row level security;
    execute format(
        'with moved as (delete from org.metered_events_rest where day >= %L and day < %L returning *)
         insert into org.%I select * from moved', first, behind, part);
    alter table org.metered_events_rest force row level security;
    execute format('alter table org.metered_events attach partition org.%I for values from (%L) to (%L)', part, first, behind);
    perform app.guard_partition(format('org.%I', part)::regclass);
    return true;
end
$$;

-- The partitions of the months in which events may come from now on, three of them ahead. Answers how many it made.
create function app.make_usage_partitions() returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    made integer := 0;
    ahead integer;
begin
    for ahead in -2..3 loop
        if app.make_usage_partition((app.now() at time zone 'utc' + make_interval(months => ahead))::date) then
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;

grant execute on function app.make_usage_partitions() to tenantry_platform;
select app.make_usage_partitions();

-- Rows that were added to the records are added to the sums: by the database, so that it is so whoever writes, also a
-- server of the version before. Always in one order, so that no two writers wait for each other.
create function app.roll_up_usage() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into org.usage_rollups as r
        (organization_id, meter, grain, start_at, tenant_id, tool, user_id, key_id, value, events)
    select a.organization_id, a.meter, g.grain, g.start_at, a.tenant_id, coalesce(a.tool, '') as tool,
           coalesce(a.user_id, '00000000-0000-0000-0000-000000000000') as user_id,
           coalesce(a.key_id, '00000000-0000-0000-0000-000000000000') as key_id,
           sum(case a.meter when 'cost' then a.quantity / 1000000.0 else a.quantity end), count(*)
    from added a
    cross join lateral (values
        ('minute', date_bin('1 minute', a.recorded_at, '2000-01-01T00:00:00Z')),
        ('hour', date_bin('1 hour', a.recorded_at, '2000-01-01T00:00:00Z')),
        ('day', date_bin('1 day', a.recorded_at, '2000-01-01T00:00:00Z')),
        ('period', a.period_start)) g (grain, start_at)
    group by 1, 2, 3, 4, 5, 6, 7, 8
    order by 1, 2, 3, 4, 5, 6, 7, 8
    on conflict (organization_id, meter, grain, start_at, tenant_id, tool, user_id, key_id) do update
        set value = r.value + excluded.value, events = r.events + excluded.events;
    return null;
end
$$;

create function app.roll_up_events() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into org.usage_rollups as r
        (organization_id, meter, grain, start_at, tenant_id, tool, user_id, key_id, value, events)
    select a.organization_id, a.meter, g.grain, g.start_at, a.tenant_id, a.tool,
           coalesce(a.user_id, '00000000-0000-0000-0000-000000000000') as user_id,
           coalesce(a.key_id, '00000000-0000-0000-0000-000000000000') as key_id, sum(a.value), count(*)
    from added a
    cross join lateral (values
        ('minute', date_bin('1 minute', a.occurred_at, '2000-01-01T00:00:00Z')),
        ('hour', date_bin('1 hour', a.occurred_at, '2000-01-01T00:00:00Z')),
        ('day', date_bin('1 day', a.occurred_at, '2000-01-01T00:00:00Z')),
        ('period', a.period_start)) g (grain, start_at)
    where a.counts
    group by 1, 2, 3, 4, 5, 6, 7, 8
    order by 1, 2, 3, 4, 5, 6, 7, 8
    on conflict (organization_id, meter, grain, start_at, tenant_id, tool, user_id, key_id) do update
        set value = r.value + excluded.value, events = r.events + excluded.events;
    return null;
end
$$;

-- An event that counts no more is taken out again; a sum of no event goes.
create function app.take_out_events() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    with cell as (
        select b.organization_id, b.meter, g.grain, g.start_at, b.tenant_id, b.tool,
               coalesce(b.user_id, '00000000-0000-0000-0000-000000000000') as user_id,
               coalesce(b.key_id, '00000000-0000-0000-0000-000000000000') as key_id, sum(b.value) as value, count(*) as events
        from before b
        join after a on a.organization_id = b.organization_id and a.source = b.source and a.event_id = b.event_id and a.day = b.day
        cross join lateral (values
            ('minute', date_bin('1 minute', b.occurred_at, '2000-01-01T00:00:00Z')),
            ('hour', date_bin('1 hour', b.occurred_at, '2000-01-01T00:00:00Z')),
            ('day', date_bin('1 day', b.occurred_at, '2000-01-01T00:00:00Z')),
            ('period', b.period_start)) g (grain, start_at)
        where b.counts and not a.counts
        group by 1, 2, 3, 4, 5, 6, 7, 8
    ), less as (
        update org.usage_rollups r set value = r.value - c.value, events = r.events - c.events
        from cell c
        where (r.organization_id, r.meter, r.grain, r.start_at, r.tenant_id, r.tool, r.user_id, r.key_id)
            = (c.organization_id, c.meter, c.grain, c.start_at, c.tenant_id, c.tool, c.user_id, c.key_id)
          and r.events > c.events
    )
    delete from org.usage_rollups r
    using cell c
    where (r.organization_id, r.meter, r.grain, r.start_at, r.tenant_id, r.tool, r.user_id, r.key_id)
        = (c.organization_id, c.meter, c.grain, c.start_at, c.tenant_id, c.tool, c.user_id, c.key_id)
      and r.events = c.events;
    return null;
end
$$;

-- A server of the version before does not say the period.
create function app.set_period() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    new.period_start := app.period_start(new.organization_id, new.recorded_at);
    return new;
end
$$;

-- How long a job has run is recorded with its end: from the start of its last attempt, on the lease that it held.
create function app.record_compute() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into org.usage_events
        (organization_id, event_id, tenant_id, meter, quantity, tool, user_id, key_id, job_id, recorded_at, period_start)
    select a.organization_id, gen_random_uuid(), a.tenant_id, 'compute_ms', used.ms, a.tool, a.requested_by, a.key_id, a.job_id,
           a.finished_at, (select app.period_start(app.organization_id(), app.now()) where app.organization_id() is not null)
    from after a
    join before b on b.organization_id = a.organization_id and b.job_id = a.job_id
    cross join lateral (select round(extract(epoch from a.finished_at - a.started_at) * 1000)::bigint as ms) used
    where b.finished_at is null and used.ms > 0;
    return null;
end
$$;

create trigger record_compute after update on org.jobs
    referencing old table as before new table as after for each statement execute function app.record_compute();

create trigger set_period before insert on org.usage_events
    for each row when (new.period_start is null) execute function app.set_period();
create trigger roll_up after insert on org.usage_events
    referencing new table as added for each statement execute function app.roll_up_usage();
create trigger roll_up after insert on org.metered_events
    referencing new table as added for each statement execute function app.roll_up_events();
create trigger take_out after update on org.metered_events
    referencing old table as before new table as after for each statement execute function app.take_out_events();
