//! The guards in front of every handler: who asks, from where, in which tenant, and whether they may.
//!
//! The permission is the extractor: a handler that takes `InTenant<DispatchRun>` cannot be reached without it, and cannot
//! open a transaction with anything else. Extractors run before a body is read.

pub mod address;
mod dispatching;
mod extract;
pub mod headers;
mod host;
mod linked;
mod listening;
mod meter;
mod same_site;

use axum::http::{HeaderMap, header, request::Parts};
use tenantry_domain::{
    Services,
    access::{self, AccessError, Caller, Destination, Refused, Visitor},
    keys::KeyText,
};
use tenantry_kernel::{Code, Problem};

pub use address::ClientAddress;
pub use dispatching::Dispatching;
pub use extract::{ByCallback, Id, InOrganization, InTenant, Once, PageQuery, SignedIn};
pub use host::{AtMainHost, host_of, main_host, own_host};
pub use linked::Linked;
pub use listening::Listening;
pub use meter::Meter;
pub use same_site::same_site;
pub use tenantry_domain::access::Host;

use crate::cookie;

/// The header that names a tenant.
pub const X_TENANT: &str = "x-tenant";
/// The query's name for it, where one may stand: see [`Listening`].
pub const TENANT_QUERY: &str = "tenant";
/// The header of an API key.
pub const X_API_KEY: &str = "x-api-key";

/// Why a request has no visitor.
#[derive(Debug)]
pub enum GuardError {
    /// Two credentials at once.
    TwoCredentials,
    /// The credential, or where it leads.
    Access(Refused),
}

impl<E: Into<Refused>> From<E> for GuardError {
    fn from(error: E) -> Self {
        Self::Access(error.into())
    }
}

impl From<GuardError> for Problem {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::TwoCredentials => {
                Self::new(Code::Malformed, "Send either Authorization or X-API-Key, not both.")
            }
            GuardError::Access(refused) => refused.error.into(),
        }
    }
}

/// Who asks, and where: by the host, else by `X-Tenant`, else by where the session acts.
///
/// # Errors
/// Two credentials, none that is valid, a tenant that the caller does not belong to, or another one than the host's.
pub async fn caller_of(services: &Services, parts: &Parts) -> Result<Caller, GuardError> {
    caller_in(services, parts, &destination(&parts.headers)).await
}

/// The same in a tenant that the request names in another way.
async fn caller_in(services: &Services, parts: &Parts, destination: &Destination) -> Result<Caller, GuardError> {
    let headers = &parts.headers;
    let presented = match (headers.get(header::AUTHORIZATION), headers.get(X_API_KEY)) {
        (Some(_), Some(_)) => return Err(GuardError::TwoCredentials),
        (Some(value), None) => value.to_str().ok().and_then(bearer),
        (None, Some(value)) => value.to_str().ok(),
        (None, None) => return Ok(by_session(services, parts, destination).await?.into()),
    };
    let presented = presented.ok_or(AccessError::Unauthenticated)?;
    // Only `Authorization` carries a token, and a token has two dots, which no key has.
    if headers.contains_key(header::AUTHORIZATION) && presented.contains('.') {
        let from = address_of(services, parts);
        return Ok(access::enter_with_token(services, presented, host_of(parts), destination, Some(from)).await?);
    }
    let key = KeyText::parse(presented).ok_or(AccessError::Unauthenticated)?;
    Ok(access::enter_with_key(services, key, host_of(parts), destination).await?)
}

fn address_of(services: &Services, parts: &Parts) -> std::net::IpAddr {
    ClientAddress::of(&services.settings, &parts.headers, &parts.extensions).0
}

/// The credential of `Authorization: Bearer …` (RFC 6750; the scheme's case does not matter).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, credential) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(credential.trim())
}

/// Who holds the session's cookie, and where they stand. A credential in a header beats the cookie.
///
/// # Errors
/// As [`access::enter`].
pub async fn visitor(services: &Services, parts: &Parts, destination: &Destination) -> Result<Visitor, AccessError> {
    let headers = &parts.headers;
    if headers.contains_key(header::AUTHORIZATION) || headers.contains_key(X_API_KEY) {
        return Err(AccessError::Unauthenticated);
    }
    by_session(services, parts, destination).await.map_err(|refused| refused.error)
}

async fn by_session(services: &Services, parts: &Parts, destination: &Destination) -> Result<Visitor, Refused> {
    let token = cookie::session_token(&parts.headers, &services.settings).ok_or(AccessError::Unauthenticated)?;
    let from = address_of(services, parts);
    access::enter_from(services, &token, host_of(parts), destination, Some(from)).await
}

/// The tenant that the request names in `X-Tenant`.
fn destination(headers: &HeaderMap) -> Destination {
    match headers.get(X_TENANT) {
        None => Destination::Current,
        Some(value) => value.to_str().map_or(Destination::Nowhere, Destination::parse),
    }
}

/// What the browser calls itself, for the list of devices.
#[must_use]
pub fn device(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
