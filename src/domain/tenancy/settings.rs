//! What the platform operator sets of an organization.

use tenantry_kernel::FieldError;

use super::{TenancyError, sql};
use crate::{
    Services,
    access::{OrgScope, permit::Operating},
    db::{DbError, OrgTx},
};

/// Whose midnight begins the organization's day of API calls.
///
/// # Errors
/// When the database is away.
pub async fn time_zone(services: &Services, scope: &OrgScope<Operating>) -> Result<String, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let zone = sql::time_zone(&mut tx).await?;
    tx.commit().await?;
    Ok(zone)
}

/// Gives the organization another day of API calls: from midnight to midnight in a zone. What was counted of the day that
/// was is not carried into the new one.
///
/// # Errors
/// [`TenancyError::Invalid`] for a name that the time zone database does not have; the database.
pub async fn set_time_zone(services: &Services, scope: &OrgScope<Operating>, name: &str) -> Result<(), TenancyError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    if !sql::is_time_zone(&mut tx, name).await? {
        let detail = "Use a name of the IANA time zone database, such as UTC or Europe/Berlin.";
        return Err(TenancyError::Invalid(vec![FieldError::new("time_zone", "UNKNOWN", detail)]));
    }
    sql::set_time_zone(&mut tx, name).await?;
    tx.commit().await?;
    services.memory.forget(scope.organization());
    Ok(())
}
