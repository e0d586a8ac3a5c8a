//! Extractors: the words in a handler's signature that say what it needs.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, Path, Query},
    http::{header, request::Parts},
};
use serde::Deserialize;
use tenantry_domain::access::{
    self, AccessError, Callback, Caller, Destination, OrgScope, Permit, Refused, TenantScope, Visitor,
};
use tenantry_kernel::{Code, FieldError, JobId, Problem, page::Limit, text::IdempotencyKey};

use super::{GuardError, Meter, address};
use crate::{App, problem::ApiError};

/// Who asks, and where; a credential that opens nothing costs its address. What is asked for counts against the caller's
/// limits, unless the permission says that it does not.
async fn admitted<S>(
    parts: &Parts,
    app: &App,
    counts: bool,
    decide: impl FnOnce(Caller) -> Result<S, AccessError>,
) -> Result<S, Problem> {
    admitted_to(parts, app, &super::destination(&parts.headers), counts, decide).await
}

/// The same in a tenant that the request names in another way.
pub(super) async fn admitted_to<S>(
    parts: &Parts,
    app: &App,
    destination: &Destination,
    counts: bool,
    decide: impl FnOnce(Caller) -> Result<S, AccessError>,
) -> Result<S, Problem> {
    let services = &app.services;
    let (caller, decide) = match super::caller_in(services, parts, destination).await {
        Ok(caller) => (caller, Ok(decide)),
        // Who names a place that is not theirs has asked all the same, and pays for it where they stand.
        Err(GuardError::Access(Refused { error, known: Some(caller) })) => (caller, Err(error)),
        Err(error) => return Err(address::refused_visit(services, parts, error.into())),
    };
    let meter = Meter::of(parts);
    meter.whose(&caller);
    meter.burst(services, &caller).await?;
    let day = if counts { meter.day(services, &caller).await } else { Ok(()) };
    // The role is decided before the day's calls; a call that it refuses is one of them all the same.
    let decided = decide.and_then(|decide| decide(caller))?;
    day?;
    Ok(decided)
}

/// Somebody who is known, as a person.
pub struct SignedIn(pub Visitor);

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(admitted(parts, app, true, Caller::person).await?))
    }
}

/// Whoever can be known as a person by what they brought; nothing that they brought is refused here.
impl OptionalFromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ApiError> {
        match admitted(parts, app, true, Caller::person).await {
            Ok(visitor) => Ok(Some(Self(visitor))),
            Err(problem) if problem.code == Code::Unauthenticated => Ok(None),
            Err(problem) => Err(problem.into()),
        }
    }
}

/// The right to act in an organization, for what `P` permits; also while its tenant is suspended.
pub struct InOrganization<P> {
    /// The scope for the verb.
    pub scope: OrgScope<P>,
    /// Who asks, and where.
    pub caller: Caller,
}

impl<P: Permit> FromRequestParts<App> for InOrganization<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let decide = |caller: Caller| Ok(Self { scope: caller.organization()?, caller });
        Ok(admitted(parts, app, P::COUNTS, decide).await?)
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
        Ok(admitted(parts, app, P::COUNTS, |caller| Ok(Self { scope: caller.tenant()? })).await?)
    }
}

/// The right to say how an attempt at the job in the path went: by the token that the attempt was given, and nothing else.
pub struct ByCallback(pub Callback);

impl FromRequestParts<App> for ByCallback {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let job = Id::<JobId>::from_request_parts(parts, app).await.ok();
        let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| super::bearer(value.to_str().ok()?));
        let keyring = &app.services.keyring;
        let entered = job.zip(token).map(|(Id(job), token)| access::enter_with_callback(keyring, job, token));
        let entered = entered.unwrap_or(Err(AccessError::Unauthenticated));
        Ok(Self(entered.map_err(|error| address::refused_visit(&app.services, parts, error.into()))?))
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
