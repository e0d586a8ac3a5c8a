//! Organizations, tenants and memberships.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{
    OrganizationId, Role, ToolId, UserId,
    tenancy::{OrganizationView, TenantStatus, TenantView},
    text::IdempotencyKey,
};
use uuid::Uuid;

use super::rules::Founding;
use crate::{
    db::{DbError, OrganizationBound as _, TenantTx},
    idempotency::{Answer, Kept, OnceKey},
};

/// One row a workspace, in the order of the organizations' names; rows of one organization stand together.
pub(super) async fn organizations_of(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<OrganizationView>, DbError> {
    let rows = sqlx::query!(
        r#"select organization_id as "organization_id!", slug as "slug!", name as "name!", plan_id as "plan_id!",
                  created_at as "created_at!", role as "role!", owner as "owner!", tenant_id as "tenant_id!",
                  tenant_slug as "tenant_slug!", tenant_name as "tenant_name!", tenant_status as "tenant_status!"
           from app.organizations_of($1)"#,
        Uuid::from(user)
    )
    .fetch_all(connection)
    .await?;
    let mut organizations: Vec<OrganizationView> = Vec::new();
    for row in rows {
        let tenant = TenantView {
            id: row.tenant_id.into(),
            name: row.tenant_name,
            slug: row.tenant_slug,
            status: TenantStatus::from_word(&row.tenant_status),
        };
        let id = OrganizationId::from(row.organization_id);
        match organizations.last_mut() {
            Some(last) if last.id == id => last.tenants.push(tenant),
            _ => organizations.push(OrganizationView {
                id,
                name: row.name,
                slug: row.slug,
                plan: row.plan_id,
                role: row.role.parse().unwrap_or(Role::Viewer),
                owner: row.owner,
                tenants: vec![tenant],
                created_at: row.created_at,
            }),
        }
    }
    Ok(organizations)
}

/// Holds the person's own row until the transaction ends. What is counted in it is counted after the lock was given, by a
/// statement of its own: in one statement it would be as old as the wait.
pub(super) async fn hold_person(connection: &mut PgConnection, user: UserId) -> Result<(), DbError> {
    sqlx::query!("select user_id from platform.users where user_id = $1 for no key update", Uuid::from(user))
        .fetch_one(connection)
        .await?;
    Ok(())
}

pub(super) async fn owned_on_plan(connection: &mut PgConnection, user: UserId, plan: &str) -> Result<i64, DbError> {
    let owned = sqlx::query_scalar!(r#"select app.owned_on_plan($1, $2) as "owned!""#, Uuid::from(user), plan)
        .fetch_one(connection)
        .await?;
    Ok(owned)
}

/// The first rows of an organization: itself, its tenant, its owner and its gate.
pub(super) async fn insert_organization(tx: &mut TenantTx, founding: &Founding) -> Result<DateTime<Utc>, sqlx::Error> {
    let organization = Uuid::from(founding.organization);
    let created_at = sqlx::query_scalar!(
        "insert into directory.organizations
             (organization_id, slug, name, plan_id, plan_version, plan_anchor, plan_expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         returning created_at",
        organization,
        founding.slug.as_str(),
        founding.name,
        founding.held.plan,
        founding.held.version,
        founding.held.anchor,
        founding.held.expires_at
    )
    .fetch_one(tx.connection())
    .await?;
    sqlx::query!(
        "with tenant as (
             insert into directory.tenants (organization_id, tenant_id, slug, name) values ($1, $2, $3, $4)
         ), member as (
             insert into directory.memberships (organization_id, member_id, user_id, role, owner)
             values ($1, $5, $6, 'admin', true)
         )
         insert into org.gates (organization_id) values ($1)",
        organization,
        Uuid::from(founding.tenant),
        founding.tenant_slug.as_str(),
        founding.name,
        Uuid::from(founding.member),
        Uuid::from(founding.user)
    )
    .execute(tx.connection())
    .await?;
    Ok(created_at)
}

/// The built-in tools that a tenant starts with. A statement of its own: the tenant must be there to be open.
pub(super) async fn insert_first_tools(tx: &mut TenantTx, echo: ToolId, http_request: ToolId) -> Result<(), DbError> {
    let tenant = Uuid::from(tx.tenant());
    sqlx::query!(
        "insert into tenant.tools (tenant_id, tool_id, name, kind)
         values ($1, $2, 'echo', 'builtin'), ($1, $3, 'http-request', 'builtin')",
        tenant,
        Uuid::from(echo),
        Uuid::from(http_request)
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

pub(super) async fn kept_answer(
    connection: &mut PgConnection,
    user: UserId,
    key: &IdempotencyKey,
) -> Result<Option<Kept>, DbError> {
    let kept = sqlx::query_as!(
        Kept,
        "select request_hash, status, body from platform.idempotency
         where user_id = $1 and key = $2 and created_at > app.now() - interval '24 hours'",
        Uuid::from(user),
        key.as_str()
    )
    .fetch_optional(connection)
    .await?;
    Ok(kept)
}

/// Keeps the answer in the transaction of its effect; `false` where another request has the key.
pub(super) async fn keep_answer(
    tx: &mut TenantTx,
    user: UserId,
    once: &OnceKey,
    answer: &Answer,
) -> Result<bool, DbError> {
    let kept = sqlx::query_scalar!(
        r#"select app.keep_answer($1, $2, $3, $4, $5) as "kept!""#,
        Uuid::from(user),
        once.key.as_str(),
        &once.request_hash[..],
        i16::try_from(answer.status).unwrap_or(201),
        answer.body
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(kept)
}
