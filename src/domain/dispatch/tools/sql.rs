//! Tools of a tenant.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    ToolId,
    dispatch::{ToolKind, ToolView},
    page::Limit,
    tool::MOST_TOOLS,
};
use uuid::Uuid;

use super::{super::rules::ToolRef, error::ToolError, rules::Wish};
use crate::db::{DbError, OrganizationBound as _, TenantTx, constraint};

struct ToolRow {
    tool_id: Uuid,
    name: String,
    kind: String,
    url: Option<String>,
    feature: Option<String>,
    timeout_seconds: i32,
    created_at: DateTime<Utc>,
}

impl From<ToolRow> for ToolView {
    fn from(row: ToolRow) -> Self {
        Self {
            id: row.tool_id.into(),
            name: row.name,
            // The table's check knows the same words.
            kind: ToolKind::from_word(&row.kind).unwrap_or(ToolKind::Builtin),
            url: row.url,
            feature: row.feature,
            timeout_seconds: row.timeout_seconds,
            created_at: row.created_at,
        }
    }
}

/// A page of the tenant's tools and one more, by name; the first is the one after the empty name, which no tool has.
pub(super) async fn tools(tx: &mut TenantTx, after: Option<&str>, limit: Limit) -> Result<Vec<ToolView>, DbError> {
    let tenant = Uuid::from(tx.tenant());
    let rows = sqlx::query_as!(
        ToolRow,
        r#"select tool_id, name, kind, url, feature, timeout_seconds, created_at from tenant.tools
           where tenant_id = $1 and name collate "C" > $2
           order by name collate "C"
           limit $3"#,
        tenant,
        after.unwrap_or_default(),
        i64::from(limit.get()) + 1
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(ToolView::from).collect())
}

pub(super) async fn tool(tx: &mut TenantTx, tool: &ToolRef) -> Result<Option<ToolView>, DbError> {
    let tenant = Uuid::from(tx.tenant());
    let (id, name) = match tool {
        ToolRef::Id(id) => (Some(Uuid::from(*id)), None),
        ToolRef::Name(name) => (None, Some(name.as_str())),
    };
    let row = sqlx::query_as!(
        ToolRow,
        "select tool_id, name, kind, url, feature, timeout_seconds, created_at from tenant.tools
         where tenant_id = $1 and (tool_id = $2 or name = $3)",
        tenant,
        id,
        name
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(ToolView::from))
}

/// A tool as whoever changes it finds it.
pub(super) struct Locked {
    pub view: ToolView,
    /// As it lies there; a built-in tool has none.
    pub secret: Option<Vec<u8>>,
}

/// The tool as it is, held until the transaction ends.
pub(super) async fn lock(tx: &mut TenantTx, tool: ToolId) -> Result<Option<Locked>, DbError> {
    let tenant = Uuid::from(tx.tenant());
    let row = sqlx::query!(
        "select tool_id, name, kind, url, feature, timeout_seconds, created_at, secret from tenant.tools
         where tenant_id = $1 and tool_id = $2
         for update",
        tenant,
        Uuid::from(tool)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Locked {
        secret: row.secret,
        view: ToolView::from(ToolRow {
            tool_id: row.tool_id,
            name: row.name,
            kind: row.kind,
            url: row.url,
            feature: row.feature,
            timeout_seconds: row.timeout_seconds,
            created_at: row.created_at,
        }),
    }))
}

/// Are there as many as there may be?
pub(super) async fn is_full(tx: &mut TenantTx) -> Result<bool, DbError> {
    let tenant = Uuid::from(tx.tenant());
    let count = sqlx::query_scalar!(r#"select count(*) as "count!" from tenant.tools where tenant_id = $1"#, tenant)
        .fetch_one(tx.connection())
        .await?;
    Ok(count >= i64::from(MOST_TOOLS))
}

pub(super) async fn insert(tx: &mut TenantTx, id: ToolId, wish: &Wish, secret: &[u8]) -> Result<ToolView, ToolError> {
    let tenant = Uuid::from(tx.tenant());
    let row = sqlx::query_as!(
        ToolRow,
        "insert into tenant.tools (tenant_id, tool_id, name, kind, url, feature, timeout_seconds, secret)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         returning tool_id, name, kind, url, feature, timeout_seconds, created_at",
        tenant,
        Uuid::from(id),
        wish.name.as_str(),
        ToolKind::Webhook.as_str(),
        wish.url,
        wish.feature,
        wish.timeout_seconds,
        secret
    )
    .fetch_one(tx.connection())
    .await
    .map_err(|error| taken(error, wish.name.as_str()))?;
    Ok(row.into())
}

/// Writes all that can be changed of a tool.
pub(super) async fn change(tx: &mut TenantTx, tool: &ToolView) -> Result<(), ToolError> {
    let tenant = Uuid::from(tx.tenant());
    sqlx::query!(
        "update tenant.tools set name = $3, url = $4, feature = $5, timeout_seconds = $6, changed_at = app.now()
         where tenant_id = $1 and tool_id = $2",
        tenant,
        Uuid::from(tool.id),
        tool.name,
        tool.url,
        tool.feature,
        tool.timeout_seconds
    )
    .execute(tx.connection())
    .await
    .map_err(|error| taken(error, &tool.name))?;
    Ok(())
}

fn taken(error: sqlx::Error, name: &str) -> ToolError {
    match constraint(&error) {
        Some("tools_name_key") => ToolError::NameTaken(name.to_owned()),
        _ => ToolError::Db(error.into()),
    }
}

/// Puts another secret in the place of the one that counts. Answers until when the one before signs too: now, where there
/// is none.
pub(super) async fn rotate(
    tx: &mut TenantTx,
    tool: ToolId,
    secret: &[u8],
    previous: Option<&[u8]>,
) -> Result<DateTime<Utc>, DbError> {
    let tenant = Uuid::from(tx.tenant());
    let until = sqlx::query_scalar!(
        r#"update tenant.tools
           set secret = $3, previous_secret = $4,
               previous_until = case when $4::bytea is null then null else app.now() + interval '24 hours' end,
               changed_at = app.now()
           where tenant_id = $1 and tool_id = $2
           returning coalesce(previous_until, app.now()) as "until!""#,
        tenant,
        Uuid::from(tool),
        secret,
        previous
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(until)
}

pub(super) async fn remove(tx: &mut TenantTx, tool: ToolId) -> Result<(), DbError> {
    let tenant = Uuid::from(tx.tenant());
    sqlx::query!("delete from tenant.tools where tenant_id = $1 and tool_id = $2", tenant, Uuid::from(tool))
        .execute(tx.connection())
        .await?;
    Ok(())
}
