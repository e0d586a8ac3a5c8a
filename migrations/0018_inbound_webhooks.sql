-- Why: services elsewhere tell a workspace what has happened. Who may, and how they sign, is in the directory, because a
-- webhook is found before its tenant is; all of it is decided in memory, so the row holds what the firewall asks.
create table directory.inbound_webhooks (
    organization_id uuid not null references directory.organizations on delete cascade,
    inbound_id uuid not null,
    tenant_id uuid not null,
    name text not null,
    scheme text not null check (scheme in ('standard', 'stripe', 'hmac-sha256')),
    -- Networks that may send; none is everybody.
    allowlist text[] not null,
    -- The tool that becomes a job; null keeps what came and does nothing. No foreign key: a tool may go, and what then
    -- arrives is refused until somebody names another.
    tool_id uuid,
    -- What messages are signed with: 32 bytes, sealed for this row; a stolen copy of the tables signs nothing.
    secret bytea not null,
    -- The secret before the last rotation, and until when it is good too.
    previous_secret bytea,
    previous_until timestamptz,
    created_at timestamptz not null default app.now(),
    primary key (organization_id, inbound_id),
    constraint inbound_webhooks_inbound_id_key unique (inbound_id),
    constraint inbound_webhooks_previous_check check ((previous_secret is null) = (previous_until is null)),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade
);

create index inbound_webhooks_tenant_idx on directory.inbound_webhooks (organization_id, tenant_id, inbound_id desc);

-- Messages that were let in, for longer than their sender repeats them. The key is a hash, so it is as long as it is,
-- whatever the sender calls its message.
create table org.inbound_marks (
    organization_id uuid not null,
    inbound_id uuid not null,
    message_key bytea not null,
    receipt_id uuid not null,
    job_id uuid,
    received_at timestamptz not null default app.now(),
    -- From then on the same message is another one.
    until timestamptz not null,
    primary key (organization_id, inbound_id, message_key),
    foreign key (organization_id, inbound_id) references directory.inbound_webhooks on delete cascade
);

create index inbound_marks_age_idx on org.inbound_marks (organization_id, until);

-- What has come: a row for each message that was let in, and one an hour for all that met the same rule, so that no
-- stranger fills the disk.
create table org.inbound_receipts (
    organization_id uuid not null,
    receipt_id uuid not null,
    tenant_id uuid not null,
    inbound_id uuid not null,
    outcome text not null check (outcome in ('accepted', 'repeated', 'refused')),
    -- The code of the rule that turned it away; empty where none did.
    code text not null default '',
    -- Where the last of them came from.
    address text not null,
    count bigint not null default 1 check (count > 0),
    -- The hour of those that are counted together; null for one that was let in.
    hour timestamptz,
    -- What the sender calls the message and what it is about.
    message text,
    kind text,
    bytes integer,
    job_id uuid,
    created_at timestamptz not null default app.now(),
    last_at timestamptz not null default app.now(),
    primary key (organization_id, receipt_id),
    constraint inbound_receipts_hour_key unique (organization_id, inbound_id, outcome, code, hour),
    foreign key (organization_id, tenant_id) references directory.tenants on delete cascade,
    foreign key (organization_id, inbound_id) references directory.inbound_webhooks on delete cascade
);

create index inbound_receipts_webhook_idx on org.inbound_receipts (organization_id, inbound_id, receipt_id desc);

select app.guard_organization_table('directory.inbound_webhooks', 'select', 'insert', 'update', 'delete');
select app.guard_organization_table('org.inbound_marks', 'select', 'insert', 'update', 'delete');
select app.guard_organization_table('org.inbound_receipts', 'select', 'insert', 'update', 'delete');

create policy look_up on directory.inbound_webhooks for select to tenantry_directory using (true);
grant select on directory.inbound_webhooks to tenantry_directory;

create trigger note_revision after delete or update on directory.inbound_webhooks
    for each row execute function app.note_revision();

-- A webhook and the tenant that it carries. Whether a message may come in is decided by whoever asks.
create function app.find_inbound_webhook(p_inbound uuid)
    returns table (
        organization_id uuid, tenant_id uuid, tenant_status text, scheme text, allowlist text[], tool_id uuid,
        secret bytea, previous_secret bytea, previous_until timestamptz
    )
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select w.organization_id, w.tenant_id, t.status, w.scheme, w.allowlist, w.tool_id, w.secret, w.previous_secret,
           w.previous_until
    from directory.inbound_webhooks w
    join directory.tenants t on t.organization_id = w.organization_id and t.tenant_id = w.tenant_id
    where w.inbound_id = p_inbound
$$;

grant execute on function app.find_inbound_webhook(uuid) to tenantry_platform;
grant create on schema app to tenantry_directory;
alter function app.find_inbound_webhook(uuid) owner to tenantry_directory;
revoke create on schema app from tenantry_directory;
