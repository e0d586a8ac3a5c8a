//! What the scopes, the grace and the state of a key are called for people.

use tenantry_kernel::{
    key::{KeyView, Scope},
    standing::Standing,
};

use crate::app::{ui::Choice, when};

/// What a scope opens, as a title and a sentence.
pub const fn of_scope(scope: Scope) -> (&'static str, &'static str) {
    match scope {
        Scope::Read => ("Read", "See jobs, tools and usage."),
        Scope::Dispatch => ("Dispatch", "Run tools, ask first whether that is allowed, and cancel jobs."),
        Scope::Usage => ("Usage", "Report usage events, which are then counted and limited."),
        Scope::Verify => ("Verify", "Ask whether another key of the organization is valid: for a gateway."),
        Scope::Manage => ("Manage", "Change tools, webhooks and keys. It cannot give a scope that it lacks."),
    }
}

/// How long the old key stays good after a rotation.
pub fn graces() -> Vec<Choice> {
    let grace = |hours: &str, title: &str, body: &str| Choice {
        value: hours.to_owned(),
        title: title.to_owned(),
        body: Some(body.to_owned()),
        ..Choice::default()
    };
    vec![
        grace("24", "24 hours", "Both keys work for a day."),
        grace("168", "7 days", "Time for programs that others run."),
        grace("1", "1 hour", "For a program that you change now."),
        grace("0", "At once", "The old key is refused from now on: for one that leaked."),
    ]
}

/// What may be shown of a key's text.
pub fn visible(key: &KeyView) -> String {
    format!("{}…{}", key.prefix, key.last4)
}

/// When it was made, used and will end, in a line.
pub fn life(key: &KeyView, standing: Standing) -> String {
    let made = when::date(key.created_at);
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", when::moment(at)));
    let end = match (key.expires_at, standing) {
        (None, _) => "does not expire".to_owned(),
        (Some(end), Standing::Good) => format!("expires {}", when::moment(end)),
        (Some(end), Standing::Grace) => format!("replaced, in grace until {}", when::moment(end)),
        (Some(end), Standing::Expired) => format!("expired {}", when::moment(end)),
    };
    format!("Created {made} · {used} · {end}")
}

/// The scopes in a sentence: `read and dispatch`.
pub fn listed(scopes: &[Scope]) -> String {
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

    #[test]
    fn scopes_are_listed_as_people_list_things() {
        assert_eq!(listed(&[Scope::Read]), "read");
        assert_eq!(listed(&[Scope::Read, Scope::Dispatch]), "read and dispatch");
        assert_eq!(listed(&[Scope::Read, Scope::Dispatch, Scope::Manage]), "read, dispatch and manage");
    }
}
