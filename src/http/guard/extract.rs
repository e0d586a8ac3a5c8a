//! Extractors: the words in a handler's signature that say what it needs.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, Path, Query},
    http::request::Parts,
};
use serde::Deserialize;
use tenantry_domain::{
    Services,
    access::{OrgScope, Permit, TenantScope, Visitor},
};
use tenantry_kernel::{FieldError, Problem, page::Limit, text::IdempotencyKey};

use super::address;
use crate::{App, problem::ApiError};

/// Who asks, and where; a credential that opens nothing costs its address.
async fn visitor_of(services: &Services, parts: &Parts) -> Result<Visitor, Problem> {
    let found = super::visitor_of(services, &parts.headers).await;
    found.map_err(|error| address::refused_visit(services, parts, error.into()))
}

/// Somebody who is known.
pub struct SignedIn(pub Visitor);

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(visitor_of(&app.services, parts).await?))
    }
}

/// The right to act in an organization, for what `P` permits; also while its tenant is suspended.
pub struct InOrganization<P> {
    /// The scope for the verb.
    pub scope: OrgScope<P>,
    /// Who asks, and where.
    pub visitor: Visitor,
}

impl<P: Permit> FromRequestParts<App> for InOrganization<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let visitor = visitor_of(&app.services, parts).await?;
        Ok(Self { scope: visitor.organization()?, visitor })
    }
}

/// The right to act in a tenant, for what `P` permits.
pub struct InTenant<P> {
    /// The scope for the verb.
    pub scope: TenantScope<P>,
}

impl<P: Permit> FromRequestParts<App> for InTenant<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let visitor = visitor_of(&app.services, parts).await?;
        Ok(Self { scope: visitor.tenant()? })
    }
}

/// An id in the path. A malformed one is a missing thing, and the guard in front has decided before it is read.
pub struct Id<T>(pub T);

impl<T: FromStr + Send> FromRequestParts<App> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path(text) = <Path<String> as FromRequestParts<App>>::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::not_found())?;
        Ok(Self(text.parse().map_err(|_| Problem::not_found())?))
    }
}

/// The caller's key for a request that must happen once.
pub struct Once(pub IdempotencyKey);

impl OptionalFromRequestParts<App> for Once {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Option<Self>, ApiError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(None) };
        let text = value.to_str().unwrap_or_default();
        Ok(Some(Self(IdempotencyKey::parse(text)?)))
    }
}

#[derive(Deserialize)]
struct RawPage {
    limit: Option<String>,
    cursor: Option<String>,
}

/// Which page of a list is asked for.
pub struct PageQuery {
    /// How many entries.
    pub limit: Limit,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl FromRequestParts<App> for PageQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let Query(raw) = Query::<RawPage>::try_from_uri(&parts.uri)
            .map_err(|_| FieldError::new("limit", "FORMAT", "Send limit and cursor once each."))?;
        let longest = 512;
        if raw.cursor.as_ref().is_some_and(|cursor| cursor.len() > longest || cursor.contains('\0')) {
            let detail = "Send the next_cursor of the page before, unchanged.";
            return Err(FieldError::new("cursor", "FORMAT", detail).into());
        }
        Ok(Self { limit: Limit::parse(raw.limit.as_deref())?, cursor: raw.cursor })
    }
}
