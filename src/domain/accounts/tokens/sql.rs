//! Families of refresh tokens and the keys that sign, as the platform's role.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{SessionId, SigningKeyId, TenantId, TokenFamilyId, UserId, account::SigningKeyView};
use uuid::Uuid;

use super::{refresh::RefreshToken, signing::Made};
use crate::db::DbError;

/// A family whose session lives, and its newest generation.
pub(super) struct Family {
    pub id: TokenFamilyId,
    pub session: SessionId,
    pub user: UserId,
    pub tenant: Option<TenantId>,
    pub generation: i64,
}

pub(super) async fn insert_family(
    connection: &mut PgConnection,
    family: &Family,
    client: &[u8],
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into platform.token_families (family_id, session_id, tenant_id, client) values ($1, $2, $3, $4)",
        Uuid::from(family.id),
        Uuid::from(family.session),
        family.tenant.map(Uuid::from),
        client
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes the next generation, if the token is of the newest one and its session lives. The row is the turn: of those who come
/// at once, one finds its token the newest.
pub(super) async fn rotate(
    connection: &mut PgConnection,
    token: RefreshToken,
    client: &[u8],
) -> Result<Option<Family>, DbError> {
    let row = sqlx::query!(
        r#"update platform.token_families f
           set generation = f.generation + 1, rotated_at = app.now(), client = $3
           from platform.live_sessions s
           where f.family_id = $1 and f.generation = $2 and f.revoked_at is null and s.session_id = f.session_id
           returning f.session_id, s.user_id as "user_id!", f.tenant_id, f.generation"#,
        Uuid::from(token.family),
        token.generation,
        client
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Family {
        id: token.family,
        session: row.session_id.into(),
        user: row.user_id.into(),
        tenant: row.tenant_id.map(Into::into),
        generation: row.generation,
    }))
}

/// The newest generation once more, for the client that made it of this token a moment ago.
pub(super) async fn again(
    connection: &mut PgConnection,
    token: RefreshToken,
    client: &[u8],
    grace: TimeDelta,
) -> Result<Option<Family>, DbError> {
    let row = sqlx::query!(
        r#"select f.session_id, s.user_id as "user_id!", f.tenant_id, f.generation
           from platform.token_families f
           join platform.live_sessions s on s.session_id = f.session_id
           where f.family_id = $1 and f.generation = $2::bigint + 1 and f.revoked_at is null
             and f.client = $3 and f.rotated_at > app.now() - make_interval(secs => $4)"#,
        Uuid::from(token.family),
        token.generation,
        client,
        grace.num_seconds() as f64
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Family {
        id: token.family,
        session: row.session_id.into(),
        user: row.user_id.into(),
        tenant: row.tenant_id.map(Into::into),
        generation: row.generation,
    }))
}

/// Ends a family; false where it had ended, or never was.
pub(super) async fn end_family(connection: &mut PgConnection, family: TokenFamilyId) -> Result<bool, DbError> {
    let ended = sqlx::query!(
        "update platform.token_families set revoked_at = app.now() where family_id = $1 and revoked_at is null",
        Uuid::from(family)
    )
    .execute(connection)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// The key that signs.
pub(super) struct CurrentKey {
    pub id: SigningKeyId,
    pub sealed_seed: Vec<u8>,
    pub now: DateTime<Utc>,
}

pub(super) async fn current_key(connection: &mut PgConnection) -> Result<Option<CurrentKey>, DbError> {
    let row = sqlx::query!(
        r#"select key_id, sealed_seed, app.now() as "now!" from platform.signing_keys where retired_at is null"#
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| CurrentKey { id: row.key_id.into(), sealed_seed: row.sealed_seed, now: row.now }))
}

/// Lets a key sign, where none does.
pub(super) async fn insert_key(connection: &mut PgConnection, made: &Made) -> Result<(), DbError> {
    sqlx::query!(
        "insert into platform.signing_keys (key_id, public_key, sealed_seed) values ($1, $2, $3) on conflict do nothing",
        Uuid::from(made.id),
        made.public_key,
        made.sealed_seed
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets no key sign any more, and lets go of those that signed nothing for a day.
pub(super) async fn retire_keys(connection: &mut PgConnection) -> Result<(), DbError> {
    sqlx::query!(
        "with old as (delete from platform.signing_keys where retired_at <= app.now() - interval '1 day')
         update platform.signing_keys set retired_at = app.now() where retired_at is null"
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn remove_keys(connection: &mut PgConnection) -> Result<(), DbError> {
    sqlx::query!("delete from platform.signing_keys").execute(connection).await?;
    Ok(())
}

/// The bytes of a public key, believed or not.
pub(super) async fn public_key(connection: &mut PgConnection, key: SigningKeyId) -> Result<Option<Vec<u8>>, DbError> {
    let found = sqlx::query_scalar!("select public_key from platform.signing_keys where key_id = $1", Uuid::from(key))
        .fetch_optional(connection)
        .await?;
    Ok(found)
}

/// Those that are believed, newest first; `lifetime` is that of what they signed.
pub(super) async fn public_keys(
    connection: &mut PgConnection,
    lifetime: TimeDelta,
) -> Result<Vec<(SigningKeyId, Vec<u8>)>, DbError> {
    let rows = sqlx::query!(
        "select key_id, public_key from platform.signing_keys
         where retired_at is null or retired_at > app.now() - make_interval(secs => $1)
         order by key_id desc",
        lifetime.num_seconds() as f64
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key_id.into(), row.public_key)).collect())
}

/// The same as whoever runs the installation sees them.
pub(super) async fn keys(connection: &mut PgConnection, lifetime: TimeDelta) -> Result<Vec<SigningKeyView>, DbError> {
    let rows = sqlx::query!(
        "select key_id, created_at, retired_at, retired_at + make_interval(secs => $1) as believed_until
         from platform.signing_keys
         where retired_at is null or retired_at > app.now() - make_interval(secs => $1)
         order by key_id desc",
        lifetime.num_seconds() as f64
    )
    .fetch_all(connection)
    .await?;
    let view = |id: Uuid, created_at, retired: Option<DateTime<Utc>>, believed_until| SigningKeyView {
        id: id.into(),
        signs: retired.is_none(),
        created_at,
        believed_until,
    };
    Ok(rows.into_iter().map(|row| view(row.key_id, row.created_at, row.retired_at, row.believed_until)).collect())
}
