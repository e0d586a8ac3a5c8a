//! Endpoints: where an organization's own systems are told what happens, and what has become of each message.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{DeliveryId, EndpointId, EventId, tool::PreviousSecretView};

/// How many endpoints a workspace may have.
pub const MOST_ENDPOINTS: u32 = 50;

/// Attempts before a message is given up: the waits between them add up to a day.
pub const MOST_TRIES: i32 = 9;

/// Days for which messages, and what came of them, can be looked at.
pub const KEPT_DAYS: i32 = 14;

// The words are token trees: what OpenAPI is made by does not see through a `literal` that a macro passes on.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:tt,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$of])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// All of them, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in the database and on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads the word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
    };
}

words! {
    /// What an endpoint may be told of.
    EventType {
        /// A job has ended with a result.
        JobSucceeded = "job.succeeded",
        /// A job has ended with an error.
        JobFailed = "job.failed",
        /// Somebody has ended a job.
        JobCanceled = "job.canceled",
        /// A mark of a limit was reached.
        UsageWarning = "usage.warning",
        /// An API key was made.
        KeyCreated = "key.created",
        /// An API key was replaced by another, and ends.
        KeyRotated = "key.rotated",
        /// An API key was revoked.
        KeyRevoked = "key.revoked",
        /// The organization holds another plan.
        PlanChanged = "plan.changed",
        /// Somebody has come to belong to the organization.
        MembershipCreated = "membership.created",
        /// A member has other roles, or owns the organization or does so no more.
        MembershipUpdated = "membership.updated",
        /// Somebody belongs to the organization no more.
        MembershipRemoved = "membership.removed",
    }
}

/// What the message of a trial calls itself. No endpoint asks for it, and every endpoint may be sent one.
pub const TEST_EVENT: &str = "endpoint.test";

words! {
    /// Why an endpoint is told nothing any more.
    DisabledReason {
        /// Somebody has switched it off.
        ByHand = "by_hand",
        /// It has answered 410 Gone.
        Gone = "gone",
        /// It has taken nothing for days.
        Failing = "failing",
    }
}

words! {
    /// What has become of a message.
    DeliveryState {
        /// It is tried until it is taken, or a day is over.
        Waiting = "waiting",
        /// It was taken.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
        /// The endpoint was disabled before it was delivered.
        Dropped = "dropped",
    }
}

/// That an endpoint is told nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DisabledView {
    /// Why.
    pub reason: DisabledReason,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointView {
    /// The endpoint's id.
    pub id: EndpointId,
    /// Where messages are sent.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// What it is told of.
    pub events: Vec<EventType>,
    /// Is it told anything?
    pub enabled: bool,
    /// Why it is not; `null` where it is.
    pub disabled: Option<DisabledView>,
    /// Since when it has taken nothing of what was sent; `null` where it took the last message.
    pub failing_since: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// An endpoint that was just made, with what is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedEndpointView {
    /// The endpoint.
    pub endpoint: EndpointView,
    /// What its messages are signed with: `whsec_` and base64. Shown once: `null` where the same request is repeated.
    pub secret: Option<String>,
}

/// A rotation: the new secret, and until when the old one signs too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotatedEndpointView {
    /// The endpoint.
    pub endpoint: EndpointView,
    /// The new secret: `whsec_` and base64. Shown once: `null` where the same request is repeated.
    pub secret: Option<String>,
    /// The old one.
    pub previous: PreviousSecretView,
}

/// An attempt to deliver a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryAttemptView {
    /// Which one, counted from 1.
    pub number: i32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Milliseconds that it took.
    pub duration_ms: i32,
    /// What the receiver answered; `null` where no whole answer came.
    pub http_status: Option<i16>,
    /// The beginning of the answer's body, at most 1,000 characters.
    pub answer: Option<String>,
    /// Why it was not taken; `null` where it was.
    pub error: Option<String>,
}

/// A message on its way to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryView {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The event: the message's `webhook-id`, the same at every attempt.
    pub event: EventId,
    /// What has happened; `endpoint.test` is a trial.
    pub r#type: String,
    /// What has become of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i32,
    /// The last attempts, newest first, ten at most.
    pub timeline: Vec<DeliveryAttemptView>,
    /// When it is tried next; `null` where it is over or under way.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When it was taken, given up or dropped.
    pub ended_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for known in EventType::ALL {
            assert_eq!(EventType::from_word(known.as_str()), Some(*known));
            assert_eq!(serde_json::to_value(known).ok(), Some(known.as_str().into()));
        }
        assert_eq!(EventType::from_word(TEST_EVENT), None, "nobody can ask for a trial");
        for state in DeliveryState::ALL {
            assert_eq!(DeliveryState::from_word(state.as_str()), Some(*state));
        }
        assert_eq!(DisabledReason::from_word("gone"), Some(DisabledReason::Gone));
    }
}
