//! The guard of the stream of events: for people, in a tenant that a query may name.
//!
//! A browser's page cannot set a header on a stream, so this one door takes `?tenant=` beside `X-Tenant`, under the same
//! rules. Two names that differ name nothing: neither is preferred, so nobody can be brought to listen elsewhere.

use axum::{extract::FromRequestParts, http::request::Parts};
use tenantry_domain::access::{AccessError, Caller, Destination, TenantScope, Visitor, permit::JobRead};

use super::{TENANT_QUERY, X_TENANT, extract::admitted_to};
use crate::{App, problem::ApiError};

/// The right to hear what changes in a tenant. A key or an access token opens it never.
pub struct Listening {
    /// The scope for the verb.
    pub scope: TenantScope<JobRead>,
    /// Who listens.
    pub visitor: Visitor,
}

impl FromRequestParts<App> for Listening {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let decide = |caller: Caller| {
            let scope = caller.tenant()?;
            let visitor = caller.person()?;
            // A stream lasts as long as its session; a token does not.
            if visitor.principal.by_token {
                return Err(AccessError::ByToken);
            }
            Ok(Self { scope, visitor })
        };
        Ok(admitted_to(parts, app, &named(parts), true, decide).await?)
    }
}

/// The tenant that header and query name.
pub(super) fn named(parts: &Parts) -> Destination {
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let in_query = query.filter(|(name, _)| name == TENANT_QUERY).map(|(_, value)| Destination::parse(&value));
    let in_header = parts.headers.get_all(X_TENANT).iter();
    let in_header = in_header.map(|value| value.to_str().map_or(Destination::Nowhere, Destination::parse));
    let mut all = in_header.chain(in_query);
    let Some(first) = all.next() else { return Destination::Current };
    if all.all(|other| other == first) { first } else { Destination::Nowhere }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn named(query: &str, header: Option<&str>) -> Destination {
        let request = Request::builder().uri(format!("/api/v1/events{query}"));
        let request = header.into_iter().fold(request, |request, value| request.header(X_TENANT, value));
        super::named(&request.body(()).expect("a request").into_parts().0)
    }

    #[test]
    fn a_query_names_a_tenant_as_the_header_does() {
        let acme = Destination::parse("acme");
        assert_eq!(named("", None), Destination::Current);
        assert_eq!(named("?x=1", None), Destination::Current);
        assert_eq!(named("?tenant=acme", None), acme);
        assert_eq!(named("", Some("acme")), acme);
        assert_eq!(named("?tenant=acme", Some("acme")), acme);
        assert_eq!(named("?tenant=", None), Destination::Nowhere);
    }

    #[test]
    fn two_names_that_differ_name_nothing() {
        assert_eq!(named("?tenant=acme", Some("other")), Destination::Nowhere);
        assert_eq!(named("?tenant=acme&tenant=other", None), Destination::Nowhere);
        assert_eq!(named("?tenant=acme&tenant=acme", None), Destination::parse("acme"));
    }
}
