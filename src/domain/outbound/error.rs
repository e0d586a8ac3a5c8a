//! Why a call has no answer, in sentences for whoever has named the address. None says what was found behind a name or what
//! came back: an error must tell no more than the call itself would have.

use std::{error::Error, io, time::Duration};

use reqwest::header::HeaderName;

use super::target::LONGEST_URL;

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Another protocol.
    #[error("Only http and https addresses can be called.")]
    Scheme,
    /// Nobody to call.
    #[error("The address names no host.")]
    NoHost,
    /// Credentials would travel in what is logged and shown.
    #[error("The address must not hold a user name or a password; send them in a header.")]
    UserInfo,
    /// More than [`LONGEST_URL`] characters.
    #[error("The address is longer than {LONGEST_URL} characters.")]
    LongUrl,
    /// The host, or an address behind its name, is not public.
    #[error("{host} is not on the public internet, so it is not called.")]
    Forbidden {
        /// As the URL names it.
        host: String,
    },
    /// CONNECT.
    #[error("The method CONNECT opens a tunnel, so it is not sent.")]
    Tunnel,
    /// A header that the client itself writes.
    #[error("The header {name} is written by this server and cannot be set.")]
    Header {
        /// Which one.
        name: HeaderName,
    },
    /// The request cannot be sent so.
    #[error("The request cannot be written as HTTP.")]
    Unwritable,
    /// No address was found, for now or for ever.
    #[error("No address was found for {host}.")]
    Unknown {
        /// As the URL names it.
        host: String,
    },
    /// Nobody there, or nobody who takes calls.
    #[error("{host} takes no connection.")]
    Unreachable {
        /// As the URL names it.
        host: String,
    },
    /// TLS did not come about.
    #[error("{host} does not prove who it is: there is no secure connection, or its certificate is not trusted here.")]
    Untrusted {
        /// As the URL names it.
        host: String,
    },
    /// This machine trusts nobody.
    #[error("This server has no root certificates, so it cannot call anybody over https.")]
    NoRoots,
    /// The answer broke off, or was none.
    #[error("{host} broke off, or its answer was no HTTP.")]
    Broken {
        /// As the URL names it.
        host: String,
    },
    /// The answer's headers are too long.
    #[error("The answer's headers are longer than 64 KiB.")]
    LongHeaders,
    /// The answer is too long.
    #[error("The answer is longer than {most} bytes.")]
    TooLong {
        /// What was asked for.
        most: usize,
    },
    /// The time for the whole call is over.
    #[error("There was no whole answer within {} s.", .within.as_secs_f64())]
    TooSlow {
        /// What was asked for.
        within: Duration,
    },
}

impl OutboundError {
    /// Could the same call fare better a little later? What is forbidden, wrong or too long stays so. Where this is true the
    /// other side may have got the request all the same.
    #[must_use]
    pub fn is_worth_another_try(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Unreachable { .. } | Self::Broken { .. } | Self::TooSlow { .. })
    }

    /// Reads the client's error off its causes.
    pub(super) fn of(error: &reqwest::Error, host: &str) -> Self {
        if let Some(own) = causes(error).find_map(|cause| cause.downcast_ref::<Self>()) {
            return own.clone();
        }
        // Without the client's own words: they hold the whole URL, and that may hold a secret.
        let cause = causes(error).last().map(ToString::to_string);
        tracing::debug!(outbound.host = host, outbound.cause = cause, "A call was not answered.");
        let host = host.to_owned();
        if error.is_builder() {
            return Self::Unwritable;
        }
        if !error.is_connect() {
            return Self::Broken { host };
        }
        // TLS tells its own errors as wrong data, the network never does.
        let mut of_the_system = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
        if of_the_system.any(|error| error.kind() == io::ErrorKind::InvalidData) {
            return Self::Untrusted { host };
        }
        Self::Unreachable { host }
    }
}

/// What stands behind an error, one after the other. An error of the system says what stands behind what it holds, and not
/// what it holds itself, so that is asked for.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| match cause.downcast_ref::<io::Error>().map(io::Error::get_ref) {
        Some(Some(held)) => Some(held as &(dyn Error + 'static)),
        _ => cause.source(),
    })
}
