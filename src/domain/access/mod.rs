//! Who asks, where, and whether they may: the only source of scopes.
//!
//! A [`Visitor`] is somebody who is known and stands somewhere (or nowhere yet); nothing can be opened with it. Asking it
//! for a permission gives a scope, and the scope's type names the permission, so a verb cannot be called with another.

mod callback;
mod caller;
mod host;
mod known;
mod memory;
mod operator;
pub mod permit;
mod refused;
mod scope;
mod sightings;
mod sql;
mod sql_operator;
mod sql_token;
mod token;
mod visitor;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::PgConnection;
use subtle::ConstantTimeEq as _;
use tenantry_kernel::{OrganizationId, TenantId, UserId, text::Slug};
use tokio::time::timeout;

pub(crate) use callback::callback_token;
pub use callback::{Callback, enter_with_callback};
pub use caller::{Caller, KnownKey};
pub use host::Host;
pub use memory::Memory;
pub use operator::{FoundOrganization, FoundTenant, Operator};
pub use permit::Permit;
pub use refused::Refused;
pub use scope::{Actor, OrgScope, TenantScope};
pub(crate) use scope::{
    arrival_scope, counting_scope, delivering_scope, founding_scope, leaving_scope, measuring_scope, watching_scope,
    worker_scope,
};
pub use sightings::Sightings;
use sql::FoundSession;
pub use token::enter_with_token;
pub use visitor::{AccessError, Place, Principal, Visitor};

use crate::{
    Services,
    accounts::SessionToken,
    db::{DbError, OrgTx},
    keys::KeyText,
};

/// How long the first look-up of a request may take: a database that hangs is as good as away.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Which tenant a request names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Destination {
    /// None: the session's current one.
    #[default]
    Current,
    /// By id.
    Id(TenantId),
    /// By slug.
    Slug(Slug),
    /// By something that can be neither, and so is nobody's.
    Nowhere,
}

impl Destination {
    /// Reads an id or a slug, as the header `X-Tenant` has it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match (text.parse(), Slug::parse("tenant", text)) {
            (Ok(id), _) => Self::Id(id),
            (_, Ok(slug)) => Self::Slug(slug),
            _ => Self::Nowhere,
        }
    }
}

/// Finds out who holds a session and where they stand, in one round trip. On a tenant's host that is this tenant, and a
/// destination may only agree with it.
///
/// # Errors
/// [`AccessError::Unauthenticated`] for a token that is unknown, expired, revoked or of another host;
/// [`AccessError::NotFound`] for a tenant that the person does not belong to; [`AccessError::Mismatch`] for another one than
/// the host's.
pub async fn enter(
    services: &Services,
    token: &SessionToken,
    host: &Host,
    destination: &Destination,
) -> Result<Visitor, AccessError> {
    enter_from(services, token, host, destination, None).await.map_err(|refused| refused.error)
}

/// The same, from an address, which the list of devices shows.
///
/// # Errors
/// As [`enter`], with who it was where only the place is refused.
pub async fn enter_from(
    services: &Services,
    token: &SessionToken,
    host: &Host,
    destination: &Destination,
    from: Option<IpAddr>,
) -> Result<Visitor, Refused> {
    let mut connection = services.db.platform().await?;
    let hash = token.hash();
    let asked = Instant::now();
    let found = timeout(PATIENCE, look_up(&mut connection, &hash, host, destination)).await;
    let found = found.map_err(|_| services.db.silent(asked))??;
    let found = found.ok_or(AccessError::Unauthenticated)?;
    services.sightings.seen(services, &found, from);
    match host {
        Host::Main if found.place.is_none() && *destination != Destination::Current => {
            let at_home = sql::session_at_current(&mut connection, &hash).await?.ok_or(AccessError::Unauthenticated)?;
            Err(Refused::to(at_home.visitor(None, false).into(), AccessError::NotFound))
        }
        Host::Main => Ok(found.visitor(None, false)),
        Host::Tenant(_) => match host::agree(&mut connection, &found, destination).await {
            Ok(bound_to) => Ok(found.visitor(Some(bound_to), false)),
            Err(error) => Err(Refused::to(found.visitor(None, false).into(), error)),
        },
    }
}

async fn look_up(
    connection: &mut PgConnection,
    hash: &[u8],
    host: &Host,
    destination: &Destination,
) -> Result<Option<FoundSession>, DbError> {
    match (host, destination) {
        (Host::Tenant(slug), _) => sql::session_at_host(connection, hash, slug.as_str()).await,
        (Host::Main, Destination::Current) => sql::session_at_current(connection, hash).await,
        (Host::Main, Destination::Id(id)) => sql::session_at(connection, hash, Some(*id), None).await,
        (Host::Main, Destination::Slug(slug)) => sql::session_at(connection, hash, None, Some(slug.as_str())).await,
        (Host::Main, Destination::Nowhere) => sql::session_at(connection, hash, None, None).await,
    }
}

/// Finds out whose key it is and what it may open, from memory where it is known there.
///
/// # Errors
/// [`AccessError::Unauthenticated`] for a key that is unknown, revoked or expired, and for a secret that is another;
/// [`AccessError::NotFound`] for a tenant of somebody else, [`AccessError::Mismatch`] for another of the same organization.
/// Both say whose key it was.
pub async fn enter_with_key(
    services: &Services,
    key: KeyText<'_>,
    host: &Host,
    destination: &Destination,
) -> Result<Caller, Refused> {
    let known = known_key(services, key).await?.ok_or(AccessError::Unauthenticated)?;
    if known.has_ended(services.memory.now()) {
        return Err(AccessError::Unauthenticated.into());
    }
    match agrees(services, &known, host, destination).await {
        Ok(()) => Ok(Caller::Key(known)),
        Err(error) => Err(Refused::to(Caller::Key(known), error)),
    }
}

/// The key of this text that is not revoked, whether it has ended or not.
///
/// # Errors
/// When the database is away.
pub async fn known_key(services: &Services, key: KeyText<'_>) -> Result<Option<Arc<KnownKey>>, DbError> {
    let known = services.memory.key(services, key.id()).await?;
    Ok(known.filter(|known| bool::from(known.hash[..].ct_eq(&key.hash()[..]))))
}

/// A key carries its tenant; what else the request names, by its host or otherwise, may only agree.
async fn agrees(
    services: &Services,
    key: &KnownKey,
    host: &Host,
    destination: &Destination,
) -> Result<(), AccessError> {
    if let Host::Tenant(slug) = host {
        is_its(services, key, &Destination::Slug(slug.clone())).await?;
    }
    is_its(services, key, destination).await
}

async fn is_its(services: &Services, key: &KnownKey, destination: &Destination) -> Result<(), AccessError> {
    let (id, slug) = match destination {
        Destination::Current => return Ok(()),
        Destination::Id(id) if *id == key.tenant => return Ok(()),
        Destination::Slug(slug) if slug.as_str() == key.tenant_slug => return Ok(()),
        Destination::Nowhere => return Err(AccessError::NotFound),
        Destination::Id(id) => (Some(*id), None),
        Destination::Slug(slug) => (None, Some(slug.as_str())),
    };
    let mut tx = OrgTx::open(&services.db, &counting_scope(key.organization)).await?;
    let own = sql::is_own_tenant(&mut tx, id, slug).await?;
    tx.commit().await?;
    Err(if own { AccessError::Mismatch } else { AccessError::NotFound })
}

/// Where a person stands in an organization (by id or slug) and one of its tenants, or its first one.
///
/// # Errors
/// When the database is away; not to belong there is `None`.
pub async fn locate(
    services: &Services,
    user: UserId,
    organization: &OrganizationRef,
    tenant: &Destination,
) -> Result<Option<Place>, DbError> {
    let (id, slug) = match tenant {
        Destination::Id(id) => (Some(*id), None),
        Destination::Slug(slug) => (None, Some(slug.as_str())),
        Destination::Current => (None, None),
        Destination::Nowhere => return Ok(None),
    };
    let (organization_id, organization_slug) = match organization {
        OrganizationRef::Id(id) => (Some(*id), None),
        OrganizationRef::Slug(slug) => (None, Some(slug.as_str())),
    };
    let mut connection = services.db.platform().await?;
    sql::locate(&mut connection, user, id, slug, organization_id, organization_slug).await
}

/// An organization by id or slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationRef {
    /// By id.
    Id(OrganizationId),
    /// By slug.
    Slug(Slug),
}

impl OrganizationRef {
    /// Reads an id or a slug; `None` for what can be neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().map(Self::Id).ok().or_else(|| Slug::parse("organization", text).map(Self::Slug).ok())
    }
}
