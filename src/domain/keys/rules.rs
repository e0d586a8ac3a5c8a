//! Decisions about keys, as pure functions.

use chrono::{DateTime, TimeDelta, Utc};
use tenantry_kernel::{
    FieldError, KeyId,
    key::{Environment, LONGEST_GRACE_HOURS, Scope},
    moment,
    requests::{CreateKey, RotateKey},
    text::Name,
};

/// Hours that a rotated key stays good where nothing is said.
const GRACE_HOURS: u32 = 24;

/// A right wish for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub name: String,
    /// In the order of the contract, each once.
    pub scopes: Vec<Scope>,
    pub environment: Environment,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Reads a wish off a request; names every field that is out of bounds.
pub(super) fn parse_wish(request: &CreateKey) -> Result<Wish, Vec<FieldError>> {
    let name = Name::parse("name", &request.name);
    let scopes = match request.scopes.is_empty() {
        true => {
            Err(FieldError::new("scopes", "REQUIRED", "Name at least one of read, dispatch, usage, verify, manage."))
        }
        false => Ok(Scope::ALL.into_iter().filter(|scope| request.scopes.contains(scope)).collect()),
    };
    let expires_at = request.expires_at.map(|end| moment::parse("expires_at", end)).transpose();
    match (name, scopes, expires_at) {
        (Ok(name), Ok(scopes), Ok(expires_at)) => {
            Ok(Wish { name: name.to_string(), scopes, environment: request.environment, expires_at })
        }
        (name, scopes, expires_at) => Err([name.err(), scopes.err(), expires_at.err()].into_iter().flatten().collect()),
    }
}

/// How long the old key stays good.
pub(super) fn parse_grace(request: &RotateKey) -> Result<TimeDelta, FieldError> {
    match request.grace_period_hours.unwrap_or(GRACE_HOURS) {
        hours @ 0..=LONGEST_GRACE_HOURS => Ok(TimeDelta::hours(hours.into())),
        _ => Err(FieldError::new("grace_period_hours", "OUT_OF_RANGE", "Use a whole number from 0 to 720.")),
    }
}

/// A moment that must lie ahead and does not.
pub(super) fn in_the_past(field: &str) -> FieldError {
    FieldError::new(field, "IN_THE_PAST", "Name a moment that is still to come.")
}

/// A key's id as a cursor.
pub(super) fn parse_cursor(text: &str) -> Result<KeyId, FieldError> {
    text.parse().map_err(|_| FieldError::new("cursor", "FORMAT", "Send the next_cursor of the page before, unchanged."))
}

/// A key as a rotation finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Old {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub environment: Environment,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// When the old key ends: with the grace, or before where it would have ended anyway.
pub(super) fn end_of_grace(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>, grace: TimeDelta) -> DateTime<Utc> {
    let end = now + grace;
    expires_at.map_or(end, |own| own.min(end))
}

/// What replaces it: the same, with as long a life as the old one was given.
pub(super) fn successor(old: Old, now: DateTime<Utc>) -> Wish {
    let expires_at = old.expires_at.map(|end| moment::LAST.min(now + (end - old.created_at)));
    Wish { name: old.name, scopes: old.scopes, environment: old.environment, expires_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn every_field_out_of_bounds_is_named() {
        let fields: Vec<_> =
            parse_wish(&CreateKey::default()).expect_err("refused").into_iter().map(|e| e.field).collect();
        assert_eq!(fields, ["name", "scopes"]);
        let late = CreateKey { expires_at: Some(DateTime::<Utc>::MAX_UTC), ..CreateKey::default() };
        assert_eq!(parse_wish(&late).expect_err("refused").last().map(|e| e.code.as_str()), Some("OUT_OF_RANGE"));
        let twice = CreateKey {
            name: " ci ".into(),
            scopes: vec![Scope::Manage, Scope::Read, Scope::Read],
            ..CreateKey::default()
        };
        let wish = parse_wish(&twice).expect("right");
        assert_eq!((wish.name.as_str(), &wish.scopes[..]), ("ci", &[Scope::Read, Scope::Manage][..]));
    }

    #[test]
    fn the_grace_has_bounds() {
        let hours = |hours| parse_grace(&RotateKey { grace_period_hours: hours });
        assert_eq!(hours(None), Ok(TimeDelta::hours(24)));
        assert_eq!(hours(Some(0)), Ok(TimeDelta::zero()));
        assert!(hours(Some(720)).is_ok() && hours(Some(721)).is_err());
    }

    #[test]
    fn a_rotation_never_makes_the_old_key_live_longer() {
        assert_eq!(end_of_grace(None, at(0), TimeDelta::seconds(60)), at(60));
        assert_eq!(end_of_grace(Some(at(30)), at(0), TimeDelta::seconds(60)), at(30));
        let old = Old {
            name: "ci".into(),
            scopes: vec![Scope::Read],
            environment: Environment::Live,
            created_at: at(0),
            expires_at: Some(at(100)),
        };
        assert_eq!(successor(old.clone(), at(90)).expires_at, Some(at(190)));
        let for_ever = Old { expires_at: Some(moment::LAST), ..old };
        assert_eq!(successor(for_ever, at(90)).expires_at, Some(moment::LAST));
    }
}
