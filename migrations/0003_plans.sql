-- Why: plans are rows with versions, so that a price can change without changing what somebody has bought. A version is
-- never updated; a new one is inserted, and the highest that is not retired is on offer.
create table platform.plans (
    plan_id text not null check (plan_id ~ '^[a-z][a-z0-9-]{0,39}$'),
    version integer not null check (version > 0),
    name text not null,
    -- Minor units of the currency.
    price_amount bigint not null check (price_amount >= 0),
    price_currency text not null check (price_currency ~ '^[A-Z]{3}$'),
    -- Null is unlimited, 0 forbidden.
    dispatches bigint check (dispatches >= 0),
    concurrent integer check (concurrent >= 0),
    api_calls bigint check (api_calls >= 0),
    storage_bytes bigint check (storage_bytes >= 0),
    -- '*' is everything, also what comes later.
    features text[] not null,
    -- The order in which they are shown.
    position integer not null,
    retired boolean not null default false,
    created_at timestamptz not null default app.now(),
    primary key (plan_id, version)
);

insert into platform.plans
    (plan_id, version, name, price_amount, price_currency, dispatches, concurrent, api_calls, storage_bytes, features, position)
values
    ('free', 1, 'Free', 0, 'USD', 500, 1, 100, null, '{basic}', 1),
    ('pro', 1, 'Pro', 2900, 'USD', 5000, 5, 1000, null, '{basic,listing-auto,inventory-sync}', 2),
    ('empire', 1, 'Empire', 19900, 'USD', null, 20, null, null, '{*}', 3);

grant select on platform.plans to tenantry_platform;
