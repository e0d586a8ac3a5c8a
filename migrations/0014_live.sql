-- Why: pages show what happens while they are open. Whoever watches an organization asks what has changed since the last
-- look, so a job carries the transaction that changed it last. As with revisions, "changed in or after the oldest
-- transaction of my last snapshot" misses nothing, in whatever order transactions commit; a time would.
alter table org.jobs add column changed xid8 not null default pg_current_xact_id();

create index jobs_changed_idx on org.jobs (organization_id, changed);

-- A trigger, so that no verb can forget it.
create function app.note_job_change() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    new.changed := pg_current_xact_id();
    return new;
end
$$;

create trigger note_change before update on org.jobs for each row execute function app.note_job_change();
