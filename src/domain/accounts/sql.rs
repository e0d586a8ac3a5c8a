//! People and sessions, as the platform's role.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{SessionId, TenantId, UserId, tenancy::UserView, text::Email};
use uuid::Uuid;

use super::Client;
use crate::db::DbError;

pub(super) async fn insert_user(
    connection: &mut PgConnection,
    user: &UserView,
    password_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into platform.users (user_id, name, email, password_hash) values ($1, $2, $3, $4)",
        Uuid::from(user.id),
        user.name,
        user.email,
        password_hash
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An account, as a sign-in looks at it.
pub(super) struct Account {
    pub user: UserView,
    pub password_hash: String,
    /// Is its address proven?
    pub verified: bool,
}

pub(super) async fn user_by_email(connection: &mut PgConnection, email: &Email) -> Result<Option<Account>, DbError> {
    let row = sqlx::query!(
        r#"select user_id, name, email, password_hash, email_verified_at is not null as "verified!"
           from platform.users where email = $1"#,
        email.as_str()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Account {
        user: UserView { id: row.user_id.into(), name: row.name, email: row.email },
        password_hash: row.password_hash,
        verified: row.verified,
    }))
}

pub(super) async fn insert_session(
    connection: &mut PgConnection,
    session: SessionId,
    user: UserId,
    token_hash: &[u8],
    client: Client<'_>,
    lifetime: TimeDelta,
) -> Result<DateTime<Utc>, DbError> {
    let expires_at = sqlx::query_scalar!(
        "insert into platform.sessions (session_id, user_id, token_hash, user_agent, address, expires_at)
         values ($1, $2, $3, $4, $5, app.now() + make_interval(secs => $6))
         returning expires_at",
        Uuid::from(session),
        Uuid::from(user),
        token_hash,
        client.device,
        client.address.map(|address| address.to_string()).unwrap_or_default(),
        lifetime.num_seconds() as f64
    )
    .fetch_one(connection)
    .await?;
    Ok(expires_at)
}

/// Ends a session and its kin: a session of the main host and all that came from it.
pub(super) async fn revoke_session(connection: &mut PgConnection, token_hash: &[u8]) -> Result<(), DbError> {
    sqlx::query!(
        "with family as (
             select coalesce(parent_session_id, session_id) as head from platform.sessions where token_hash = $1
         )
         update platform.sessions s set revoked_at = app.now() from family
         where (s.session_id = family.head or s.parent_session_id = family.head) and s.revoked_at is null",
        token_hash
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sessions were used; one of a tenant's host keeps the one alive that it came from.
pub(super) async fn touch_sessions(
    connection: &mut PgConnection,
    sessions: &[(SessionId, Option<IpAddr>)],
) -> Result<(), DbError> {
    let (ids, addresses): (Vec<Uuid>, Vec<Option<String>>) =
        sessions.iter().map(|(id, from)| (Uuid::from(*id), from.map(|from| from.to_string()))).unzip();
    sqlx::query!(
        "with used as (
             select own.session_id, own.parent_session_id, t.address
             from unnest($1::uuid[], $2::text[]) t (session_id, address)
             join platform.sessions own on own.session_id = t.session_id
         ), all_used as (
             select session_id, max(address) as address
             from (select session_id, address from used
                   union all select parent_session_id, address from used where parent_session_id is not null) one
             group by session_id
         ), locked as (
             select s.session_id from platform.sessions s join all_used using (session_id)
             order by s.session_id for no key update of s
         )
         update platform.sessions s set last_seen_at = app.now(), address = coalesce(all_used.address, s.address)
         from locked join all_used using (session_id)
         where s.session_id = locked.session_id",
        &ids,
        &addresses as &[Option<String>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn set_current_tenant(
    connection: &mut PgConnection,
    session: SessionId,
    tenant: TenantId,
) -> Result<(), DbError> {
    sqlx::query!(
        "update platform.sessions set current_tenant_id = $2 where session_id = $1",
        Uuid::from(session),
        Uuid::from(tenant)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps a flash, and lets go of those that nobody came back for.
pub(super) async fn insert_flash(
    connection: &mut PgConnection,
    token_hash: &[u8],
    path: &str,
    content: &str,
) -> Result<(), DbError> {
    sqlx::query!(
        "with old as (delete from platform.flashes where created_at <= app.now() - interval '10 minutes')
         insert into platform.flashes (token_hash, path, content) values ($1, $2, $3)",
        token_hash,
        path,
        content
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn take_flash(
    connection: &mut PgConnection,
    token_hash: &[u8],
    path: &str,
) -> Result<Option<String>, DbError> {
    let content = sqlx::query_scalar!(
        "delete from platform.flashes
         where token_hash = $1 and path = $2 and created_at > app.now() - interval '10 minutes'
         returning content",
        token_hash,
        path
    )
    .fetch_optional(connection)
    .await?;
    Ok(content)
}

/// Has anybody signed up?
pub(super) async fn anybody(connection: &mut PgConnection) -> Result<bool, DbError> {
    let somebody = sqlx::query_scalar!(r#"select exists (select from platform.users) as "somebody!""#)
        .fetch_one(connection)
        .await?;
    Ok(somebody)
}
