//! Inbound webhooks of a tenant. The table is the organization's, so every query names the tenant too.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{
    InboundId, ToolId,
    inbound::{InboundView, MOST_INBOUND, Scheme},
    page::Limit,
};
use uuid::Uuid;

use super::rules::Wish;
use crate::{
    Settings,
    db::{DbError, OrganizationBound as _, TenantTx},
};

/// A webhook as it is shown.
pub(super) struct Row {
    inbound_id: Uuid,
    name: String,
    scheme: String,
    allowlist: Vec<String>,
    tool_id: Option<Uuid>,
    tool: Option<String>,
    created_at: DateTime<Utc>,
}

impl Row {
    /// With the address under which the installation is reached.
    pub fn view(self, settings: &Settings) -> InboundView {
        let id = InboundId::from(self.inbound_id);
        InboundView {
            id,
            name: self.name,
            scheme: scheme(&self.scheme),
            allowlist: self.allowlist,
            tool: self.tool.or_else(|| self.tool_id.map(|tool| ToolId::from(tool).to_string())),
            url: settings.link(&format!("/hooks/{id}")),
            created_at: self.created_at,
        }
    }
}

/// The table's check knows the same words.
fn scheme(word: &str) -> Scheme {
    Scheme::from_word(word).unwrap_or(Scheme::Standard)
}

/// One more than fit, newest first.
pub(super) async fn webhooks(tx: &mut TenantTx, before: Option<InboundId>, limit: Limit) -> Result<Vec<Row>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let rows = sqlx::query_as!(
        Row,
        r#"select w.inbound_id, w.name, w.scheme, w.allowlist, w.tool_id, t.name as "tool?", w.created_at
           from directory.inbound_webhooks w
           left join tenant.tools t on t.tenant_id = $2 and t.tool_id = w.tool_id
           where w.organization_id = $1 and w.tenant_id = $2 and w.inbound_id < $3
           order by w.inbound_id desc
           limit $4"#,
        organization,
        tenant,
        before.map_or(Uuid::max(), Uuid::from),
        i64::from(limit.get()) + 1
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

pub(super) async fn webhook(tx: &mut TenantTx, webhook: InboundId) -> Result<Option<Row>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query_as!(
        Row,
        r#"select w.inbound_id, w.name, w.scheme, w.allowlist, w.tool_id, t.name as "tool?", w.created_at
           from directory.inbound_webhooks w
           left join tenant.tools t on t.tenant_id = $2 and t.tool_id = w.tool_id
           where w.organization_id = $1 and w.tenant_id = $2 and w.inbound_id = $3"#,
        organization,
        tenant,
        Uuid::from(webhook)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// A webhook as whoever changes it finds it.
pub(super) struct Locked {
    pub name: String,
    pub allowlist: Vec<String>,
    pub tool: Option<ToolId>,
    pub secret: Vec<u8>,
}

/// The webhook as it is, held until the transaction ends.
pub(super) async fn lock(tx: &mut TenantTx, webhook: InboundId) -> Result<Option<Locked>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query!(
        "select name, allowlist, tool_id, secret from directory.inbound_webhooks
         where organization_id = $1 and tenant_id = $2 and inbound_id = $3
         for update",
        organization,
        tenant,
        Uuid::from(webhook)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Locked {
        name: row.name,
        allowlist: row.allowlist,
        tool: row.tool_id.map(ToolId::from),
        secret: row.secret,
    }))
}

/// Are there as many as there may be?
pub(super) async fn is_full(tx: &mut TenantTx) -> Result<bool, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from directory.inbound_webhooks where organization_id = $1 and tenant_id = $2"#,
        organization,
        tenant
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(count >= i64::from(MOST_INBOUND))
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    id: InboundId,
    wish: &Wish,
    tool: Option<ToolId>,
    secret: &[u8],
) -> Result<Row, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query_as!(
        Row,
        r#"insert into directory.inbound_webhooks as w
               (organization_id, inbound_id, tenant_id, name, scheme, allowlist, tool_id, secret)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           returning w.inbound_id, w.name, w.scheme, w.allowlist, w.tool_id,
                     (select t.name from tenant.tools t where t.tenant_id = $3 and t.tool_id = w.tool_id) as tool,
                     w.created_at"#,
        organization,
        Uuid::from(id),
        tenant,
        wish.name,
        wish.scheme.as_str(),
        &wish.allowlist,
        tool.map(Uuid::from),
        secret
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Writes all that can be changed of a webhook.
pub(super) async fn change(
    tx: &mut TenantTx,
    webhook: InboundId,
    name: &str,
    allowlist: &[String],
    tool: Option<ToolId>,
) -> Result<Row, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query_as!(
        Row,
        r#"update directory.inbound_webhooks w set name = $4, allowlist = $5, tool_id = $6
           where w.organization_id = $1 and w.tenant_id = $2 and w.inbound_id = $3
           returning w.inbound_id, w.name, w.scheme, w.allowlist, w.tool_id,
                     (select t.name from tenant.tools t where t.tenant_id = $2 and t.tool_id = w.tool_id) as tool,
                     w.created_at"#,
        organization,
        tenant,
        Uuid::from(webhook),
        name,
        allowlist as &[String],
        tool.map(Uuid::from)
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Puts another secret in the place of the one that counts. Answers until when the one before is good too: now, where
/// there is none.
pub(super) async fn rotate(
    tx: &mut TenantTx,
    webhook: InboundId,
    secret: &[u8],
    previous: Option<&[u8]>,
    grace: TimeDelta,
) -> Result<(Row, DateTime<Utc>), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query!(
        r#"update directory.inbound_webhooks w
           set secret = $4, previous_secret = $5,
               previous_until = case when $5::bytea is null then null else app.now() + make_interval(secs => $6) end
           where w.organization_id = $1 and w.tenant_id = $2 and w.inbound_id = $3
           returning w.inbound_id, w.name, w.scheme, w.allowlist, w.tool_id,
                     (select t.name from tenant.tools t where t.tenant_id = $2 and t.tool_id = w.tool_id) as tool,
                     w.created_at, coalesce(w.previous_until, app.now()) as "until!""#,
        organization,
        tenant,
        Uuid::from(webhook),
        secret,
        previous,
        grace.as_seconds_f64()
    )
    .fetch_one(tx.connection())
    .await?;
    let (inbound_id, name, scheme, allowlist) = (row.inbound_id, row.name, row.scheme, row.allowlist);
    let view =
        Row { inbound_id, name, scheme, allowlist, tool_id: row.tool_id, tool: row.tool, created_at: row.created_at };
    Ok((view, row.until))
}

/// `false` where there is none.
pub(super) async fn remove(tx: &mut TenantTx, webhook: InboundId) -> Result<bool, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let removed = sqlx::query!(
        "delete from directory.inbound_webhooks where organization_id = $1 and tenant_id = $2 and inbound_id = $3",
        organization,
        tenant,
        Uuid::from(webhook)
    )
    .execute(tx.connection())
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// A webhook as the firewall finds it, before its tenant is known.
pub(super) struct Found {
    pub organization_id: Uuid,
    pub tenant_id: Uuid,
    pub tenant_status: String,
    pub scheme: String,
    pub allowlist: Vec<String>,
    pub tool_id: Option<Uuid>,
    pub secret: Vec<u8>,
    pub previous_secret: Option<Vec<u8>>,
    pub previous_until: Option<DateTime<Utc>>,
}

impl Found {
    pub fn scheme(&self) -> Scheme {
        scheme(&self.scheme)
    }
}

/// Looks it up, as the platform's role.
pub(super) async fn find(connection: &mut PgConnection, webhook: InboundId) -> Result<Option<Found>, DbError> {
    let found = sqlx::query_as!(
        Found,
        r#"select organization_id as "organization_id!", tenant_id as "tenant_id!", tenant_status as "tenant_status!",
                  scheme as "scheme!", allowlist as "allowlist!", tool_id, secret as "secret!", previous_secret,
                  previous_until
           from app.find_inbound_webhook($1)"#,
        Uuid::from(webhook)
    )
    .fetch_optional(connection)
    .await?;
    Ok(found)
}
