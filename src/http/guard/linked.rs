//! The guard of what a link downloads: in the organization of a tenant that a query may name.
//!
//! A link sets no header, so this door takes `?tenant=` beside `X-Tenant`, under the rules of [`super::Listening`]: a page
//! whose tenant another window has left meanwhile still downloads its own.

use axum::{extract::FromRequestParts, http::request::Parts};
use tenantry_domain::access::{Caller, OrgScope, Permit};

use super::{extract::admitted_to, listening::named};
use crate::{App, problem::ApiError};

/// The right to read in an organization what `P` permits; also while its tenant is suspended.
pub struct Linked<P> {
    /// The scope for the verb.
    pub scope: OrgScope<P>,
}

impl<P: Permit> FromRequestParts<App> for Linked<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let decide = |caller: Caller| Ok(Self { scope: caller.organization()? });
        Ok(admitted_to(parts, app, &named(parts), P::COUNTS, decide).await?)
    }
}
