//! Views of jobs, and the bounds of a payload.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::tool::{ToolKind, ToolView};
use crate::{JobId, money::CostEstimate, problem::Code, problem::FieldError, quota::is_default};

/// Largest payload, in bytes of its JSON.
pub const PAYLOAD_BYTES: usize = 256 * 1024;

/// How deep a payload may nest; a plain value is 1 deep.
pub const PAYLOAD_DEPTH: usize = 32;

/// How many jobs of an organization may wait for a slot.
pub const QUEUE_LENGTH: u64 = 10_000;

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum JobStatus {
    /// It waits for a slot or a worker.
    Queued,
    /// A worker has it.
    Running,
    /// It ended with a result.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// Somebody ended it.
    Canceled,
}

impl JobStatus {
    /// Every status, in the order of a job's life.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Canceled];

    /// The word in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Has it ended?
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled)
    }
}

/// What happens to a dispatch while every slot is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WhenFull {
    /// It is refused.
    #[default]
    Reject,
    /// It waits, first in first out.
    Queue,
}

/// A job as the answer to its dispatch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptedJob {
    /// The job's id.
    pub id: JobId,
    /// The tool's name.
    pub tool: String,
    /// What the tool is asked to do.
    pub action: String,
    /// Where it is in its life.
    pub status: JobStatus,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
}

/// A job in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobHead {
    /// The job's id.
    pub id: JobId,
    /// The tool's name.
    pub tool: String,
    /// What the tool is asked to do.
    pub action: String,
    /// Where it is in its life.
    pub status: JobStatus,
    /// How often a worker has taken it up.
    pub attempts: i32,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Milliseconds of its last attempt.
    pub duration_ms: Option<i64>,
    /// Tokens that the tool says it used.
    pub tokens_used: i64,
    /// API calls that the tool says it made.
    pub api_calls: i64,
    /// What the tool says that it cost.
    pub cost_estimate: CostEstimate,
}

/// A job with what went in and came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobView {
    /// What a list shows of it.
    #[serde(flatten)]
    pub head: JobHead,
    /// What went in.
    pub payload: Value,
    /// What came out.
    pub result: Option<Value>,
    /// Why it failed.
    pub error: Option<String>,
    /// What the tool answered to the attempt with which it failed; not said where there was no such answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub http_status: Option<i16>,
    /// Attempts that did not end it, the first one first; the last attempt is the job's own start and end.
    pub timeline: Vec<Attempt>,
    /// It is not taken up before this.
    pub retry_at: Option<DateTime<Utc>>,
    /// The tool has it and answers through the callback, until this.
    pub waits_until: Option<DateTime<Utc>>,
}

/// How many of a workspace's jobs there are, by where they are in their life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCounts {
    /// A worker or the tool has them now.
    pub running: u64,
    /// They wait for a slot or for their next attempt.
    pub waiting: u64,
    /// Of those that were accepted within the last 24 hours, those that have failed.
    pub failed: u64,
}

/// How an attempt came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AttemptOutcome {
    /// The tool could not be reached, or said that it cannot now.
    Failed,
    /// Its worker was lost.
    Lost,
    /// Its worker stopped in order, and let another one have it. It does not count as an attempt.
    HandedOver,
}

impl AttemptOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Failed, Self::Lost, Self::HandedOver];

    /// The word in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Lost => "lost",
            Self::HandedOver => "handed_over",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// An attempt that did not end its job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// When a worker took the job up.
    pub started_at: DateTime<Utc>,
    /// When the attempt came to nothing.
    pub ended_at: DateTime<Utc>,
    /// How.
    pub outcome: AttemptOutcome,
    /// What the tool answered, where it did.
    pub http_status: Option<i16>,
    /// Why, in a sentence.
    pub error: Option<String>,
}

/// Would a dispatch be allowed now, and if not, why?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckView {
    /// Would it be?
    pub allowed: bool,
    /// The code of the refusal.
    pub code: Option<Code>,
    /// The refusal in a sentence.
    pub reason: Option<String>,
    /// The limit of the month, or of the slots where these refuse; `null` is unlimited.
    pub limit: Option<u64>,
    /// What is used of it.
    pub used: u64,
    /// What is left of it; `null` is unlimited.
    pub remaining: Option<u64>,
    /// When it starts anew; `null` for slots, which do not.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub resets_at: Option<DateTime<Utc>>,
    /// Would it be beyond the limit, which allows that? Not said where it would not.
    #[serde(default, skip_serializing_if = "is_default")]
    pub overage: bool,
}

/// Checks a payload's size and depth.
///
/// # Errors
/// Larger than [`PAYLOAD_BYTES`] or deeper than [`PAYLOAD_DEPTH`].
pub fn check_payload(payload: &Value) -> Result<String, FieldError> {
    if depth(payload, PAYLOAD_DEPTH) > PAYLOAD_DEPTH {
        return Err(FieldError::new("payload", "TOO_DEEP", "Nest at most 32 levels."));
    }
    let text = payload.to_string();
    if text.len() > PAYLOAD_BYTES {
        return Err(FieldError::new("payload", "TOO_LONG", "Send at most 256 KiB."));
    }
    Ok(text)
}

/// Checks a result's size and depth; it is held to the bounds of a payload.
///
/// # Errors
/// As [`check_payload`], for the field `result`.
pub fn check_result(result: &Value) -> Result<String, FieldError> {
    check_payload(result).map_err(|error| FieldError { field: "result".to_owned(), ..error })
}

/// How deep a value nests; stops counting one past `bound`.
fn depth(value: &Value, bound: usize) -> usize {
    if bound == 0 {
        return 1;
    }
    let deepest = match value {
        Value::Array(items) => items.iter().map(|item| depth(item, bound - 1)).max(),
        Value::Object(entries) => entries.values().map(|item| depth(item, bound - 1)).max(),
        _ => None,
    };
    1 + deepest.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Value {
        (1..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
    }

    #[test]
    fn a_payload_has_bounds() {
        assert!(check_payload(&nested(PAYLOAD_DEPTH)).is_ok());
        assert!(check_payload(&nested(PAYLOAD_DEPTH + 1)).is_err());
        assert!(check_payload(&nested(2000)).is_err());
        assert!(check_payload(&Value::String("x".repeat(PAYLOAD_BYTES - 2))).is_ok());
        assert!(check_payload(&Value::String("x".repeat(PAYLOAD_BYTES - 1))).is_err());
    }
}
