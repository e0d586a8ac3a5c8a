//! The sums beside what they are sums of: checked against it, and made anew out of it.

use serde::Serialize;

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

/// Compares every sum of the organization with its records, as both stand at one moment.
///
/// # Errors
/// When the database is away.
pub async fn check(services: &Services, scope: &OrgScope<Operating>) -> Result<RollupsView, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    let wrong = sql_rollups::wrong(&mut tx).await?;
    let rollups = sql_rollups::count(&mut tx).await?;
    tx.commit().await?;
    Ok(RollupsView { rollups, wrong })
}

/// Makes the organization's sums anew out of its records, to the same bytes where they were right. Nothing is recorded
/// meanwhile: it holds both locks.
///
/// # Errors
/// When the database is away.
pub async fn rebuild(services: &Services, scope: &OrgScope<Operating>) -> Result<RollupsView, DbError> {
    let mut tx = OrgTx::open(&services.db, scope).await?;
    sql_rollups::lock(&mut tx).await?;
    let wrong = sql_rollups::wrong(&mut tx).await?;
    sql_rollups::rebuild(&mut tx).await?;
    let rollups = sql_rollups::count(&mut tx).await?;
    tx.commit().await?;
    Ok(RollupsView { rollups, wrong })
}
