-- Why: a tool that lives elsewhere may be away for a while, or answer long after it was asked. A job then waits for its next
-- attempt, or for the tool's word, and what happened at each attempt can be read afterwards.

alter table org.jobs
    -- API calls that the tool says it made.
    add column api_calls bigint not null default 0,
    -- A queued job is not taken up before this; null is at once.
    add column retry_at timestamptz,
    -- The tool has the job and answers through its callback, until this.
    add column waits_until timestamptz;

create index jobs_retry_idx on org.jobs (organization_id, retry_at) where status = 'queued' and retry_at is not null;

-- Attempts that did not end their job; the one that did is in the job's own row. The text is ours, never the tool's.
create table org.job_attempts (
    organization_id uuid not null,
    job_id uuid not null,
    fence bigint not null,
    started_at timestamptz not null,
    ended_at timestamptz not null default app.now(),
    outcome text not null check (outcome in ('failed', 'lost', 'handed_over')),
    http_status smallint,
    error text,
    primary key (organization_id, job_id, fence),
    foreign key (organization_id, job_id) references org.jobs on delete cascade
);

select app.guard_organization_table('org.job_attempts', 'select', 'insert');
