//! Leaving an organization: a membership ends, unless the organization would be left without an owner.

use tenantry_kernel::{OrganizationId, UserId};

use super::sql_leave;
use crate::{
    Services,
    access::leaving_scope,
    db::{DbError, OrgTx},
};

/// Lets a person leave; the answer is the organization's name where it would be left without an owner, and nothing was done.
/// Whoever does not belong there has left.
///
/// # Errors
/// When the database is away.
pub(crate) async fn leave(
    services: &Services,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<String>, DbError> {
    let mut tx = OrgTx::open(&services.db, &leaving_scope(organization)).await?;
    // The organization's row is everybody's turn: of two last owners who leave at once, one stays.
    let name = sql_leave::lock(&mut tx).await?;
    if sql_leave::is_last_owner(&mut tx, user).await? {
        return Ok(name);
    }
    sql_leave::remove(&mut tx, user).await?;
    tx.commit().await?;
    services.live.ring(organization);
    Ok(None)
}
