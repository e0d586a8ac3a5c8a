-- Why: every table of an organization or a tenant is protected in the same words, so a new one cannot be protected a
-- little differently. The check of the catalog at every start refuses one that is not.

-- Rows of the organization of the transaction. The (select …) matters: it is evaluated once, not per row.
create function app.guard_organization_table(guarded regclass, variadic privileges text[]) returns void
    language plpgsql
as $$
begin
    execute format('alter table %s enable row level security', guarded);
    execute format('alter table %s force row level security', guarded);
    execute format(
        'create policy organization on %s to tenantry_app
             using (organization_id = (select app.organization_id()))
             with check (organization_id = (select app.organization_id()))', guarded);
    execute format('grant %s on %s to tenantry_app', array_to_string(privileges, ', '), guarded);
end
$$;

-- Rows of the tenant of the transaction, and only while it is not suspended: the second policy is restrictive, so the
-- database closes a suspended tenant even where a guard forgot. Its test stands in the policy itself: as a function it
-- would be planned anew by every statement, which costs three times as much as all the rest.
create function app.guard_tenant_table(guarded regclass, variadic privileges text[]) returns void
    language plpgsql
as $$
begin
    execute format('alter table %s enable row level security', guarded);
    execute format('alter table %s force row level security', guarded);
    execute format(
        'create policy tenant on %s to tenantry_app
             using (tenant_id = (select app.tenant_id()))
             with check (tenant_id = (select app.tenant_id()))', guarded);
    execute format(
        'create policy open on %s as restrictive to tenantry_app
             using ((select exists (
                 select from directory.tenants t
                 where t.organization_id = app.organization_id() and t.tenant_id = app.tenant_id()
                   and t.status = ''active'')))
             with check ((select exists (
                 select from directory.tenants t
                 where t.organization_id = app.organization_id() and t.tenant_id = app.tenant_id()
                   and t.status = ''active'')))', guarded);
    execute format('grant %s on %s to tenantry_app', array_to_string(privileges, ', '), guarded);
end
$$;
