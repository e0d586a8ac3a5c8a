//! What an address must be before anybody asks where it leads.

use std::net::IpAddr;

use reqwest::header::HeaderName;
pub use tenantry_kernel::tool::LONGEST_URL;
use url::{Host, Url};

use super::{address::is_public, error::OutboundError};

/// Judges all that a URL itself says.
pub(super) fn judge(url: &Url, loopback: bool) -> Result<(), OutboundError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(OutboundError::Scheme);
    }
    if url.as_str().len() > LONGEST_URL {
        return Err(OutboundError::LongUrl);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OutboundError::UserInfo);
    }
    let fits = match url.host() {
        None => return Err(OutboundError::NoHost),
        Some(Host::Ipv4(address)) => is_public(address.into(), loopback),
        Some(Host::Ipv6(address)) => is_public(address.into(), loopback),
        Some(Host::Domain(name)) => judge_name(name, loopback)?,
    };
    if fits { Ok(()) } else { Err(OutboundError::Forbidden { host: url.host_str().unwrap_or_default().to_owned() }) }
}

/// Names that mean this machine, whatever a resolver says (RFC 6761, section 6.3), and addresses that a resolver would read
/// as such.
fn judge_name(name: &str, loopback: bool) -> Result<bool, OutboundError> {
    let name = name.trim_end_matches('.');
    if name.is_empty() {
        return Err(OutboundError::NoHost);
    }
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(is_public(address, loopback));
    }
    let is_this_machine = name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"));
    Ok(loopback || !is_this_machine)
}

/// Is the header part of the connection or of the message's frame? Who could set one could make the request say something
/// else than what was judged (RFC 9110, sections 7.2 and 7.6.1; RFC 9112, section 6).
#[must_use]
pub fn is_ours(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "content-length"
            | "expect"
            | "host"
            | "http2-settings"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}
