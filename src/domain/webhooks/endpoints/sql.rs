//! Endpoints of a tenant. The table is the organization's, so every query names the tenant too.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    EndpointId,
    endpoint::{DisabledReason, DisabledView, EndpointView, EventType, MOST_ENDPOINTS},
    page::Limit,
};
use uuid::Uuid;

use super::rules::{Change, Wish};
use crate::db::{DbError, OrganizationBound, TenantTx};

struct EndpointRow {
    endpoint_id: Uuid,
    url: String,
    description: String,
    types: Vec<String>,
    enabled: bool,
    disabled_reason: Option<String>,
    disabled_at: Option<DateTime<Utc>>,
    failing_since: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<EndpointRow> for EndpointView {
    fn from(row: EndpointRow) -> Self {
        let reason = row.disabled_reason.as_deref().and_then(DisabledReason::from_word);
        Self {
            id: row.endpoint_id.into(),
            url: row.url,
            description: row.description,
            // A word that only another version knows is left out.
            events: row.types.iter().filter_map(|word| EventType::from_word(word)).collect(),
            enabled: row.enabled,
            disabled: reason.zip(row.disabled_at).map(|(reason, at)| DisabledView { reason, at }),
            failing_since: row.failing_since,
            created_at: row.created_at,
        }
    }
}

fn words(events: &[EventType]) -> Vec<String> {
    events.iter().map(|event| event.as_str().to_owned()).collect()
}

/// Holds the tenant's own row until the transaction ends, against others who make endpoints; admission does not ask for it.
pub(super) async fn hold_tenant(tx: &mut TenantTx) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    sqlx::query!(
        "select tenant_id from directory.tenants where organization_id = $1 and tenant_id = $2 for no key update",
        organization,
        tenant
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(())
}

/// Are there as many as there may be?
pub(super) async fn is_full(tx: &mut TenantTx) -> Result<bool, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from org.endpoints where organization_id = $1 and tenant_id = $2"#,
        organization,
        tenant
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(count >= i64::from(MOST_ENDPOINTS))
}

/// A page of the tenant's endpoints and one more, newest first.
pub(super) async fn endpoints(
    tx: &mut TenantTx,
    before: Option<EndpointId>,
    limit: Limit,
) -> Result<Vec<EndpointView>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let rows = sqlx::query_as!(
        EndpointRow,
        "select endpoint_id, url, description, types, enabled, disabled_reason, disabled_at, failing_since, created_at
         from org.endpoints
         where organization_id = $1 and tenant_id = $2 and endpoint_id < $3
         order by endpoint_id desc
         limit $4",
        organization,
        tenant,
        before.map_or(Uuid::max(), Uuid::from),
        i64::from(limit.get()) + 1
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) async fn endpoint(tx: &mut TenantTx, endpoint: EndpointId) -> Result<Option<EndpointView>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query_as!(
        EndpointRow,
        "select endpoint_id, url, description, types, enabled, disabled_reason, disabled_at, failing_since, created_at
         from org.endpoints
         where organization_id = $1 and tenant_id = $2 and endpoint_id = $3",
        organization,
        tenant,
        Uuid::from(endpoint)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(Into::into))
}

/// An endpoint as whoever changes it finds it.
pub(super) struct Locked {
    pub view: EndpointView,
    /// As it lies there.
    pub secret: Vec<u8>,
}

/// The endpoint as it is, held until the transaction ends.
pub(super) async fn lock(tx: &mut TenantTx, endpoint: EndpointId) -> Result<Option<Locked>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let secret = sqlx::query_scalar!(
        "select secret from org.endpoints
         where organization_id = $1 and tenant_id = $2 and endpoint_id = $3
         for no key update",
        organization,
        tenant,
        Uuid::from(endpoint)
    )
    .fetch_optional(tx.connection())
    .await?;
    let Some(secret) = secret else { return Ok(None) };
    Ok(self::endpoint(tx, endpoint).await?.map(|view| Locked { view, secret }))
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    id: EndpointId,
    wish: &Wish,
    secret: &[u8],
) -> Result<EndpointView, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query_as!(
        EndpointRow,
        "insert into org.endpoints (organization_id, endpoint_id, tenant_id, url, description, types, secret)
         values ($1, $2, $3, $4, $5, $6, $7)
         returning endpoint_id, url, description, types, enabled, disabled_reason, disabled_at, failing_since, created_at",
        organization,
        Uuid::from(id),
        tenant,
        wish.url,
        wish.description,
        &words(&wish.events),
        secret
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(row.into())
}

/// Writes what is to be changed; the rest stays.
pub(super) async fn change(tx: &mut TenantTx, endpoint: EndpointId, change: &Change) -> Result<(), DbError> {
    let types = change.events.as_deref().map(words);
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    sqlx::query!(
        "update org.endpoints
         set url = coalesce($4, url), description = coalesce($5, description), types = coalesce($6, types),
             changed_at = app.now()
         where organization_id = $1 and tenant_id = $2 and endpoint_id = $3",
        organization,
        tenant,
        Uuid::from(endpoint),
        change.url,
        change.description,
        types.as_deref()
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

pub(super) async fn enable(tx: &mut TenantTx, endpoint: EndpointId) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    sqlx::query!(
        "update org.endpoints set enabled = true, disabled_reason = null, disabled_at = null, failing_since = null
         where organization_id = $1 and tenant_id = $2 and endpoint_id = $3",
        organization,
        tenant,
        Uuid::from(endpoint)
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Disables an endpoint of the organization, and drops what waits. What is under way comes to its end.
pub(super) async fn disable(
    tx: &mut impl OrganizationBound,
    endpoint: EndpointId,
    reason: DisabledReason,
) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "with dropped as (
             update org.deliveries set state = 'dropped', ended_at = app.now(), leased_until = null
             where organization_id = $1 and endpoint_id = $2 and state = 'waiting'
               and (leased_until is null or leased_until <= app.now())
         )
         update org.endpoints set enabled = false, disabled_reason = $3, disabled_at = app.now()
         where organization_id = $1 and endpoint_id = $2",
        organization,
        Uuid::from(endpoint),
        reason.as_str()
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Puts another secret in the place of the one that counts. Answers until when the one before signs too: now, where there
/// is none.
pub(super) async fn rotate(
    tx: &mut TenantTx,
    endpoint: EndpointId,
    secret: &[u8],
    previous: Option<&[u8]>,
) -> Result<DateTime<Utc>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let until = sqlx::query_scalar!(
        r#"update org.endpoints
           set secret = $4, previous_secret = $5,
               previous_until = case when $5::bytea is null then null else app.now() + interval '24 hours' end,
               changed_at = app.now()
           where organization_id = $1 and tenant_id = $2 and endpoint_id = $3
           returning coalesce(previous_until, app.now()) as "until!""#,
        organization,
        tenant,
        Uuid::from(endpoint),
        secret,
        previous
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(until)
}

/// `false` where there is none.
pub(super) async fn remove(tx: &mut TenantTx, endpoint: EndpointId) -> Result<bool, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let removed = sqlx::query!(
        "delete from org.endpoints where organization_id = $1 and tenant_id = $2 and endpoint_id = $3",
        organization,
        tenant,
        Uuid::from(endpoint)
    )
    .execute(tx.connection())
    .await?;
    Ok(removed.rows_affected() == 1)
}
