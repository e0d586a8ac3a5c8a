-- Why: an organization's admins choose its time zone themselves, and another zone must not give them another day of API calls.
-- So the day that runs goes on: it keeps its start, and what was counted of it, and ends with the first midnight of the zone at
-- or after the end that it had. From then on days are the zone's.
alter table directory.organizations
    -- The day that ran when the zone was changed, with its end of then; both null where it never was.
    add column day_from timestamptz,
    add column day_until timestamptz,
    add constraint organizations_day_check check ((day_from is null) = (day_until is null));

-- The day that a moment counts in. Every moment is in one; another change during the day that goes on keeps its bounds, so
-- nobody shortens it and nobody lengthens it for ever.
create function app.counted_day(
    p_zone text, p_from timestamptz, p_until timestamptz, p_moment timestamptz,
    out day_start timestamptz, out day_end timestamptz
)
    language plpgsql stable parallel safe
as $$
declare
    ends timestamptz;
begin
    if p_from is not null then
        select case when d.day_start = p_until then p_until else d.day_end end into ends from app.day_of(p_zone, p_until) d;
        if p_moment >= p_from and p_moment < ends then
            day_start := p_from;
            day_end := ends;
            return;
        end if;
    end if;
    select d.day_start, d.day_end into day_start, day_end from app.day_of(p_zone, p_moment) d;
    -- What is recorded late may belong before the day that goes on, which begins where it began.
    if p_moment < p_from then
        day_end := least(day_end, p_from);
    end if;
end
$$;

grant execute on function app.counted_day(text, timestamptz, timestamptz, timestamptz) to tenantry_app;
