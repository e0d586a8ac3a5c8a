-- Why: what a webhook brings is the tenant's own data, so it lies where the tenant's data lies. Where the webhook has a tool
-- the body is its job's payload; these are the others. No foreign key leads to the receipt, which stays in the main database.
create table inbound_bodies (
    tenant_id uuid not null,
    receipt_id uuid not null,
    inbound_id uuid not null,
    -- As it came, byte for byte.
    body bytea not null,
    created_at timestamptz not null default app.now(),
    primary key (tenant_id, receipt_id)
);

create index inbound_bodies_webhook_idx on inbound_bodies (tenant_id, inbound_id, receipt_id desc);

select app.guard_tenant_table('inbound_bodies', 'select', 'insert', 'update', 'delete');
