//! Problems: the one form of every refusal (RFC 9457, `application/problem+json`), with what to do about it.
//!
//! A code is for programs and never changes; the sentence is for people; `fix` says what to do. The same value is a
//! server function's error, so the interface explains a refusal in the API's own words.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

// The words are token trees: what OpenAPI is made by does not see through a `literal` that a macro passes on.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:tt, $status:literal, $title:literal, $fix:literal;)*) => {
        /// What happened, for programs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word of the contract, such as `DISPATCH_QUOTA_EXCEEDED`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The HTTP status that it travels with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            /// The short name of the kind of problem; the same for every instance.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// What to do about it, where the instance says nothing better.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$variant => $fix),* }
            }
        }
    };
}

codes! {
    /// The request cannot be read.
    Malformed = "MALFORMED", 400, "Malformed request", "Send a well-formed request; the detail names what could not be read.";
    /// Nobody is signed in, or the credential has ended.
    Unauthenticated = "UNAUTHENTICATED", 401, "Not signed in", "Sign in again, or send a valid credential.";
    /// E-mail and password do not belong together.
    InvalidCredentials = "INVALID_CREDENTIALS", 401, "Wrong e-mail or password", "Check both, or reset the password.";
    /// No valid secret has signed the message.
    SignatureInvalid = "SIGNATURE_INVALID", 401, "Signature invalid", "Sign the body as it is sent, with the webhook's secret.";
    /// The message was signed too long ago, or ahead of time.
    TimestampOutOfRange = "TIMESTAMP_OUT_OF_RANGE", 401, "Timestamp out of range", "Set the sender's clock, and sign each attempt anew.";
    /// The month's dispatches are used up.
    DispatchQuotaExceeded = "DISPATCH_QUOTA_EXCEEDED", 402, "Dispatch quota used up", "Choose a larger plan, or wait for the reset.";
    /// The plan does not include what the tool needs.
    FeatureNotInPlan = "FEATURE_NOT_IN_PLAN", 402, "Not in this plan", "Choose a plan that includes it.";
    /// The plan ended, and its grace too.
    PlanExpired = "PLAN_EXPIRED", 402, "Plan expired", "Renew the plan.";
    /// A bill is unpaid for too long.
    PaymentOverdue = "PAYMENT_OVERDUE", 402, "Payment overdue", "Pay the open invoice.";
    /// The role or scope does not allow it.
    Forbidden = "FORBIDDEN", 403, "Not allowed", "Ask an admin of the organization for a role that allows it.";
    /// The webhook's allowlist does not name the sender's address.
    AddressNotAllowed = "ADDRESS_NOT_ALLOWED", 403, "Address not allowed", "Send it from a network on the webhook's allowlist.";
    /// The session's person must first prove again who they are.
    ReauthenticationRequired = "REAUTHENTICATION_REQUIRED", 403, "Confirm that it is you", "Sign in again, then do it once more.";
    /// A browser sent it from another site.
    CrossSite = "CROSS_SITE", 403, "Cross-site request", "Send it from the application's own pages, or with a credential in a header.";
    /// The request names another tenant than its credential or host.
    TenantMismatch = "TENANT_MISMATCH", 403, "Tenant mismatch", "Leave the tenant out, or name the credential's own.";
    /// The tenant is suspended.
    TenantSuspended = "TENANT_SUSPENDED", 403, "Tenant suspended", "Ask an admin of the organization to lift the suspension.";
    /// There is no such thing, or the caller may not know of it.
    NotFound = "NOT_FOUND", 404, "Not found", "Check the address and the organization that you act in.";
    /// The address does not take this method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, "Method not allowed", "Use one of the methods in the header Allow.";
    /// Somebody has this address already.
    EmailTaken = "EMAIL_TAKEN", 409, "E-mail taken", "Sign in, or use another address.";
    /// Somebody has this slug already.
    SlugTaken = "SLUG_TAKEN", 409, "Slug taken", "Choose another slug.";
    /// Something here has this name already.
    NameTaken = "NAME_TAKEN", 409, "Name taken", "Choose another name.";
    /// A request with this key is under way.
    IdempotencyInFlight = "IDEMPOTENCY_IN_FLIGHT", 409, "Request under way", "Wait a moment and send the same request again.";
    /// The organization would be left without an owner.
    LastOwner = "LAST_OWNER", 409, "Last owner", "Transfer the ownership first.";
    /// The thing has changed, or its state does not allow it.
    Conflict = "CONFLICT", 409, "Conflict", "Read it again and decide anew.";
    /// It was valid once.
    Expired = "EXPIRED", 410, "Expired", "Ask for a new one.";
    /// The body is larger than what is taken here.
    BodyTooLarge = "BODY_TOO_LARGE", 413, "Body too large", "Send less; the detail names the bound.";
    /// The body is of a kind that is not taken here.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported media type", "Send application/json.";
    /// Something in the request is out of bounds.
    Invalid = "INVALID", 422, "Invalid request", "Correct the fields that are named in errors.";
    /// The key belongs to another request.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", 422, "Idempotency key reused", "Use a new key for a new request.";
    /// The day's API calls are used up.
    ApiDailyLimit = "API_DAILY_LIMIT", 429, "Daily API limit reached", "Wait for the reset, or choose a larger plan.";
    /// Every slot is taken.
    ConcurrentLimit = "CONCURRENT_LIMIT", 429, "All slots taken", "Wait for a running job, or send \"when_full\": \"queue\".";
    /// Too many in too short a time.
    RateLimited = "RATE_LIMITED", 429, "Too many requests", "Slow down and try again after Retry-After.";
    /// The organization has too many jobs waiting.
    QueueFull = "QUEUE_FULL", 429, "Queue full", "Wait until waiting jobs have run.";
    /// Something of ours failed.
    Internal = "INTERNAL", 500, "Internal error", "Try again; if it stays, report the request id.";
    /// The guard cannot decide, because what it needs is away.
    GuardUnavailable = "GUARD_UNAVAILABLE", 503, "Temporarily unavailable", "Try again after Retry-After.";
}

impl Code {
    /// The address of the page that explains it.
    #[must_use]
    pub fn type_uri(self) -> String {
        format!("/problems/{}", self.as_str().to_ascii_lowercase().replace('_', "-"))
    }

    /// The code with this word, as it stands in the address of its page (`not-found`).
    #[must_use]
    pub fn from_page(page: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.type_uri().strip_prefix("/problems/") == Some(page))
    }
}

/// By the table of words: what a derive makes of so many variants is a fiftieth of all that the browser loads.
impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = Self::ALL.iter().copied().find(|code| code.as_str() == word);
        known.ok_or_else(|| serde::de::Error::custom("no code of a problem"))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One field that is out of bounds, with what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's name in the request.
    pub field: String,
    /// What is wrong with it, for programs: `REQUIRED`, `TOO_SHORT`, `TOO_LONG`, `FORMAT`, `UNKNOWN_FIELD`, …
    pub code: String,
    /// What would be right, for people.
    pub detail: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), detail: detail.into() }
    }
}

/// Where the caller stands against the limit that refused it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LimitFacts {
    /// The limit; `null` is unlimited.
    pub limit: Option<u64>,
    /// What is used of it.
    pub used: u64,
    /// What is left of it; `null` is unlimited.
    pub remaining: Option<u64>,
    /// When it starts anew; absent for what does not reset.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resets_at: Option<DateTime<Utc>>,
    /// The name of the policy that refused.
    pub policy: String,
    /// Where a larger plan is chosen; absent where that would not help.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upgrade_url: Option<String>,
}

/// A refusal or failure in the form in which it leaves the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The address of the page that explains the code.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The short name of the kind of problem.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The sentence for people.
    pub detail: String,
    /// What happened, for programs.
    pub code: Code,
    /// Equal to `detail`.
    pub reason: String,
    /// Equal to `detail`, for clients of the first contract.
    pub error: String,
    /// What to do about it.
    pub fix: String,
    /// The request that it belongs to, as in `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// The fields that are out of bounds.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<FieldError>,
    /// Where the caller stands against the limit, for refusals by a limit.
    #[serde(flatten, skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<LimitFacts>,
    /// Seconds until another try makes sense; travels as `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem with its sentence for people.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            type_uri: code.type_uri(),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            reason: detail.clone(),
            error: detail.clone(),
            detail,
            fix: code.fix().to_owned(),
            request_id: None,
            errors: Vec::new(),
            limit: None,
            retry_after: None,
        }
    }

    /// The one answer for a thing that is missing and for a thing of somebody else: byte for byte the same.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is nothing here under this address.")
    }

    /// Fields out of bounds.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let names: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        let detail = match errors.as_slice() {
            // The whole body has no name.
            [only] if only.field.is_empty() => only.detail.clone(),
            [only] => format!("{}: {}", only.field, only.detail),
            _ => format!("These fields are out of bounds: {}.", names.join(", ")),
        };
        Self { errors, ..Self::new(Code::Invalid, detail) }
    }

    /// The same with another way out.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }

    /// The same with the facts of the limit.
    #[must_use]
    pub fn with_limit(mut self, limit: LimitFacts) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The same with the seconds until another try makes sense.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// What is wrong with one field, for the place beside it in a form.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.detail.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::invalid(vec![error])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_of_its_own() {
        for code in Code::ALL {
            let page = code.type_uri();
            assert_eq!(Code::from_page(page.trim_start_matches("/problems/")), Some(*code));
        }
        assert_eq!(Code::ApiDailyLimit.type_uri(), "/problems/api-daily-limit");
    }

    #[test]
    fn the_sentence_stands_under_its_three_names() {
        let json = serde_json::to_value(Problem::new(Code::Conflict, "The job has ended.")).expect("serialises");
        for name in ["detail", "reason", "error"] {
            assert_eq!(json[name], "The job has ended.");
        }
        assert!(json.get("limit").is_none() && json.get("errors").is_none());
    }

    #[test]
    fn unlimited_is_null() {
        let facts = LimitFacts { limit: None, remaining: None, policy: "api-day".into(), ..LimitFacts::default() };
        let json = serde_json::to_value(Problem::new(Code::ApiDailyLimit, "x").with_limit(facts)).expect("serialises");
        assert!(json["limit"].is_null() && json.get("limit").is_some());
        assert_eq!(json["policy"], "api-day");
    }

    #[test]
    fn what_is_wrong_with_the_whole_body_stands_by_itself() {
        let said = |field: &str| Problem::from(FieldError::new(field, "WRONG_TYPE", "Send a JSON object.")).detail;
        assert_eq!(
            (said("").as_str(), said("payload").as_str()),
            ("Send a JSON object.", "payload: Send a JSON object.")
        );
    }

    #[test]
    fn a_problem_reads_back() {
        let problem = Problem::invalid(vec![FieldError::new("name", "REQUIRED", "Enter a name.")]);
        let json = serde_json::to_string(&problem).expect("serialises");
        assert_eq!(serde_json::from_str::<Problem>(&json).expect("reads"), problem);
        assert_eq!(problem.field("name"), Some("Enter a name."));
    }
}
