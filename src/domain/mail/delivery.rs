//! Handing a message to the server, and what its answer means for the next attempt.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    transport::smtp::{Error, authentication::Credentials, client::Tls, extension::ClientId},
};
use url::Host;

use super::{
    authorities::trusting,
    settings::{Encryption, SmtpServer},
};
use crate::Settings;

/// How long one answer of the server may take.
const ANSWER: Duration = Duration::from_secs(30);

/// How long an attempt may take as a whole; less than its lease.
pub(super) const ATTEMPT: Duration = Duration::from_secs(60);

/// Longest reason that is kept, in characters.
const REASON: usize = 500;

/// The way to the server. A connection a mail: mails are few, and a connection that was kept is often one that has ended.
pub(super) struct Delivery(AsyncSmtpTransport<Tokio1Executor>);

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It may be taken later.
    Later(String),
    /// It never will.
    Final(String),
}

impl Delivery {
    /// The way to a server; nothing is connected before there is a message.
    ///
    /// # Errors
    /// When the machine's roots of trust cannot be read.
    pub fn to(server: &SmtpServer, settings: &Settings) -> Result<Self, Error> {
        let tls = || trusting(settings.mail.authorities.as_ref(), &server.host);
        let encryption = match server.encryption {
            Encryption::Always => Tls::Wrapper(tls()?),
            Encryption::Required => Tls::Required(tls()?),
            Encryption::Offered => Tls::Opportunistic(tls()?),
            Encryption::Never => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
            .port(server.port)
            .tls(encryption)
            .hello_name(own_name(settings))
            .timeout(Some(ANSWER));
        if let Some((user, password)) = &server.credentials {
            transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self(transport.build()))
    }

    /// Hands a message over.
    ///
    /// # Errors
    /// What the server answered, or that it did not.
    pub async fn hand_over(&self, message: Message) -> Result<(), Refusal> {
        match tokio::time::timeout(ATTEMPT, self.0.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(Refusal::Later(format!("The server took longer than {} s.", ATTEMPT.as_secs()))),
        }
    }
}

/// How the server is greeted (RFC 5321, 4.1.1.1): by the public name, else as an address.
fn own_name(settings: &Settings) -> ClientId {
    match settings.public_url.host() {
        Some(Host::Domain(name)) => ClientId::Domain(name.to_owned()),
        Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
        Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
        None => ClientId::default(),
    }
}

/// A 5xx is about the mail and final, but for those that are about us: who must authenticate, or failed to (RFC 4954), is
/// let in as soon as the operator has set it right.
fn refusal(error: &Error) -> Refusal {
    let about_us = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    let reason = plain(&error.to_string());
    if error.is_permanent() && !about_us { Refusal::Final(reason) } else { Refusal::Later(reason) }
}

/// What a server said, as one line of bounded length.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(REASON).collect()
}
