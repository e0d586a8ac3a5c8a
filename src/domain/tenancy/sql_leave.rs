//! The end of a membership, in the organization's own transaction.

use tenantry_kernel::UserId;
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// Holds the organization still, and answers what it is called.
pub(super) async fn lock(tx: &mut OrgTx) -> Result<Option<String>, DbError> {
    let organization = Uuid::from(tx.organization());
    let name = sqlx::query_scalar!(
        "select name from directory.organizations where organization_id = $1 for update",
        organization
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(name)
}

/// Is there no other owner?
pub(super) async fn is_last_owner(tx: &mut OrgTx, user: UserId) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let last = sqlx::query_scalar!(
        r#"select exists (
               select from directory.memberships m
               where m.organization_id = $1 and m.user_id = $2 and m.owner
                 and not exists (
                     select from directory.memberships other
                     where other.organization_id = $1 and other.owner and other.user_id <> $2)) as "last!""#,
        organization,
        Uuid::from(user)
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(last)
}

pub(super) async fn remove(tx: &mut OrgTx, user: UserId) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "delete from directory.memberships where organization_id = $1 and user_id = $2",
        organization,
        Uuid::from(user)
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
