-- Why: what goes into a job and comes out of it is the tenant's own data, so it lies where the tenant's data lies. No
-- schema is named here: these migrations run wherever a tenant is placed. No foreign key leads to the job's head, which
-- stays in the main database.
create table job_payloads (
    tenant_id uuid not null,
    job_id uuid not null,
    -- JSON as text: it is stored and handed on, never searched, and text keeps every character.
    payload text not null,
    result text,
    error text,
    created_at timestamptz not null default app.now(),
    primary key (tenant_id, job_id)
);

select app.guard_tenant_table('job_payloads', 'select', 'insert', 'update', 'delete');
