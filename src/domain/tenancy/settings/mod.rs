//! An organization's settings: what it is called, by which name programs call it, and whose midnight begins its day. One verb
//! for its admins and for the platform operator.

mod rules;
mod sql;
mod zones;

use tenantry_kernel::{OrganizationId, requests::OrganizationChange, tenancy::OrganizationSettings, text::Slug};

use super::TenancyError;
use crate::{
    Services,
    access::{
        OrgScope,
        permit::{OrganizationManage, OrganizationRead},
    },
    db::{DbError, OrgTx, constraint},
};
pub use zones::Zones;

/// The organization's settings.
///
/// # Errors
/// When the database is away.
pub async fn settings(
    services: &Services,
    scope: &OrgScope<OrganizationRead>,
) -> Result<OrganizationSettings, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let held = sql::read(&mut tx).await?;
    tx.commit().await?;
    Ok(held.view)
}

/// The names of time zones that are offered to whoever chooses one, in the order of the alphabet; others of the IANA time zone
/// database are taken too.
///
/// # Errors
/// When the database is away.
pub async fn time_zones(services: &Services) -> Result<Vec<String>, DbError> {
    let names = services.zones.names(&services.db).await?;
    Ok(names.iter().filter(|name| rules::is_offered(name)).cloned().collect())
}

/// Changes settings: what the request leaves out stays, so of two who change at once each keeps what only they have changed.
/// Another time zone does not begin another day: the one that runs goes on to a midnight there, with what was counted of it.
///
/// # Errors
/// [`TenancyError::Invalid`] with every field that is out of bounds; [`TenancyError::SlugTaken`]; the database.
pub async fn change_settings(
    services: &Services,
    scope: &OrgScope<OrganizationManage>,
    request: &OrganizationChange,
) -> Result<OrganizationSettings, TenancyError> {
    let zones = match &request.time_zone {
        Some(_) => Some(services.zones.names(&services.db).await?),
        None => None,
    };
    let change = rules::parse(request, zones).map_err(TenancyError::Invalid)?;
    let mut tx = OrgTx::open(&services.db, scope).await?;
    // What is read next is read after the lock was given: in one statement it would be as old as the wait.
    sql::lock(&mut tx).await?;
    let before = sql::read(&mut tx).await?;
    let slug = change.slug.clone().filter(|slug| slug.as_str() != before.view.slug);
    let after = rules::changed(before.clone(), change);
    if after == before {
        tx.commit().await?;
        return Ok(after.view);
    }
    sql::write(&mut tx, &after).await.map_err(|error| match constraint(&error) {
        Some("organizations_slug_key") => TenancyError::SlugTaken,
        _ => TenancyError::Db(error.into()),
    })?;
    if let Some(slug) = &slug {
        refuse_anothers(services, scope.organization(), slug).await?;
    }
    tx.commit().await?;
    services.memory.forget(scope.organization());
    services.live.ring(scope.organization());
    Ok(after.view)
}

/// One name never means two customers: what is the installation's own, or a workspace's of somebody else, is taken. Asked while
/// the organization has it, so that nobody founds another with it meanwhile.
async fn refuse_anothers(services: &Services, own: OrganizationId, slug: &Slug) -> Result<(), TenancyError> {
    let is_taken = services.settings.is_own_name(slug)
        || sql::is_anothers_workspace(&mut *services.db.platform().await?, own, slug).await?;
    if is_taken { Err(TenancyError::SlugTaken) } else { Ok(()) }
}
