//! What a message says. An event lies in the database as its cause wrote it, with the database's ids; it becomes the public
//! form when it is sent, the same at every attempt, but for what a person is called.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tenantry_kernel::{
    EndpointId, JobId, KeyId, OrganizationId, TenantId,
    endpoint::{EventType, TEST_EVENT},
};
use uuid::Uuid;

use super::membership::{self, Person};

/// Where it is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub organization: OrganizationId,
    pub tenant: TenantId,
}

/// An event as it lies there.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub r#type: String,
    /// JSON text.
    pub data: String,
    pub at: DateTime<Utc>,
}

/// The message, in the form that Standard Webhooks recommend.
#[derive(Serialize)]
struct Message<'a> {
    r#type: &'a str,
    timestamp: DateTime<Utc>,
    data: Value,
}

/// The message's body, with what the person that it is about is called; `None` for what another version has written.
pub(super) fn body(place: Place, noted: &Noted, person: Option<&Person>) -> Option<Vec<u8>> {
    let data = data(place, noted, person)?;
    serde_json::to_vec(&Message { r#type: &noted.r#type, timestamp: noted.at, data }).ok()
}

fn data(place: Place, noted: &Noted, person: Option<&Person>) -> Option<Value> {
    if noted.r#type == TEST_EVENT {
        return told::<Trial>(place, &noted.data);
    }
    match EventType::from_word(&noted.r#type)? {
        EventType::JobSucceeded | EventType::JobFailed | EventType::JobCanceled => told::<JobEnd>(place, &noted.data),
        EventType::UsageWarning => told::<Warning>(place, &noted.data),
        EventType::KeyCreated | EventType::KeyRotated | EventType::KeyRevoked => told::<Key>(place, &noted.data),
        EventType::PlanChanged => told::<Plan>(place, &noted.data),
        EventType::MembershipCreated | EventType::MembershipUpdated | EventType::MembershipRemoved => {
            say(place, membership::told(&noted.data, person)?)
        }
    }
}

fn told<T: DeserializeOwned + Serialize>(place: Place, data: &str) -> Option<Value> {
    say(place, serde_json::from_str::<T>(data).ok()?)
}

fn say(place: Place, what: impl Serialize) -> Option<Value> {
    serde_json::to_value(Told { organization: place.organization, tenant: place.tenant, what }).ok()
}

/// What every message says, and what this one does.
#[derive(Serialize)]
struct Told<T> {
    organization: OrganizationId,
    tenant: TenantId,
    #[serde(flatten)]
    what: T,
}

/// An id as the database writes it.
pub(super) fn id<'de, T: From<Uuid>, D: Deserializer<'de>>(field: D) -> Result<T, D::Error> {
    Uuid::deserialize(field).map(T::from)
}

/// How a job has ended. What went in and came out is asked for with the job's id.
#[derive(Deserialize, Serialize)]
struct JobEnd {
    #[serde(deserialize_with = "id")]
    job: JobId,
    tool: String,
    action: String,
    status: String,
    attempts: i32,
    tokens_used: i64,
    api_calls: i64,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize, Serialize)]
struct Warning {
    meter: String,
    percent: u8,
    limit: u64,
    period_start: DateTime<Utc>,
}

#[derive(Deserialize, Serialize)]
struct Key {
    #[serde(deserialize_with = "id")]
    key: KeyId,
    name: String,
    prefix: String,
    environment: String,
    scopes: Vec<String>,
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize, Serialize)]
struct Plan {
    plan: String,
    previous: String,
    plan_expires_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize, Serialize)]
struct Trial {
    #[serde(deserialize_with = "id")]
    endpoint: EndpointId,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { organization: Uuid::from_u128(1).into(), tenant: Uuid::from_u128(2).into() }
    }

    fn said(kind: &str, data: &str) -> Option<Value> {
        let at = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
        let noted = Noted { r#type: kind.into(), data: data.into(), at };
        body(place(), &noted, None).and_then(|body| serde_json::from_slice(&body).ok())
    }

    #[test]
    fn a_message_says_what_when_and_where_with_public_ids() {
        let data = r#"{"job": "00000000-0000-0000-0000-000000000007", "tool": "echo", "action": "say", "status": "failed",
            "attempts": 1, "tokens_used": 0, "api_calls": 2, "created_at": "2026-01-01T01:00:00+01:00", "finished_at": null}"#;
        let message = said("job.failed", data).expect("a message");
        assert_eq!(message["type"], "job.failed");
        assert_eq!(message["timestamp"], "2023-11-14T22:13:20Z");
        assert_eq!(message["data"]["job"], JobId::from(Uuid::from_u128(7)).to_string());
        assert_eq!(message["data"]["created_at"], "2026-01-01T00:00:00Z");
        assert_eq!(message["data"]["tenant"], place().tenant.to_string());
        assert_eq!(message["data"]["organization"], place().organization.to_string());
    }

    #[test]
    fn what_another_version_has_written_is_no_message() {
        assert_eq!(said("job.invented", "{}"), None);
        assert_eq!(said("plan.changed", "{}"), None);
        assert!(said("plan.changed", r#"{"plan": "pro", "previous": "free", "plan_expires_at": null}"#).is_some());
    }
}
