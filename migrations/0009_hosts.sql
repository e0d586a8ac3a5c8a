-- Why: a session belongs to one host, as its cookie does. That of a tenant's own host comes from one of the main host, by a
-- code that the browser carries over; it never outlives the session that it came from.
alter table platform.sessions
    -- The tenant whose host it is; null for the main host.
    add column host_tenant_id uuid,
    -- The session of the main host that it came from, and ends with.
    add column parent_session_id uuid references platform.sessions on delete cascade,
    add constraint sessions_host_check check ((host_tenant_id is null) = (parent_session_id is null));

create index sessions_parent_session_id_idx on platform.sessions (parent_session_id);

-- Codes on their way from the main host to a tenant's. Each lasts 30 seconds and goes when it is presented, rightly or not.
create table platform.entry_codes (
    -- SHA-256 of the code; the code itself is only in the browser.
    code_hash bytea primary key,
    session_id uuid not null references platform.sessions on delete cascade,
    host_tenant_id uuid not null,
    -- SHA-256 of what the browser that asked holds in a cookie of the tenant's host.
    challenge bytea not null,
    created_at timestamptz not null default app.now()
);

create index entry_codes_session_id_idx on platform.entry_codes (session_id);
create index entry_codes_created_at_idx on platform.entry_codes (created_at);

grant select, insert, delete on platform.entry_codes to tenantry_platform;
