//! What is told of webhooks.

use leptos::prelude::*;
use tenantry_kernel::Permission;

use crate::app::{context::use_tenant, shown_once::Words, signing, ui::Choice};

/// A signing secret, shown once.
pub const SHOWN: Words = signing::shown("Send it a message from a shell", "Copy the command");

/// May the reader look after webhooks? Reactive.
pub fn manages() -> Signal<bool> {
    let tenant = use_tenant();
    Signal::derive(move || tenant.can(Permission::WebhookManage) && !tenant.suspended())
}

/// How long the old secret stays good after a rotation.
pub fn graces() -> Vec<Choice> {
    let grace = |hours: &str, title: &str, body: &str| Choice {
        value: hours.to_owned(),
        title: title.to_owned(),
        body: Some(body.to_owned()),
        ..Choice::default()
    };
    vec![
        grace("24", "24 hours", "Both secrets are good for a day."),
        grace("1", "1 hour", "For a sender that you change now."),
        grace("0", "At once", "For a secret that leaked."),
    ]
}
