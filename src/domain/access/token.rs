//! Coming in with an access token: whose it is, and where it may act, in one round trip.
//!
//! A token says who signed it, for which session, family and tenant; whether all of them still stand is asked each time, so
//! that what ends here has ended on every server.

use std::net::IpAddr;

use super::{
    AccessError, Caller, Destination, Host, Principal, Visitor, host,
    sql_token::{self, Presented},
};
use crate::{Services, accounts::tokens};

/// Finds out whose access token it is. It carries its tenant, and what else the request names may only agree; one that was
/// made for a person who stood nowhere is led like a session.
///
/// # Errors
/// [`AccessError::Unauthenticated`] for a token that is none of ours or stands on something that has ended;
/// [`AccessError::NotFound`] for a tenant that the person does not belong to; [`AccessError::Mismatch`] for another of theirs.
pub async fn enter_with_token(
    services: &Services,
    token: &str,
    at: &Host,
    destination: &Destination,
    from: Option<IpAddr>,
) -> Result<Caller, AccessError> {
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
    let names_one = carried.is_some() || *named != Destination::Current;
    let mut bound_to = None;
    if names_one {
        let place = found.place.as_ref().ok_or(AccessError::NotFound)?;
        bound_to = (carried.is_some() || *at != Host::Main).then_some(place.tenant);
        for named in [named, destination] {
            host::agree(&mut connection, &found, named).await?;
        }
    }
    let principal =
        Principal { user: found.user, session: found.session, bound_to, confirmed: found.confirmed, by_token: true };
    Ok(Caller::Person(Box::new(Visitor { principal, place: found.place })))
}
