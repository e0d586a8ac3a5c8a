-- Why: an organization's own systems keep lists of who may do what, and must hear when somebody comes, may do more or less, or
-- goes. Like everything that endpoints are told of it is written by a trigger, in the transaction of its cause, so that the
-- verbs that let somebody in or out, today's and those to come, need not think of it. The row names a person by id alone: a
-- name and an address would stay here for days after their person has gone. They are looked up when a message is sent.
create function app.note_membership() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    membership directory.memberships;
    what text := case tg_op
        when 'INSERT' then 'membership.created'
        when 'UPDATE' then 'membership.updated'
        else 'membership.removed' end;
begin
    if tg_op = 'DELETE' then
        membership := old;
    else
        membership := new;
    end if;
    -- Where memberships go with their organization, there is nobody left to be told.
    if app.is_awaited(membership.organization_id, null, what)
        and exists (
            select from directory.organizations o where o.organization_id = membership.organization_id)
    then
        perform app.add_event(membership.organization_id, null, what, jsonb_build_object(
            'member', membership.member_id, 'user', membership.user_id,
            'roles', jsonb_build_array(membership.role), 'owner', membership.owner));
    end if;
    return null;
end
$$;

create trigger note_membership after insert or delete on directory.memberships
    for each row execute function app.note_membership();
-- Not `update of`: whatever changes a role, a trigger among it, is told of.
create trigger note_changed_membership after update on directory.memberships
    for each row when (old.role is distinct from new.role or old.owner is distinct from new.owner)
    execute function app.note_membership();
