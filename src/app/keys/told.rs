//! What is told of a key in words, written by the server.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    TenantId,
    key::{Environment, KeyView, Scope},
    standing::Standing,
};

use super::api::{KeyRow, PAGE};
use crate::app::{curl, shown_once::Shown, when};

/// A key as its list shows it.
pub fn row(key: &KeyView, standing: Standing) -> KeyRow {
    KeyRow {
        id: key.id.to_string(),
        name: key.name.clone(),
        text: visible(key),
        scopes: key.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        test: key.environment == Environment::Test,
        grace: standing == Standing::Grace,
        expired: standing == Standing::Expired,
        life: life(key, standing),
        stops: stops(key, standing),
    }
}

/// A key that was just made at an installation's address, and when the one ends that it replaces.
pub fn made(
    url: &str,
    tenant: TenantId,
    key: &KeyView,
    secret: Option<String>,
    previous_ends: Option<DateTime<Utc>>,
) -> Shown {
    let note = match (&secret, previous_ends) {
        (None, _) => format!("The text of {} was in the answer to the first.", visible(key)),
        (Some(_), None) => String::new(),
        (Some(_), Some(end)) => format!("The old key is good until {}.", when::moment(end)),
    };
    let example = secret.as_deref().map(|secret| curl::with_key(url, secret, &key.scopes)).unwrap_or_default();
    let (tenant, id, name) = (tenant.to_string(), key.id.to_string(), key.name.clone());
    Shown { tenant, id, name, note, secret, example, page: PAGE.to_owned() }
}

/// What may be shown of a key's text.
fn visible(key: &KeyView) -> String {
    format!("{}…{}", key.prefix, key.last4)
}

/// When it was made, used and will end, in a line.
fn life(key: &KeyView, standing: Standing) -> String {
    let made = when::date(key.created_at);
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", when::moment(at)));
    let end = match (key.expires_at, standing) {
        (None, _) => "does not expire".to_owned(),
        (Some(end), Standing::Good) => format!("expires {}", when::date(end)),
        (Some(end), Standing::Grace) => format!("in grace until {}", when::moment(end)),
        (Some(end), Standing::Expired) => format!("expired {}", when::moment(end)),
    };
    format!("Created {made} · {used} · {end}")
}

/// What stops when it is revoked.
fn stops(key: &KeyView, standing: Standing) -> String {
    let text = visible(key);
    if standing == Standing::Expired {
        return format!("{text} has expired and opens nothing. Revoked, it leaves this list.");
    }
    let scopes = listed(&key.scopes);
    let used = key
        .last_used_at
        .map_or_else(|| "It was never used.".to_owned(), |at| format!("It was last used on {}.", when::moment(at)));
    format!("Every program that sends {text} is refused from this moment, whatever it does with it ({scopes}). {used}")
}

/// The scopes in a sentence: `read and dispatch`.
fn listed(scopes: &[Scope]) -> String {
    let words: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> KeyView {
        KeyView {
            id: "key_01h2xcejqtf2nbrexx3vqjhp41".parse().expect("an id"),
            name: "ci".into(),
            prefix: "tnt_live_01h2xcejqtf2nbrexx3vqjhp41_".into(),
            last4: "abcd".into(),
            scopes: vec![Scope::Read, Scope::Dispatch],
            environment: Environment::Live,
            created_at: "2026-11-21T23:40:59Z".parse().expect("a moment"),
            expires_at: Some("2027-02-19T23:40:59Z".parse().expect("a moment")),
            last_used_at: None,
        }
    }

    #[test]
    fn a_key_says_where_it_is_in_its_life() {
        let life = |standing| life(&key(), standing);
        assert_eq!(life(Standing::Good), "Created 21 Nov 2026 · never used · expires 19 Feb 2027");
        assert!(life(Standing::Grace).ends_with("in grace until 19 Feb 2027, 23:40 UTC"));
        assert!(life(Standing::Expired).ends_with("expired 19 Feb 2027, 23:40 UTC"));
    }

    #[test]
    fn what_a_revocation_stops_is_named() {
        let text = "tnt_live_01h2xcejqtf2nbrexx3vqjhp41_…abcd";
        let stops = |standing| stops(&key(), standing);
        assert!(stops(Standing::Good).contains(text) && stops(Standing::Good).contains("read and dispatch"));
        assert!(stops(Standing::Expired).contains("opens nothing"));
    }

    #[test]
    fn a_repeat_says_where_the_text_was_and_shows_none() {
        let tenant = "ten_01h2xcejqtf2nbrexx3vqjhp41".parse().expect("an id");
        let repeat = made("http://127.0.0.1:3000", tenant, &key(), None, None);
        assert!(repeat.note.contains("…abcd") && repeat.example.is_empty() && repeat.secret.is_none());
        let first = made("http://127.0.0.1:3000", tenant, &key(), Some("tnt_live_x".into()), key().expires_at);
        assert!(first.example.contains("Bearer tnt_live_x") && first.note.contains("19 Feb 2027, 23:40 UTC"));
    }

    #[test]
    fn scopes_are_listed_as_people_list_things() {
        assert_eq!(listed(&[Scope::Read]), "read");
        assert_eq!(listed(&[Scope::Read, Scope::Dispatch, Scope::Manage]), "read, dispatch and manage");
    }
}
