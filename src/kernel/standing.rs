//! Where an API key is in its life, as far as its list tells.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::key::{KeyView, LONGEST_GRACE_HOURS};

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It opens what it was given for.
    Good,
    /// It was rotated, and is good until its grace is over.
    Grace,
    /// It has ended and opens nothing.
    Expired,
}

impl Standing {
    /// Where a key is at a moment, given the keys of its workspace that are newer.
    #[must_use]
    pub fn of(key: &KeyView, newer: &[KeyView], now: DateTime<Utc>) -> Self {
        match key.expires_at {
            Some(end) if end <= now => Self::Expired,
            Some(end) if newer.iter().any(|other| replaces(other, key, end)) => Self::Grace,
            _ => Self::Good,
        }
    }
}

/// Did a rotation make this key and end the other one? In one transaction it gives the new key all that the old one had and
/// ends that one whole hours later, to the microsecond; no other verb sets two moments in such a relation.
fn replaces(newer: &KeyView, old: &KeyView, end: DateTime<Utc>) -> bool {
    let same = newer.name == old.name && newer.scopes == old.scopes && newer.environment == old.environment;
    let grace = end - newer.created_at;
    let whole = grace == TimeDelta::hours(grace.num_hours());
    same && whole && (0..=i64::from(LONGEST_GRACE_HOURS)).contains(&grace.num_hours())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Environment, Scope};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn key(name: &str, created: i64, end: Option<i64>) -> KeyView {
        KeyView {
            id: uuid::Uuid::from_u128(7).into(),
            name: name.into(),
            prefix: "tnt_live_".into(),
            last4: "abcd".into(),
            scopes: vec![Scope::Read],
            environment: Environment::Live,
            created_at: at(created),
            expires_at: end.map(at),
            last_used_at: None,
        }
    }

    #[test]
    fn a_rotated_key_is_in_its_grace_until_it_ends() {
        let (old, new) = (key("ci", 0, Some(1_000 + 24 * 3_600)), key("ci", 1_000, None));
        let newer = [new];
        assert_eq!(Standing::of(&old, &newer, at(2_000)), Standing::Grace);
        assert_eq!(Standing::of(&old, &newer, at(1_000 + 24 * 3_600)), Standing::Expired);
        assert_eq!(Standing::of(&old, &[], at(2_000)), Standing::Good, "the new one was revoked");
    }

    #[test]
    fn a_key_that_merely_ends_is_in_no_grace() {
        let ends = key("ci", 0, Some(90 * 86_400));
        for other in [key("ci", 1_001, None), key("deploy", 86_400, None), key("ci", -86_400, None)] {
            assert_eq!(Standing::of(&ends, &[other], at(2_000)), Standing::Good);
        }
        assert_eq!(Standing::of(&key("ci", 0, None), &[key("ci", 1_000, None)], at(2_000)), Standing::Good);
    }
}
