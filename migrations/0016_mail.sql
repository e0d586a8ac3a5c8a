-- Why: what happens by mail must happen although a mail server is away, and once. So a mail is a row that is written in the
-- transaction of its cause and sent afterwards. The rows hold what a mail says, never a link that opens something: a link's
-- token is signed with the installation's secret when the mail is written out, so a copy of these tables opens nothing.
alter table platform.users
    -- When its person proved that mail to the address reaches them; null where nobody has asked for that.
    add column email_verified_at timestamptz;

-- Sign-ups that wait for that proof. Each becomes an account with it, or goes after a day.
create table platform.sign_ups (
    sign_up_id uuid primary key,
    name text not null,
    email text not null,
    -- A PHC string (Argon2id).
    password_hash text not null,
    created_at timestamptz not null default app.now()
);

create index sign_ups_email_idx on platform.sign_ups (email, created_at);
create index sign_ups_created_at_idx on platform.sign_ups (created_at);

-- What a link in a mail is good for, once; the row goes when the link is used.
create table platform.link_tokens (
    token_id uuid primary key,
    purpose text not null check (purpose in ('reset', 'verify')),
    user_id uuid references platform.users on delete cascade,
    sign_up_id uuid references platform.sign_ups on delete cascade,
    -- Anew with each attempt to send the mail: a link's time begins when it leaves.
    expires_at timestamptz not null,
    constraint link_tokens_whose_check check (
        case purpose when 'reset' then user_id is not null and sign_up_id is null else num_nonnulls(user_id, sign_up_id) = 1 end)
);

create index link_tokens_user_id_idx on platform.link_tokens (user_id);
create index link_tokens_sign_up_id_idx on platform.link_tokens (sign_up_id);
create index link_tokens_expires_at_idx on platform.link_tokens (expires_at);

-- Mails: asked for, waiting to be sent, sent, or given up.
create table platform.mails (
    mail_id uuid primary key,
    -- The organization that it is about; null for what is a person's own.
    organization_id uuid references directory.organizations on delete cascade,
    recipient text not null,
    kind text not null,
    -- What it says, as JSON; of one that was asked for, what was asked.
    letter text not null,
    -- asked: whether there is a mail to send at all is found out apart from the request, so that the request takes the same
    -- time for every address.
    state text not null check (state in ('asked', 'waiting', 'sent', 'dead')),
    -- Attempts that began; also what tells the last one from those before it.
    attempts integer not null default 0,
    -- From when on it may be tried; while an attempt is under way, when its lease ends.
    due_at timestamptz not null default app.now(),
    created_at timestamptz not null default app.now(),
    ended_at timestamptz,
    -- What the last attempt met.
    reason text,
    constraint mails_ended_check check ((ended_at is not null) = (state in ('sent', 'dead')))
);

create index mails_due_at_idx on platform.mails (state, due_at) where ended_at is null;
create index mails_recipient_idx on platform.mails (recipient, created_at);
create index mails_organization_id_idx on platform.mails (organization_id);
create index mails_created_at_idx on platform.mails (created_at);

grant select, insert, update, delete on platform.sign_ups, platform.link_tokens, platform.mails to tenantry_platform;

-- Writes a mail about the transaction's organization to one of its people, in the transaction of its cause, which is the
-- application role's. It runs as the owner, because that role has no business in `platform` beyond this one row, and does
-- not learn the address.
create function app.post_mail(p_mail uuid, p_user uuid, p_kind text, p_letter text) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if app.organization_id() is null or p_kind <> 'quota_warning' then
        raise exception 'no mail of an organization';
    end if;
    insert into platform.mails (mail_id, organization_id, recipient, kind, letter, state)
    select p_mail, app.organization_id(), u.email, p_kind, p_letter, 'waiting'
    from platform.users u where u.user_id = p_user;
    return found;
end
$$;

grant execute on function app.post_mail(uuid, uuid, text, text) to tenantry_app;

-- When a warning became mails. Those that were given before this have been seen, or are of no use any more.
alter table org.usage_warnings add column mailed_at timestamptz default app.now();
alter table org.usage_warnings alter column mailed_at drop default;
grant update (mailed_at) on org.usage_warnings to tenantry_app;

-- Organizations with warnings that are no mails yet: one row each, removed by whoever makes the mails. It is written by a
-- trigger, so the statements that warn stay as they are.
create table directory.unmailed (
    organization_id uuid primary key references directory.organizations on delete cascade,
    since timestamptz not null default app.now()
);

create index unmailed_since_idx on directory.unmailed (since);

select app.guard_organization_table('directory.unmailed', 'select', 'insert', 'delete');
create policy look_up on directory.unmailed for select to tenantry_directory using (true);
grant select on directory.unmailed to tenantry_directory;

create function app.note_unmailed() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into directory.unmailed (organization_id) values (new.organization_id) on conflict do nothing;
    return null;
end
$$;

create trigger note_unmailed after insert on org.usage_warnings
    for each row when (new.mailed_at is null) execute function app.note_unmailed();

-- Which organizations have such warnings, longest waiting first.
create function app.due_mail(p_most integer) returns table (organization_id uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select u.organization_id from directory.unmailed u order by u.since limit p_most
$$;

grant execute on function app.due_mail(integer) to tenantry_platform;
grant create on schema app to tenantry_directory;
alter function app.due_mail(integer) owner to tenantry_directory;
revoke create on schema app from tenantry_directory;
