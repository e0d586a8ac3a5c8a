//! What is told of endpoints.

use leptos::prelude::*;
use tenantry_kernel::{Permission, endpoint::EventType};

use crate::app::{context::use_tenant, shown_once::Words, signing};

/// A signing secret, shown once.
pub const SHOWN: Words = signing::shown("A receiver in Node that checks the signature", "Copy the receiver");

/// Why the reader may not change endpoints. Reactive.
pub fn refusal() -> Signal<Option<String>> {
    let tenant = use_tenant();
    Signal::derive(move || tenant.lacks(Permission::WebhookManage, "Managing webhooks"))
}

/// Why nothing is sent: the reader may not, or the endpoint is disabled. Reactive.
pub fn refusal_of(enabled: bool) -> Signal<Option<String>> {
    let role = refusal();
    let disabled = move || (!enabled).then(|| "It is disabled, so nothing is sent to it. Enable it first.".to_owned());
    Signal::derive(move || role.get().or_else(disabled))
}

/// What an event means.
pub const fn of_event(event: EventType) -> &'static str {
    match event {
        EventType::JobSucceeded => "A job has ended with a result.",
        EventType::JobFailed => "A job has ended with an error.",
        EventType::JobCanceled => "Somebody has ended a job.",
        EventType::UsageWarning => "80 or 100 % of a limit is used.",
        EventType::KeyCreated => "An API key was made.",
        EventType::KeyRotated => "An API key is replaced, and ends.",
        EventType::KeyRevoked => "An API key was revoked.",
        EventType::PlanChanged => "The organization holds another plan.",
        EventType::MembershipCreated => "Somebody has joined the organization.",
        EventType::MembershipUpdated => "A member's roles or ownership have changed.",
        EventType::MembershipRemoved => "Somebody has left the organization.",
    }
}
