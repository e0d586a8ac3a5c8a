//! The words of letters.

use tenantry_kernel::TenantId;

use super::{
    super::paper::{Paper, Written},
    Letter,
};
use crate::{Keyring, Settings, accounts::link::Link};

impl Letter {
    /// Writes it out, with tokens in its links; to an address that nobody has `proven` without a word of its account's.
    pub(in crate::mail) fn write(&self, settings: &Settings, keyring: &Keyring, proven: bool) -> Written {
        let silent = (!proven).then(|| self.without_words());
        silent.as_ref().unwrap_or(self).paper(settings, keyring).written(&settings.public_url)
    }

    /// The same without what the account's person could have chosen.
    fn without_words(&self) -> Self {
        let mut letter = self.clone();
        match &mut letter {
            Self::ResetPassword { name, .. }
            | Self::PasswordReset { name }
            | Self::PasswordChanged { name }
            | Self::NewDevice { name, .. }
            | Self::AccountExists { name } => name.clear(),
            Self::LeaveAddress { name, email, .. } => {
                name.clear();
                email.clear();
            }
            Self::QuotaWarning { organization, .. } => organization.clear(),
            Self::EndpointDisabled { organization, host, description, .. } => {
                organization.clear();
                host.clear();
                description.clear();
            }
            // Both addresses were proven for this one; the others hold nothing.
            Self::AddressChanged { .. }
            | Self::VerifyEmail { .. }
            | Self::ArriveAddress { .. }
            | Self::AccountDeleted => {}
        }
        letter
    }

    fn paper(&self, settings: &Settings, keyring: &Keyring) -> Paper {
        let address = |link: &Link| settings.link(&link.path(keyring));
        match self {
            Self::ResetPassword { name, link } => Paper {
                subject: "Reset your password".into(),
                before: vec![
                    hello(name),
                    "Somebody, most likely you, asked for a new password for your account.".into(),
                ],
                action: Some(("Choose a new password", address(link))),
                after: vec![
                    "The link works once, for 30 minutes.".into(),
                    "If it was not you, ignore this mail: nothing changes without the link.".into(),
                ],
            },
            Self::PasswordReset { name } => Paper {
                subject: "Your password was changed".into(),
                before: vec![
                    hello(name),
                    "The password of your account was changed by a link in a mail to this address. Every device that was \
                     signed in was signed out."
                        .into(),
                ],
                action: Some(("Sign in", settings.link("/sign-in"))),
                after: vec![format!(
                    "If it was not you, somebody reads your mail: secure your mailbox first, then ask for a new password \
                     at {}.",
                    settings.link("/forgot-password")
                )],
            },
            Self::PasswordChanged { name } => Paper {
                subject: "Your password was changed".into(),
                before: vec![
                    hello(name),
                    "The password of your account was changed by somebody who was signed in and knew it. Every other device \
                     was signed out."
                        .into(),
                ],
                action: Some(("See your devices", settings.link("/account"))),
                after: vec![
                    "If it was you, there is nothing to do.".into(),
                    format!(
                        "If it was not you, take the account back at once: ask for a new password at {}. It signs every device \
                         out.",
                        settings.link("/forgot-password")
                    ),
                ],
            },
            Self::NewDevice { name, device, address } => Paper {
                subject: "A new device signed in".into(),
                before: vec![
                    hello(name),
                    match address {
                        Some(address) => format!("Somebody, most likely you, has signed in to your account: {device}, at {address}."),
                        None => format!("Somebody, most likely you, has signed in to your account: {device}."),
                    },
                ],
                action: Some(("See your devices", settings.link("/account"))),
                after: vec![
                    "If it was you, there is nothing to do.".into(),
                    format!(
                        "If it was not you, somebody knows your password: choose a new one at {}. It signs every device out.",
                        settings.link("/forgot-password")
                    ),
                ],
            },
            Self::VerifyEmail { link } => Paper {
                subject: "Confirm your e-mail address".into(),
                before: vec![
                    "Hello,".into(),
                    "somebody, most likely you, has an account with this address. Confirm that the address is yours.".into(),
                ],
                action: Some(("Confirm the address", address(link))),
                after: vec![
                    "The link works once, for 24 hours.".into(),
                    "If it was not you, ignore this mail: without the link nobody counts as having this address.".into(),
                ],
            },
            Self::AccountExists { name } => Paper {
                subject: "You have an account already".into(),
                before: vec![
                    hello(name),
                    "Somebody, most likely you, wanted to create an account with this address. There is one already, and it \
                     is as it was."
                        .into(),
                ],
                action: Some(("Sign in", settings.link("/sign-in"))),
                after: vec![format!("You have forgotten the password? Ask for a new one at {}.", settings.link("/forgot-password"))],
            },
            Self::LeaveAddress { name, email, link } => Paper {
                subject: "Your account is to get another address".into(),
                before: vec![
                    hello(name),
                    match email.as_str() {
                        "" => "Somebody, most likely you, wants your account to have another address instead of this one.".into(),
                        email => format!("Somebody, most likely you, wants your account to have the address {email} instead of this one."),
                    },
                ],
                action: Some(("Let it go there", address(link))),
                after: vec![
                    "The link works once, for 24 hours, and the new address must agree too.".into(),
                    "If it was not you, do not open it, and change your password: somebody knows it.".into(),
                ],
            },
            Self::ArriveAddress { link } => Paper {
                subject: "Confirm your new e-mail address".into(),
                before: vec!["Hello,".into(), "somebody, most likely you, wants their account to have this address.".into()],
                action: Some(("Confirm the address", address(link))),
                after: vec![
                    "The link works once, for 24 hours, and the address that the account has must agree too.".into(),
                    "If you did not ask for it, ignore this mail: nothing changes without the link.".into(),
                ],
            },
            Self::AddressChanged { name, email } => Paper {
                subject: "Your account has another address".into(),
                before: vec![hello(name), format!("Your account has the address {email} now. Sign in with it from now on.")],
                action: Some(("Sign in", settings.link("/sign-in"))),
                after: vec!["Both addresses have agreed to it. This one is free of the account.".into()],
            },
            Self::AccountDeleted => Paper {
                subject: "Your account was deleted".into(),
                before: vec![
                    "Hello,".into(),
                    "as you have asked, your account with this address was deleted, and you were signed out everywhere.".into(),
                ],
                action: Some(("To the front page", settings.link("/"))),
                after: vec!["This is the last mail that we send to this address.".into()],
            },
            Self::QuotaWarning { organization, tenant, meter, percent, limit } => {
                quota_warning(settings, organization, *tenant, meter, *percent, *limit)
            }
            Self::EndpointDisabled { organization, tenant, host, description, gone } => {
                endpoint_disabled(settings, organization, *tenant, host, description, *gone)
            }
        }
    }
}

fn quota_warning(
    settings: &Settings,
    organization: &str,
    tenant: TenantId,
    meter: &str,
    percent: u8,
    limit: u64,
) -> Paper {
    // A meter of which this version has no words is called by its own.
    let (what, anew) = match meter {
        "dispatches" => ("dispatches of the month".to_owned(), "the next billing month"),
        "api_calls" => ("API calls of the day".to_owned(), "the next day"),
        other => (other.replace('_', " "), "the next period"),
    };
    let (organization, within) = called(organization);
    let used = if percent >= 100 {
        format!("{organization} has used up its {limit} {what}.")
    } else {
        format!("{organization} has used {percent} % of its {limit} {what}.")
    };
    let subject = if percent >= 100 {
        format!("{organization} has used up its {what}")
    } else {
        format!("{organization} has used {percent} % of its {what}")
    };
    Paper {
        subject,
        before: vec!["Hello,".into(), used],
        action: Some(("See what is used", settings.link(&format!("/dashboard?tenant={tenant}")))),
        after: vec![
            format!(
                "Counting begins anew with {anew}. A larger plan holds at once: {}",
                settings.link(&format!("/plans?tenant={tenant}"))
            ),
            format!("You get this mail because you run {within}. It is sent once for each mark and period."),
        ],
    }
}

fn endpoint_disabled(
    settings: &Settings,
    organization: &str,
    tenant: TenantId,
    host: &str,
    description: &str,
    gone: bool,
) -> Paper {
    let (organization, within) = called(organization);
    let endpoint = match description {
        "" if host.is_empty() => "one of its webhook endpoints".to_owned(),
        "" => format!("the webhook endpoint at {host}"),
        known => format!("the webhook endpoint \u{201c}{known}\u{201d} at {host}"),
    };
    let why = if gone {
        "It has answered that it is gone (410).".to_owned()
    } else {
        "It has taken none of our messages for more than three days.".to_owned()
    };
    Paper {
        subject: format!("A webhook endpoint of {within} was disabled"),
        before: vec!["Hello,".into(), format!("{organization} tells {endpoint} nothing any more. {why}")],
        action: Some(("Look at its deliveries", settings.link(&format!("/webhooks?tenant={tenant}")))),
        after: vec![
            "What happens meanwhile is not sent later. When the receiver works again, enable the endpoint there."
                .into(),
            format!("You get this mail because you own {within}."),
        ],
    }
}

fn hello(name: &str) -> String {
    if name.is_empty() { "Hello,".to_owned() } else { format!("Hello {name},") }
}

/// What an organization is called, at the beginning of a sentence and within one.
fn called(organization: &str) -> (&str, &str) {
    if organization.is_empty() { ("Your organization", "your organization") } else { (organization, organization) }
}
