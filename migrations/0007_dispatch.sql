-- Why: a dispatch is decided and recorded in one transaction. Job heads are the organization's (its quota, its slots, its
-- queue); what goes in and comes out is the tenant's, in a table of its own, so that it can lie elsewhere one day.

-- One row an organization: the lock under which quota, slots, queue and plan are decided, so that no two decisions see
-- the same last unit. `position` numbers its jobs in the order of their admission.
create table org.gates (
    organization_id uuid primary key references directory.organizations on delete cascade,
    position bigint not null default 0
);

create table org.jobs (
    organization_id uuid not null,
    job_id uuid not null,
    tenant_id uuid not null,
    tool_id uuid not null,
    tool text not null,
    action text not null,
    status text not null check (status in ('queued', 'running', 'succeeded', 'failed', 'canceled')),
    -- First in first out within the organization.
    position bigint not null,
    requested_by uuid not null references platform.users,
    attempts integer not null default 0,
    -- Grows with every attempt; a completion that carries an older one writes nothing.
    fence bigint not null default 0,
    tokens_used bigint not null default 0,
    -- Millionths of the currency; an estimate of the tool's.
    cost_micros bigint not null default 0,
    created_at timestamptz not null default app.now(),
    started_at timestamptz,
    finished_at timestamptz,
    primary key (organization_id, job_id),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade
);

create index jobs_tenant_idx on org.jobs (organization_id, tenant_id, job_id desc);
create index jobs_queue_idx on org.jobs (organization_id, position) where status = 'queued';

-- Slots as leases. A job that was not picked up yet keeps its slot (no expiry); a running one's ends unless renewed.
create table org.slots (
    organization_id uuid not null,
    slot integer not null check (slot > 0),
    job_id uuid not null,
    holder text,
    fence bigint not null default 0,
    expires_at timestamptz,
    primary key (organization_id, slot),
    constraint slots_job_key unique (organization_id, job_id),
    foreign key (organization_id, job_id) references org.jobs on delete cascade
);

-- Answers that a repeat of the same key gets again, for 24 hours.
create table org.idempotency (
    organization_id uuid not null references directory.organizations on delete cascade,
    key text not null,
    request_hash bytea not null,
    status smallint not null,
    body text not null,
    created_at timestamptz not null default app.now(),
    primary key (organization_id, key)
);

create index idempotency_age_idx on org.idempotency (organization_id, created_at);

create table tenant.tools (
    tenant_id uuid not null references directory.tenants (tenant_id) on delete cascade,
    tool_id uuid not null,
    name text not null,
    kind text not null check (kind in ('builtin')),
    -- The feature that a plan must grant; null needs none.
    feature text,
    timeout_seconds integer not null default 60 check (timeout_seconds between 1 and 86400),
    created_at timestamptz not null default app.now(),
    primary key (tenant_id, tool_id),
    constraint tools_name_key unique (tenant_id, name)
);

select app.guard_organization_table('org.gates', 'select', 'insert', 'update');
select app.guard_organization_table('org.jobs', 'select', 'insert', 'update');
select app.guard_organization_table('org.slots', 'select', 'insert', 'update', 'delete');
select app.guard_organization_table('org.idempotency', 'select', 'insert', 'update', 'delete');
select app.guard_tenant_table('tenant.tools', 'select', 'insert', 'update', 'delete');
