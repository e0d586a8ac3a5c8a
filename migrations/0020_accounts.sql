-- Why: a session is more than a cookie. Its person sees it and ends it, programs act by short tokens that stop with it, and
-- what is tried against accounts is counted once for all processes.

alter table platform.sessions
    -- Where it was used last; empty where nobody knows.
    add column address text not null default '',
    -- When its person last proved who they are; what matters asks that it was lately.
    add column authenticated_at timestamptz;
update platform.sessions set authenticated_at = created_at;
alter table platform.sessions
    alter column authenticated_at set default app.now(),
    alter column authenticated_at set not null;

-- Sessions that open something: not ended, not too old, not left lying about; one of a tenant's host only while the one that it
-- came from is so. In one place, so that no look-up can forget a part.
create view platform.live_sessions with (security_invoker = true) as
    select s.session_id, s.user_id, s.token_hash, s.current_tenant_id, s.host_tenant_id, s.parent_session_id, s.user_agent,
           s.address, s.created_at, s.authenticated_at, s.last_seen_at, s.expires_at
    from platform.sessions s
    left join platform.sessions parent on parent.session_id = s.parent_session_id
    where s.revoked_at is null and s.expires_at > app.now() and s.last_seen_at > app.now() - interval '14 days'
      and (s.parent_session_id is null or (parent.revoked_at is null and parent.expires_at > app.now()));

grant select on platform.live_sessions to tenantry_platform;

-- What signs access tokens. One key signs; those before it are believed until what they signed has ended.
create table platform.signing_keys (
    key_id uuid primary key,
    -- Ed25519: the public key, 32 bytes, and the seed of the private one, sealed with the installation's secret.
    public_key bytea not null,
    sealed_seed bytea not null,
    created_at timestamptz not null default app.now(),
    -- From then on it signs nothing.
    retired_at timestamptz
);

create unique index signing_keys_current_key on platform.signing_keys ((true)) where retired_at is null;

-- Refresh tokens, by family: each use makes the next generation, and only the newest is good. The tokens themselves are
-- nowhere: they are a family's id and generation, signed with the installation's secret.
create table platform.token_families (
    family_id uuid primary key,
    session_id uuid not null references platform.sessions on delete cascade,
    -- The tenant that its access tokens carry; null for a person who stood nowhere.
    tenant_id uuid,
    generation bigint not null default 0,
    -- When the newest generation was made, and for which client: SHA-256 of what it calls itself and where it is.
    rotated_at timestamptz not null default app.now(),
    client bytea not null,
    created_at timestamptz not null default app.now(),
    revoked_at timestamptz
);

create index token_families_session_id_idx on platform.token_families (session_id);

-- What was tried of late, by what: failures and waits of an account or a password, and how full an address' bucket is.
create table platform.attempts (
    kind text not null check (kind in ('account', 'password', 'sign_in', 'sign_up')),
    -- A part of a hash that is keyed with the installation's secret: it tells nothing of what was typed.
    subject bytea not null,
    failures integer not null default 0,
    waits_until timestamptz not null default '-infinity',
    -- From then on all is forgotten; of a bucket, when it is full again.
    forgotten_at timestamptz not null,
    primary key (kind, subject)
);

create index attempts_forgotten_at_idx on platform.attempts (forgotten_at);

-- How long is waited after so many failures: not at all after those that are anybody's, then 30 seconds that double with each
-- further one up to a quarter of an hour, within which who knows the password gets in, whoever else tries. One password may
-- be wrong for more accounts than one account may have wrong passwords.
create function app.wait_after(p_kind text, p_failures integer) returns interval
    language sql immutable parallel safe
    return case
        when p_failures < case p_kind when 'account' then 10 else 30 end then interval '0'
        else least(
            interval '30 seconds' * power(2, least(p_failures - case p_kind when 'account' then 10 else 30 end, 16)),
            interval '15 minutes')
    end;

grant execute on function app.wait_after(text, integer) to tenantry_platform;

-- Another address for an account, until it is confirmed at both: at the old one, so that whoever has only stolen a session
-- cannot take the account, and at the new one, so that nobody is locked out by a slip.
create table platform.email_changes (
    change_id uuid primary key,
    user_id uuid not null references platform.users on delete cascade,
    email text not null,
    old_confirmed_at timestamptz,
    new_confirmed_at timestamptz,
    created_at timestamptz not null default app.now(),
    -- One at a time: another wish takes its place.
    constraint email_changes_user_id_key unique (user_id)
);

alter table platform.link_tokens
    add column change_id uuid references platform.email_changes on delete cascade,
    drop constraint link_tokens_purpose_check,
    drop constraint link_tokens_whose_check,
    add constraint link_tokens_purpose_check check (purpose in ('reset', 'verify', 'leave', 'arrive')),
    add constraint link_tokens_whose_check check (
        num_nonnulls(user_id, sign_up_id, change_id) = 1
        and case purpose
                when 'reset' then user_id is not null
                when 'verify' then change_id is null
                else change_id is not null
            end);

create index link_tokens_change_id_idx on platform.link_tokens (change_id);

alter table platform.users
    -- When its person had the account deleted: what is left is a row that others' records refer to, without a name.
    add column deleted_at timestamptz;

-- Names of the organizations of which a person is the only owner: they would be left without one.
create function app.owned_alone(p_user uuid) returns setof text
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select o.name
    from directory.memberships m
    join directory.organizations o on o.organization_id = m.organization_id
    where m.user_id = p_user and m.owner
      and not exists (
          select from directory.memberships other
          where other.organization_id = m.organization_id and other.owner and other.user_id <> p_user)
    order by lower(o.name), o.organization_id
$$;

grant execute on function app.owned_alone(uuid) to tenantry_platform;
grant create on schema app to tenantry_directory;
alter function app.owned_alone(uuid) owner to tenantry_directory;
revoke create on schema app from tenantry_directory;

grant select, insert, update, delete
    on platform.signing_keys, platform.token_families, platform.attempts, platform.email_changes to tenantry_platform;
