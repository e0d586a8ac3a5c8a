//! What the scopes, the grace and a key's text are called for people.

use tenantry_kernel::key::Scope;

use crate::app::{shown_once::Words, ui::Choice};

/// A key's text, shown once.
pub const SHOWN: Words = Words {
    place: "The new key",
    made: "is made: copy its key now",
    gone: "was made already",
    text: "Key",
    copy: "Copy the key",
    example: "Try it in a shell",
    copy_example: "Copy the command",
    lost: "Where nobody has it, rotate the key.",
};

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
