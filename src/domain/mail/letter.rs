//! What mails say. A letter is data; its words stand in [`words`], and it becomes text where it is sent or read.
//!
//! No letter repeats what a stranger typed: whoever signs up with somebody else's address chooses their name, their organization's
//! and their endpoints', so a mail to an address that nobody has proven carries none of them.

mod words;

use serde::{Deserialize, Serialize};
use tenantry_kernel::TenantId;
use uuid::Uuid;

use crate::accounts::link::Link;

/// What was asked for; whether it becomes a letter is found out apart from the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Asked {
    /// Another password for the address' account, if it has one.
    ResetPassword,
    /// The proof that the address of an account is its person's.
    VerifyEmail,
    /// An account with the address; where there is one, its person is told so.
    SignUp {
        /// What was typed.
        sign_up: Uuid,
    },
    /// A confirmation that an account is to go to another address, at either of the two.
    ChangeEmail {
        /// The wish.
        change: Uuid,
    },
}

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Letter {
    /// Here is the link to another password.
    ResetPassword {
        /// What the account's person is called.
        name: String,
        /// The link.
        link: Link,
    },
    /// Somebody has chosen another password by such a link.
    PasswordReset {
        /// What the account's person is called.
        name: String,
    },
    /// Somebody who was signed in and knew the password has chosen another.
    PasswordChanged {
        /// What the account's person is called.
        name: String,
    },
    /// Somebody has signed in on a device that the account had not seen.
    NewDevice {
        /// What the account's person is called.
        name: String,
        /// What it is, in our own words.
        device: String,
        /// Where it was.
        address: Option<String>,
    },
    /// Here is the link that proves the address.
    VerifyEmail {
        /// The link.
        link: Link,
    },
    /// Somebody wanted an account with an address that has one.
    AccountExists {
        /// What the account's person is called.
        name: String,
    },
    /// An account is to leave this address: here is the link that lets it go.
    LeaveAddress {
        /// What the account's person is called.
        name: String,
        /// Where it is to go.
        email: String,
        /// The link.
        link: Link,
    },
    /// An account is to come to this address: here is the link that takes it in.
    ArriveAddress {
        /// The link.
        link: Link,
    },
    /// The account has left this address.
    AddressChanged {
        /// What the account's person is called.
        name: String,
        /// Where it has gone.
        email: String,
    },
    /// The account with this address was deleted.
    AccountDeleted,
    /// An organization comes to the end of what it may use.
    QuotaWarning {
        /// What the organization is called.
        organization: String,
        /// Its first workspace, for the link.
        tenant: TenantId,
        /// What is used.
        meter: String,
        /// How much of it, in percent.
        percent: u8,
        /// How much there is.
        limit: u64,
    },
    /// An endpoint is told nothing any more.
    EndpointDisabled {
        /// What the organization is called.
        organization: String,
        /// The endpoint's workspace, for the link.
        tenant: TenantId,
        /// Where its messages were sent, without what stands behind the host.
        host: String,
        /// What it was for; empty where nobody has said.
        description: String,
        /// Has it said itself that it is gone? Else it has taken nothing for days.
        gone: bool,
    },
}

impl Asked {
    /// The word in the database.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
            Self::SignUp { .. } => "sign_up",
            Self::ChangeEmail { .. } => "change_email",
        }
    }

    pub(super) fn to_text(&self) -> String {
        text(self)
    }

    /// `None` for what another version has written.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Such enums have nothing that JSON could not say.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Letter {
    /// The word in the database and in the log.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordReset { .. } => "password_reset",
            Self::PasswordChanged { .. } => "password_changed",
            Self::NewDevice { .. } => "new_device",
            Self::VerifyEmail { .. } => "verify_email",
            Self::AccountExists { .. } => "account_exists",
            Self::LeaveAddress { .. } => "leave_address",
            Self::ArriveAddress { .. } => "arrive_address",
            Self::AddressChanged { .. } => "address_changed",
            Self::AccountDeleted => "account_deleted",
            Self::QuotaWarning { .. } => "quota_warning",
            Self::EndpointDisabled { .. } => "endpoint_disabled",
        }
    }

    pub(super) fn to_text(&self) -> String {
        text(self)
    }

    /// `None` for what another version has written.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The link that opens something, where there is one.
    pub(super) const fn link(&self) -> Option<Link> {
        match self {
            Self::ResetPassword { link, .. }
            | Self::VerifyEmail { link }
            | Self::LeaveAddress { link, .. }
            | Self::ArriveAddress { link } => Some(*link),
            Self::PasswordReset { .. }
            | Self::PasswordChanged { .. }
            | Self::NewDevice { .. }
            | Self::AccountExists { .. }
            | Self::AddressChanged { .. }
            | Self::AccountDeleted
            | Self::QuotaWarning { .. }
            | Self::EndpointDisabled { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
