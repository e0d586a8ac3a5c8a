-- Why: under forced row-level security even the owner sees nothing, so the look-ups before a tenant is known belong to a
-- role of their own that may read the directory and nothing else. Each answers one question about one person (or about
-- which organizations have work); none lists the customers.
create type app.place as (
    organization_id uuid,
    organization_slug text,
    organization_name text,
    plan_id text,
    plan_version integer,
    plan_anchor timestamptz,
    plan_expires_at timestamptz,
    tenant_id uuid,
    tenant_slug text,
    tenant_name text,
    tenant_status text,
    member_id uuid,
    role text,
    owner boolean
);

-- Where a person stands who asks for a tenant by id or slug, or for an organization by id or slug (then its first
-- workspace, working ones first). Nothing where they do not belong: a stranger's place and no place are the same.
create function app.locate(
    p_user uuid, p_tenant uuid, p_tenant_slug text, p_organization uuid, p_organization_slug text
) returns setof app.place
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p_tenant is not null or p_tenant_slug is not null then
        return query
            select o.organization_id, o.slug, o.name, o.plan_id, o.plan_version, o.plan_anchor, o.plan_expires_at,
                   t.tenant_id, t.slug, t.name, t.status, m.member_id, m.role, m.owner
            from directory.tenants t
            join directory.memberships m on m.organization_id = t.organization_id and m.user_id = p_user
            join directory.organizations o on o.organization_id = t.organization_id
            where (t.tenant_id = p_tenant or t.slug = p_tenant_slug)
              and (p_organization is null or o.organization_id = p_organization)
              and (p_organization_slug is null or o.slug = p_organization_slug);
    elsif p_organization is not null or p_organization_slug is not null then
        return query
            select o.organization_id, o.slug, o.name, o.plan_id, o.plan_version, o.plan_anchor, o.plan_expires_at,
                   t.tenant_id, t.slug, t.name, t.status, m.member_id, m.role, m.owner
            from directory.organizations o
            join directory.memberships m on m.organization_id = o.organization_id and m.user_id = p_user
            join directory.tenants t on t.organization_id = o.organization_id
            where o.organization_id = p_organization or o.slug = p_organization_slug
            order by t.status, t.created_at, t.tenant_id
            limit 1;
    end if;
end
$$;

-- Where a session acts: in the tenant that it has chosen, else in the person's oldest organization.
create function app.locate_current(p_user uuid, p_tenant uuid) returns setof app.place
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p_tenant is not null then
        return query select * from app.locate(p_user, p_tenant, null, null, null);
        if found then
            return;
        end if;
    end if;
    return query
        select o.organization_id, o.slug, o.name, o.plan_id, o.plan_version, o.plan_anchor, o.plan_expires_at,
               t.tenant_id, t.slug, t.name, t.status, m.member_id, m.role, m.owner
        from directory.memberships m
        join directory.organizations o on o.organization_id = m.organization_id
        join directory.tenants t on t.organization_id = o.organization_id
        where m.user_id = p_user
        order by m.joined_at, m.organization_id, t.status, t.created_at, t.tenant_id
        limit 1;
end
$$;

-- Every workspace of every organization of a person.
create function app.organizations_of(p_user uuid)
    returns table (
        organization_id uuid, slug text, name text, plan_id text, created_at timestamptz, role text, owner boolean,
        tenant_id uuid, tenant_slug text, tenant_name text, tenant_status text
    )
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select o.organization_id, o.slug, o.name, o.plan_id, o.created_at, m.role, m.owner,
           t.tenant_id, t.slug, t.name, t.status
    from directory.memberships m
    join directory.organizations o on o.organization_id = m.organization_id
    join directory.tenants t on t.organization_id = o.organization_id
    where m.user_id = p_user
    order by lower(o.name), o.organization_id, t.created_at, t.tenant_id
$$;

-- How many organizations a person owns on a plan.
create function app.owned_on_plan(p_user uuid, p_plan text) returns bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select count(*)
    from directory.memberships m
    join directory.organizations o on o.organization_id = m.organization_id
    where m.user_id = p_user and m.owner and o.plan_id = p_plan
$$;

-- Which organizations have work that is due, longest waiting first, and when the next will be.
create function app.due_work(p_most integer) returns table (organization_id uuid, due boolean, seconds double precision)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select b.organization_id, b.wake_at <= app.now(), extract(epoch from b.wake_at - app.now())
    from directory.backlog b
    order by b.wake_at
    limit p_most
$$;

-- Granted before they change hands: afterwards the owner of the schema has no say in them.
grant execute on function
    app.locate(uuid, uuid, text, uuid, text), app.locate_current(uuid, uuid), app.organizations_of(uuid),
    app.owned_on_plan(uuid, text), app.due_work(integer)
    to tenantry_platform;

grant create on schema app to tenantry_directory;
alter function app.locate(uuid, uuid, text, uuid, text) owner to tenantry_directory;
alter function app.locate_current(uuid, uuid) owner to tenantry_directory;
alter function app.organizations_of(uuid) owner to tenantry_directory;
alter function app.owned_on_plan(uuid, text) owner to tenantry_directory;
alter function app.due_work(integer) owner to tenantry_directory;
revoke create on schema app from tenantry_directory;
