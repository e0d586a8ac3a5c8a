//! The guards in front of every handler: who asks, from where, in which tenant, and whether they may.
//!
//! The permission is the extractor: a handler that takes `InTenant<DispatchRun>` cannot be reached without it, and cannot
//! open a transaction with anything else. Extractors run before a body is read.

pub mod address;
mod extract;
pub mod headers;
mod host;
mod same_site;

use axum::http::{HeaderMap, header};
use tenantry_domain::{
    Services,
    access::{self, AccessError, Destination, Visitor},
};
use tenantry_kernel::{Code, Problem};

pub use address::ClientAddress;
pub use extract::{Id, InOrganization, InTenant, Once, PageQuery, SignedIn};
pub use host::own_host;
pub use same_site::same_site;

use crate::cookie;

/// The header that names a tenant.
pub const X_TENANT: &str = "x-tenant";
/// The header of an API key.
pub const X_API_KEY: &str = "x-api-key";

/// Why a request has no visitor.
#[derive(Debug)]
pub enum GuardError {
    /// Two credentials at once.
    TwoCredentials,
    /// The credential, or where it leads.
    Access(AccessError),
}

impl From<AccessError> for GuardError {
    fn from(error: AccessError) -> Self {
        Self::Access(error)
    }
}

impl From<GuardError> for Problem {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::TwoCredentials => {
                Self::new(Code::Malformed, "Send either Authorization or X-API-Key, not both.")
            }
            GuardError::Access(error) => error.into(),
        }
    }
}

/// Who asks, and where, by a request's headers.
///
/// # Errors
/// Two credentials, none that is valid, or a tenant that the caller does not belong to.
pub async fn visitor_of(services: &Services, headers: &HeaderMap) -> Result<Visitor, GuardError> {
    if headers.contains_key(header::AUTHORIZATION) && headers.contains_key(X_API_KEY) {
        return Err(GuardError::TwoCredentials);
    }
    Ok(visitor(services, headers, &destination(headers)).await?)
}

/// Who holds the session's cookie, and where they stand. A credential in a header beats the cookie.
///
/// # Errors
/// As [`access::enter`].
pub async fn visitor(
    services: &Services,
    headers: &HeaderMap,
    destination: &Destination,
) -> Result<Visitor, AccessError> {
    if headers.contains_key(header::AUTHORIZATION) || headers.contains_key(X_API_KEY) {
        return Err(AccessError::Unauthenticated);
    }
    let token = cookie::session_token(headers, &services.settings).ok_or(AccessError::Unauthenticated)?;
    access::enter(services, &token, destination).await
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
