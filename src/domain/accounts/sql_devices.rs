//! Sessions as their people see them, as the platform's role. A device is a session of the main host; those of tenants' hosts
//! that came from it are a part of it.

use sqlx::PgConnection;
use tenantry_kernel::{SessionId, UserId, account::SessionView, page::Limit};
use uuid::Uuid;

use super::device;
use crate::db::DbError;

/// One more than fit, the last that signed in first. `own` is the session that asks, of whatever host.
pub(super) async fn sessions(
    connection: &mut PgConnection,
    user: UserId,
    own: Option<SessionId>,
    before: Option<SessionId>,
    limit: Limit,
) -> Result<Vec<SessionView>, DbError> {
    let rows = sqlx::query!(
        r#"select s.session_id as "session_id!", s.user_agent as "user_agent!", s.address as "address!",
                  s.created_at as "created_at!", s.last_seen_at as "last_seen_at!", s.expires_at as "expires_at!",
                  exists (select from platform.sessions own
                          where own.session_id = $2
                            and s.session_id in (own.session_id, own.parent_session_id)) as "current!"
           from platform.live_sessions s
           where s.user_id = $1 and s.host_tenant_id is null and s.session_id < $3
           order by s.session_id desc
           limit $4"#,
        Uuid::from(user),
        own.map(Uuid::from),
        before.map_or(Uuid::max(), Uuid::from),
        i64::from(limit.get()) + 1
    )
    .fetch_all(connection)
    .await?;
    let view = rows.into_iter().map(|row| SessionView {
        id: row.session_id.into(),
        device: device::named(&row.user_agent),
        address: Some(row.address).filter(|address| !address.is_empty()),
        current: row.current,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
    });
    Ok(view.collect())
}

/// Ends one of a person's live sessions, and what came from it; false where there is none.
pub(super) async fn revoke(connection: &mut PgConnection, user: UserId, session: SessionId) -> Result<bool, DbError> {
    let ended = sqlx::query!(
        "with head as (
             select coalesce(parent_session_id, session_id) as session_id from platform.live_sessions
             where user_id = $1 and session_id = $2
         )
         update platform.sessions s set revoked_at = app.now() from head
         where head.session_id in (s.session_id, s.parent_session_id) and s.revoked_at is null",
        Uuid::from(user),
        Uuid::from(session)
    )
    .execute(connection)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends every session of a person but one, its kin and the one that it came from, and answers how many devices there were.
pub(super) async fn revoke_others(connection: &mut PgConnection, user: UserId, own: SessionId) -> Result<u64, DbError> {
    let ended = sqlx::query_scalar!(
        r#"with head as (
               select coalesce(parent_session_id, session_id) as session_id from platform.sessions where session_id = $2
           ), ended as (
               update platform.sessions s set revoked_at = app.now() from head
               where s.user_id = $1 and s.revoked_at is null
                 and s.session_id <> head.session_id and s.parent_session_id is distinct from head.session_id
               returning s.host_tenant_id
           )
           select count(*) as "devices!" from ended where host_tenant_id is null"#,
        Uuid::from(user),
        Uuid::from(own)
    )
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(ended).unwrap_or_default())
}

/// What the devices call themselves on which a person has signed in within three months.
pub(super) async fn of_late(connection: &mut PgConnection, user: UserId) -> Result<Vec<String>, DbError> {
    let found = sqlx::query_scalar!(
        "select distinct user_agent from platform.sessions
         where user_id = $1 and created_at > app.now() - interval '90 days'",
        Uuid::from(user)
    )
    .fetch_all(connection)
    .await?;
    Ok(found)
}

/// Removes sessions that ended three months ago, with the families of tokens that stood on them.
pub(super) async fn sweep(connection: &mut PgConnection) -> Result<(), DbError> {
    sqlx::query!(
        "delete from platform.sessions
         where least(revoked_at, expires_at, last_seen_at + interval '14 days') <= app.now() - interval '90 days'"
    )
    .execute(connection)
    .await?;
    Ok(())
}
