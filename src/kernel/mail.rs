//! Mail, as whoever may read it sees it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A mail, written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailView {
    /// The address that it goes to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// It in plain text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
    /// The addresses that it links to, what it is about first.
    pub links: Vec<String>,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// `waiting`, `sent` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last attempt met, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Mails, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailList {
    /// The mails.
    pub data: Vec<MailView>,
}
