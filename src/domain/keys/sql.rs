//! Keys of a tenant. The table is the organization's, so every query names the tenant too.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    KeyId, UserId,
    key::{Environment, KeyView, Scope},
    page::Limit,
};
use uuid::Uuid;

use super::{
    rules::{Old, Wish},
    text::KeyText,
};
use crate::db::{DbError, OrganizationBound as _, TenantTx};

struct KeyRow {
    key_id: Uuid,
    name: String,
    prefix: String,
    last4: String,
    scopes: Vec<String>,
    environment: String,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

fn scopes(words: &[String]) -> Vec<Scope> {
    words.iter().filter_map(|word| Scope::from_word(word)).collect()
}

impl From<KeyRow> for KeyView {
    fn from(row: KeyRow) -> Self {
        Self {
            id: row.key_id.into(),
            name: row.name,
            prefix: row.prefix,
            last4: row.last4,
            scopes: scopes(&row.scopes),
            environment: Environment::from_word(&row.environment).unwrap_or_default(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// The database's time, which decides when a key ends.
pub(super) async fn now(tx: &mut TenantTx) -> Result<DateTime<Utc>, DbError> {
    Ok(sqlx::query_scalar!(r#"select app.now() as "now!""#).fetch_one(tx.connection()).await?)
}

/// One more than fit, newest first.
pub(super) async fn keys(tx: &mut TenantTx, before: Option<KeyId>, limit: Limit) -> Result<Vec<KeyView>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let rows = sqlx::query_as!(
        KeyRow,
        "select key_id, name, prefix, last4, scopes, environment, created_at, expires_at, last_used_at
         from directory.api_keys
         where organization_id = $1 and tenant_id = $2 and revoked_at is null and key_id < $3
         order by key_id desc
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

pub(super) async fn key(tx: &mut TenantTx, key: KeyId) -> Result<Option<KeyView>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query_as!(
        KeyRow,
        "select key_id, name, prefix, last4, scopes, environment, created_at, expires_at, last_used_at
         from directory.api_keys
         where organization_id = $1 and tenant_id = $2 and key_id = $3 and revoked_at is null",
        organization,
        tenant,
        Uuid::from(key)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(Into::into))
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    id: KeyId,
    wish: &Wish,
    text: KeyText<'_>,
    created_by: Option<UserId>,
) -> Result<KeyView, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let words: Vec<String> = wish.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    let row = sqlx::query_as!(
        KeyRow,
        "insert into directory.api_keys
             (organization_id, key_id, tenant_id, name, environment, scopes, prefix, last4, secret_hash, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         returning key_id, name, prefix, last4, scopes, environment, created_at, expires_at, last_used_at",
        organization,
        Uuid::from(id),
        tenant,
        wish.name,
        wish.environment.as_str(),
        &words,
        text.prefix(),
        text.last4(),
        &text.hash()[..],
        created_by.map(Uuid::from),
        wish.expires_at
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(row.into())
}

/// The key as it is, held until the transaction ends.
pub(super) async fn lock_key(tx: &mut TenantTx, key: KeyId) -> Result<Option<Old>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let row = sqlx::query!(
        "select name, scopes, environment, created_at, expires_at
         from directory.api_keys
         where organization_id = $1 and tenant_id = $2 and key_id = $3 and revoked_at is null
         for update",
        organization,
        tenant,
        Uuid::from(key)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Old {
        name: row.name,
        scopes: scopes(&row.scopes),
        environment: Environment::from_word(&row.environment).unwrap_or_default(),
        created_at: row.created_at,
        expires_at: row.expires_at,
    }))
}

pub(super) async fn set_end(tx: &mut TenantTx, key: KeyId, end: DateTime<Utc>) -> Result<(), DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    sqlx::query!(
        "update directory.api_keys set expires_at = $4 where organization_id = $1 and tenant_id = $2 and key_id = $3",
        organization,
        tenant,
        Uuid::from(key),
        end
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// `false` where there is none that is not revoked.
pub(super) async fn revoke(tx: &mut TenantTx, key: KeyId) -> Result<bool, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let revoked = sqlx::query!(
        "update directory.api_keys set revoked_at = app.now()
         where organization_id = $1 and tenant_id = $2 and key_id = $3 and revoked_at is null",
        organization,
        tenant,
        Uuid::from(key)
    )
    .execute(tx.connection())
    .await?;
    Ok(revoked.rows_affected() == 1)
}
