//! The sums beside what they are sums of: checked against it, and made anew out of it.

use serde::Serialize;
use tenantry_kernel::{Code, Problem};

use super::sql_rollups;
use crate::{
    Services,
    access::{OrgScope, permit::Operating},
    db::{DbError, OrgTx},
};

/// How sums and records stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RollupsView {
    /// Sums that are kept.
    pub rollups: u64,
    /// Those of them that are not what the records make, and those that are missing; of a rebuild, those that it put right.
    pub wrong: u64,
}

/// Why sums were not compared or made anew.
#[derive(Debug, thiserror::Error)]
pub enum RollupsError {
    /// It takes longer than it may.
    #[error("the sums take too long")]
    TooLong,
    /// The database.
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for RollupsError {
    fn from(error: DbError) -> Self {
        let code = |source: &sqlx::Error| source.as_database_error()?.code().map(|code| code == "57014");
        match &error {
            DbError::Away(source) if code(source) == Some(true) => Self::TooLong,
            _ => Self::Db(error),
        }
    }
}

impl From<RollupsError> for Problem {
    fn from(error: RollupsError) -> Self {
        match error {
            RollupsError::TooLong => Self::new(
                Code::GuardUnavailable,
                "This organization's sums take longer than an hour. Nothing was changed; try again when less is going on.",
            ),
            RollupsError::Db(error) => error.into(),
        }
    }
}

/// Compares every sum of the organization with its records, as both stand at one moment.
///
/// # Errors
/// [`RollupsError::TooLong`] after an hour; the database.
pub async fn check(services: &Services, scope: &OrgScope<Operating>) -> Result<RollupsView, RollupsError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    sql_rollups::take_time(&mut tx).await?;
    let wrong = sql_rollups::wrong(&mut tx).await?;
    let rollups = sql_rollups::count(&mut tx).await?;
    tx.commit().await?;
    Ok(RollupsView { rollups, wrong })
}

/// Makes the organization's sums anew out of its records, to the same bytes where they were right. Nothing is recorded
/// meanwhile: it holds both locks, but only where something is wrong.
///
/// # Errors
/// [`RollupsError::TooLong`] after an hour; the database.
pub async fn rebuild(services: &Services, scope: &OrgScope<Operating>) -> Result<RollupsView, RollupsError> {
    // Whatever is recorded meanwhile moves both alike, so what is wrong now is wrong under the locks, too.
    let found = check(services, scope).await?;
    if found.wrong == 0 {
        return Ok(found);
    }
    let mut tx = OrgTx::open(&services.db, scope).await?;
    sql_rollups::take_time(&mut tx).await?;
    sql_rollups::lock(&mut tx).await?;
    sql_rollups::rebuild(&mut tx).await?;
    let rollups = sql_rollups::count(&mut tx).await?;
    tx.commit().await?;
    Ok(RollupsView { rollups, wrong: found.wrong })
}
