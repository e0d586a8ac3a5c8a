//! What makes a right change of settings, and what it moves, decided without a database.

use std::collections::BTreeSet;

use tenantry_kernel::{
    FieldError,
    period::Period,
    requests::OrganizationChange,
    tenancy::OrganizationSettings,
    text::{Name, Slug},
};

/// Where the names of places begin. The others of the time zone database are older words for them, or no places.
const REGIONS: [&str; 10] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

/// Is a zone one that people look for?
pub(super) fn is_offered(zone: &str) -> bool {
    zone == "UTC" || REGIONS.iter().any(|region| zone.starts_with(region))
}

/// Is it a zone's name that means the same on every machine?
pub(super) fn is_zone(name: &str) -> bool {
    !name.starts_with("posix") && !matches!(name, "localtime" | "Factory")
}

/// A right change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub name: Option<Name>,
    pub slug: Option<Slug>,
    pub time_zone: Option<String>,
}

/// Reads a change off a request; names every field that is out of bounds. A zone is one of `zones`.
pub(super) fn parse(request: &OrganizationChange, zones: Option<&BTreeSet<String>>) -> Result<Change, Vec<FieldError>> {
    let name = request.name.as_deref().map(|name| Name::parse("name", name)).transpose();
    let slug = request.slug.as_deref().map(|slug| Slug::parse("slug", slug)).transpose();
    let time_zone = request.time_zone.clone().map(|name| known(name, zones)).transpose();
    match (name, slug, time_zone) {
        (Ok(name), Ok(slug), Ok(time_zone)) => Ok(Change { name, slug, time_zone }),
        (name, slug, time_zone) => Err([name.err(), slug.err(), time_zone.err()].into_iter().flatten().collect()),
    }
}

fn known(name: String, zones: Option<&BTreeSet<String>>) -> Result<String, FieldError> {
    if zones.is_some_and(|zones| zones.contains(&name)) {
        return Ok(name);
    }
    let detail = "Use a name of the IANA time zone database, such as UTC or Europe/Berlin.";
    Err(FieldError::new("time_zone", "UNKNOWN", detail))
}

/// Settings, and the day of API calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub view: OrganizationSettings,
    /// The day that ran when the zone was changed last, as it was then.
    pub kept: Option<Period>,
    /// The day that runs.
    pub running: Period,
}

/// Settings after a change. With another zone the day that runs is kept; one that is kept already stays as it was first, since
/// the day may end no earlier than it would have, and no change later than that.
pub(super) fn changed(before: Held, change: Change) -> Held {
    let Held { view, kept, running } = before;
    let zone = change.time_zone.unwrap_or_else(|| view.time_zone.clone());
    let goes_on = kept.filter(|kept| kept.start == running.start).unwrap_or(running);
    let kept = if zone == view.time_zone { kept } else { Some(goes_on) };
    let view = OrganizationSettings {
        name: change.name.map_or(view.name, |name| name.to_string()),
        slug: change.slug.map_or(view.slug, |slug| slug.to_string()),
        time_zone: zone,
        ..view
    };
    Held { view, kept, running }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hour)
    }

    fn held(kept: Option<(i64, i64)>, running: (i64, i64)) -> Held {
        let period = |(start, end): (i64, i64)| Period { start: at(start), end: at(end) };
        let view = OrganizationSettings {
            id: uuid::Uuid::nil().into(),
            name: "Acme".into(),
            slug: "acme".into(),
            plan: "free".into(),
            time_zone: "UTC".into(),
            created_at: DateTime::UNIX_EPOCH,
        };
        Held { view, kept: kept.map(period), running: period(running) }
    }

    fn zones() -> BTreeSet<String> {
        ["UTC", "Europe/Berlin", "Asia/Tokyo"].map(str::to_owned).into()
    }

    #[test]
    fn every_field_out_of_bounds_is_named_and_none_is_asked_for() {
        let wrong = OrganizationChange { name: Some(" ".into()), slug: Some("www".into()), time_zone: Some("".into()) };
        let fields: Vec<_> = parse(&wrong, Some(&zones()))
            .expect_err("refused")
            .into_iter()
            .map(|error| (error.field, error.code))
            .collect();
        let expected = [("name", "REQUIRED"), ("slug", "RESERVED"), ("time_zone", "UNKNOWN")];
        assert_eq!(fields, expected.map(|(field, code)| (field.into(), code.into())));
        assert_eq!(parse(&OrganizationChange::default(), None), Ok(Change::default()));
    }

    #[test]
    fn what_is_left_out_stays() {
        let before = held(None, (0, 24));
        assert_eq!(changed(before.clone(), Change::default()), before);
        let name = Some(Name::parse("name", "Meridian").expect("a name"));
        let after = changed(before.clone(), Change { name, ..Change::default() });
        assert_eq!((after.view.name.as_str(), after.view.slug.as_str()), ("Meridian", "acme"));
        assert_eq!((after.kept, after.view.time_zone), (None, "UTC".to_owned()));
    }

    #[test]
    fn another_zone_keeps_the_day_that_runs_as_it_was_first() {
        let to = |zone: &str| Change { time_zone: Some(zone.to_owned()), ..Change::default() };
        let period = |start, end| Some(Period { start: at(start), end: at(end) });
        assert_eq!(changed(held(None, (0, 24)), to("Europe/Berlin")).kept, period(0, 24));
        assert_eq!(changed(held(None, (0, 24)), to("UTC")).kept, None, "it is no other zone");
        // The day that goes on runs to hour 47; its end was 24.
        assert_eq!(changed(held(Some((0, 24)), (0, 47)), to("Asia/Tokyo")).kept, period(0, 24));
        // A day later it is over.
        assert_eq!(changed(held(Some((0, 24)), (47, 71)), to("Asia/Tokyo")).kept, period(47, 71));
    }

    #[test]
    fn places_are_offered_and_what_another_machine_reads_otherwise_is_no_zone() {
        assert!(["UTC", "Europe/Berlin", "America/Argentina/Ushuaia"].into_iter().all(is_offered));
        assert!(!["GMT0", "US/Pacific", "Etc/GMT+3", "EST5EDT", "UTCx"].into_iter().any(is_offered));
        assert!(!["posixrules", "posix/UTC", "localtime", "Factory"].into_iter().any(is_zone));
        assert!(is_zone("Etc/GMT+3"));
    }
}
