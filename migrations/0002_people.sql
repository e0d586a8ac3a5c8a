-- Why: people exist before and beside every organization, so nothing here has a tenant. Only the platform's role reads it.
create table platform.users (
    user_id uuid primary key,
    name text not null,
    -- In lower case and NFC: the form in which two addresses are compared.
    email text not null,
    -- A PHC string (Argon2id).
    password_hash text not null,
    created_at timestamptz not null default app.now(),
    constraint users_email_key unique (email)
);

create table platform.sessions (
    session_id uuid primary key,
    user_id uuid not null references platform.users on delete cascade,
    -- SHA-256 of the token; the token itself is only in the cookie.
    token_hash bytea not null,
    -- Where the session acts; null, or left behind by a membership that ended, means the oldest membership.
    current_tenant_id uuid,
    user_agent text not null default '',
    created_at timestamptz not null default app.now(),
    last_seen_at timestamptz not null default app.now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    constraint sessions_token_hash_key unique (token_hash)
);

create index sessions_user_id_idx on platform.sessions (user_id);

-- The onboarding wizard's answers so far: closing the browser loses nothing.
create table platform.onboarding_drafts (
    user_id uuid primary key references platform.users on delete cascade,
    draft jsonb not null,
    updated_at timestamptz not null default app.now()
);

-- What was typed into a form that was refused, for the one page that shows it again without a script.
create table platform.flashes (
    token_hash bytea primary key,
    path text not null,
    content text not null,
    created_at timestamptz not null default app.now()
);

create index flashes_created_at_idx on platform.flashes (created_at);

grant select, insert, update, delete
    on platform.users, platform.sessions, platform.onboarding_drafts, platform.flashes to tenantry_platform;
