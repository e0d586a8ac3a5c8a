-- Why: what was used is recorded once and summed at once: the event, the counter that a limit is checked against and the
-- sums that a dashboard shows move in the same transaction, so they are equal at every commit.

-- Usage records: only ever inserted.
create table org.usage_events (
    organization_id uuid not null references directory.organizations on delete cascade,
    event_id uuid not null,
    tenant_id uuid not null,
    meter text not null,
    quantity bigint not null,
    tool text,
    user_id uuid references platform.users,
    job_id uuid,
    recorded_at timestamptz not null default app.now(),
    primary key (organization_id, event_id),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade
);

create index usage_events_time_idx on org.usage_events (organization_id, meter, recorded_at);

-- What limits are checked against: by meter and the start of its period.
create table org.usage_counters (
    organization_id uuid not null references directory.organizations on delete cascade,
    meter text not null,
    period_start timestamptz not null,
    used bigint not null check (used >= 0),
    primary key (organization_id, meter, period_start)
);

create table org.usage_by_tool (
    organization_id uuid not null references directory.organizations on delete cascade,
    period_start timestamptz not null,
    tool text not null,
    dispatches bigint not null default 0,
    tokens_used bigint not null default 0,
    cost_micros bigint not null default 0,
    primary key (organization_id, period_start, tool)
);

create table org.usage_by_day (
    organization_id uuid not null references directory.organizations on delete cascade,
    day date not null,
    dispatches bigint not null default 0,
    api_calls bigint not null default 0,
    primary key (organization_id, day)
);

select app.guard_organization_table('org.usage_events', 'select', 'insert');
select app.guard_organization_table('org.usage_counters', 'select', 'insert', 'update');
select app.guard_organization_table('org.usage_by_tool', 'select', 'insert', 'update');
select app.guard_organization_table('org.usage_by_day', 'select', 'insert', 'update');
