//! Coming in with an access token: whose it is, and where it may act, in one round trip.
//!
//! A token says who signed it, for which session, family and tenant; whether all of them still stand is asked each time, so
//! that what ends here has ended on every server.

use std::net::IpAddr;

use sqlx::PgConnection;
use tenantry_kernel::TenantId;

use super::{
    AccessError, Caller, Destination, Host, Refused, host,
    sql::FoundSession,
    sql_token::{self, Presented},
};
use crate::{Services, accounts::tokens};

/// Finds out whose access token it is. It carries its tenant, and what else the request names may only agree; one that was
/// made for a person who stood nowhere is led like a session.
///
/// # Errors
/// [`AccessError::Unauthenticated`] for a token that is none of ours or stands on something that has ended;
/// [`AccessError::NotFound`] for a tenant that the person does not belong to; [`AccessError::Mismatch`] for another of theirs.
/// Both say whose it was.
pub async fn enter_with_token(
    services: &Services,
    token: &str,
    at: &Host,
    destination: &Destination,
    from: Option<IpAddr>,
) -> Result<Caller, Refused> {
    let (claims, key) = tokens::read(services, token).await?;
    let named = match at {
        Host::Tenant(slug) => &Destination::Slug(slug.clone()),
        Host::Main => destination,
    };
    let carried = claims.tenant.map(Destination::Id);
    let presented = Presented { claims: &claims, key, destination: carried.as_ref().unwrap_or(named) };
    let mut connection = services.db.platform().await?;
    let found = sql_token::session(&mut connection, &presented).await?.ok_or(AccessError::Unauthenticated)?;
    services.sightings.seen(services, &found, from);
    if carried.is_none() && *named == Destination::Current {
        return Ok(found.visitor(None, true).into());
    }
    match agree(&mut connection, &found, [named, destination]).await {
        Ok(tenant) => {
            let bound_to = (carried.is_some() || *at != Host::Main).then_some(tenant);
            Ok(found.visitor(bound_to, true).into())
        }
        Err(error) if found.place.is_none() && carried.is_none() => {
            let presented = Presented { destination: &Destination::Current, ..presented };
            let at_home = sql_token::session(&mut connection, &presented).await?.ok_or(AccessError::Unauthenticated)?;
            Err(Refused::to(at_home.visitor(None, true).into(), error))
        }
        Err(error) => Err(Refused::to(found.visitor(None, true).into(), error)),
    }
}

/// All that the request names must be where the token leads.
async fn agree(
    connection: &mut PgConnection,
    found: &FoundSession,
    named: [&Destination; 2],
) -> Result<TenantId, AccessError> {
    let [first, second] = named;
    host::agree(connection, found, first).await?;
    host::agree(connection, found, second).await
}
