//! What ids of an organization's sums are called.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::{DbError, OrgTx, OrganizationBound as _};

/// Workspaces of the organization.
pub(super) async fn tenants(tx: &mut OrgTx, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        "select tenant_id, name from directory.tenants where organization_id = $1 and tenant_id = any($2)",
        organization,
        ids
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (row.tenant_id, row.name)).collect())
}

/// Keys of the organization, also those that were revoked.
pub(super) async fn keys(tx: &mut OrgTx, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, DbError> {
    let organization = Uuid::from(tx.organization());
    let rows = sqlx::query!(
        "select key_id, name from directory.api_keys where organization_id = $1 and key_id = any($2)",
        organization,
        ids
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (row.key_id, row.name)).collect())
}

/// People, by ids that stand in an organization's own records.
pub(super) async fn people(connection: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, DbError> {
    let rows = sqlx::query!("select user_id, name from platform.users where user_id = any($1)", ids)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.user_id, row.name)).collect())
}
