//! Who may be asked about: keys, members and tools of one organization.

use sqlx::PgConnection;
use tenantry_kernel::{KeyId, MemberId, Role, TenantId, UserId, key::Scope, tenancy::TenantStatus, text::Email};
use uuid::Uuid;

use super::rules::{Key, Member, Tenant, Tool};
use crate::{
    db::{DbError, OrgTx, OrganizationBound as _, TenantTx},
    dispatch::ToolRef,
};

/// A tenant of the organization: the one that is named, else its first one, working ones first.
pub(super) async fn tenant(tx: &mut OrgTx, tenant: Option<TenantId>) -> Result<Option<Tenant>, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        "select tenant_id, slug, status from directory.tenants
         where organization_id = $1 and tenant_id = coalesce($2, tenant_id)
         order by status, created_at, tenant_id
         limit 1",
        organization,
        tenant.map(Uuid::from)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Tenant { id: row.tenant_id.into(), slug: row.slug, status: TenantStatus::from_word(&row.status) }))
}

/// A key of the organization, also one that was revoked.
pub(super) async fn key(tx: &mut OrgTx, key: KeyId) -> Result<Option<Key>, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        "select tenant_id, scopes, expires_at, revoked_at from directory.api_keys
         where organization_id = $1 and key_id = $2",
        organization,
        Uuid::from(key)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Key {
        id: key,
        tenant: row.tenant_id.into(),
        scopes: row.scopes.iter().filter_map(|word| Scope::from_word(word)).collect(),
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
    }))
}

/// The person with this address.
pub(super) async fn user(connection: &mut PgConnection, email: &Email) -> Result<Option<UserId>, DbError> {
    let user = sqlx::query_scalar!("select user_id from platform.users where email = $1", email.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(user.map(Into::into))
}

/// A membership of the organization.
pub(super) async fn member(tx: &mut OrgTx, member: MemberId) -> Result<Option<Member>, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        "select member_id, role, owner from directory.memberships where organization_id = $1 and member_id = $2",
        organization,
        Uuid::from(member)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| as_member(row.member_id, &row.role, row.owner)))
}

/// A person's membership of the organization.
pub(super) async fn member_of(tx: &mut OrgTx, user: UserId) -> Result<Option<Member>, DbError> {
    let organization = Uuid::from(tx.organization());
    let row = sqlx::query!(
        "select member_id, role, owner from directory.memberships where organization_id = $1 and user_id = $2",
        organization,
        Uuid::from(user)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| as_member(row.member_id, &row.role, row.owner)))
}

fn as_member(id: Uuid, role: &str, owner: bool) -> Member {
    // A word that this version does not know gives the least.
    Member { id: id.into(), role: role.parse().unwrap_or(Role::Viewer), owner }
}

/// A tool of the transaction's tenant.
pub(super) async fn tool(tx: &mut TenantTx, tool: &ToolRef) -> Result<Option<Tool>, DbError> {
    let tenant = Uuid::from(tx.tenant());
    let (id, name) = match tool {
        ToolRef::Id(id) => (Some(Uuid::from(*id)), None),
        ToolRef::Name(name) => (None, Some(name.as_str())),
    };
    let row = sqlx::query!(
        "select name, feature from tenant.tools where tenant_id = $1 and (tool_id = $2 or name = $3)",
        tenant,
        id,
        name
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Tool { name: row.name, feature: row.feature }))
}
