//! Accounts as their own people change them, as the platform's role.

use sqlx::PgConnection;
use tenantry_kernel::{OrganizationId, SessionId, UserId};
use uuid::Uuid;

use super::own::Pending;
use crate::db::DbError;

pub(super) async fn rename(connection: &mut PgConnection, user: UserId, name: &str) -> Result<(), DbError> {
    sqlx::query!("update platform.users set name = $2 where user_id = $1", Uuid::from(user), name)
        .execute(connection)
        .await?;
    Ok(())
}

/// The person of a session has just proven who they are; one of a tenant's host proves it for the one that it came from.
pub(super) async fn confirm_session(connection: &mut PgConnection, session: SessionId) -> Result<(), DbError> {
    sqlx::query!(
        "with head as (
             select coalesce(parent_session_id, session_id) as session_id from platform.sessions where session_id = $1
         )
         update platform.sessions s set authenticated_at = app.now() from head
         where head.session_id in (s.session_id, s.parent_session_id)",
        Uuid::from(session)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Another address on its way that can still be confirmed.
pub(super) async fn pending(connection: &mut PgConnection, user: UserId) -> Result<Option<Pending>, DbError> {
    let row = sqlx::query!(
        r#"select email, old_confirmed_at is not null as "at_old!", new_confirmed_at is not null as "at_new!", created_at
           from platform.email_changes where user_id = $1 and created_at > app.now() - interval '24 hours'"#,
        Uuid::from(user)
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Pending { email: row.email, at_old: row.at_old, at_new: row.at_new, since: row.created_at }))
}

/// Has the person proven that their address is theirs?
pub(super) async fn proven(connection: &mut PgConnection, user: UserId) -> Result<bool, DbError> {
    let proven = sqlx::query_scalar!(
        r#"select email_verified_at is not null as "proven!" from platform.users where user_id = $1"#,
        Uuid::from(user)
    )
    .fetch_optional(connection)
    .await?;
    Ok(proven.unwrap_or_default())
}

/// Names of the organizations of which a person is the only owner.
pub(super) async fn owned_alone(connection: &mut PgConnection, user: UserId) -> Result<Vec<String>, DbError> {
    let names =
        sqlx::query_scalar!(r#"select app.owned_alone($1) as "name!""#, Uuid::from(user)).fetch_all(connection).await?;
    Ok(names)
}

/// The organizations of a person.
pub(super) async fn memberships(connection: &mut PgConnection, user: UserId) -> Result<Vec<OrganizationId>, DbError> {
    let found = sqlx::query_scalar!(
        r#"select distinct organization_id as "organization_id!" from app.organizations_of($1) order by 1"#,
        Uuid::from(user)
    )
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Takes everything from the person's row that is theirs; it stays, since others' records refer to it.
pub(super) async fn erase(connection: &mut PgConnection, user: UserId) -> Result<(), DbError> {
    let id = Uuid::from(user);
    sqlx::query!(
        "update platform.users
         set name = 'Deleted person', email = 'deleted.' || user_id::text || '@invalid', password_hash = '',
             email_verified_at = null, deleted_at = app.now()
         where user_id = $1",
        id
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from platform.sessions where user_id = $1", id).execute(&mut *connection).await?;
    sqlx::query!("delete from platform.link_tokens where user_id = $1", id).execute(&mut *connection).await?;
    sqlx::query!("delete from platform.email_changes where user_id = $1", id).execute(&mut *connection).await?;
    sqlx::query!("delete from platform.onboarding_drafts where user_id = $1", id).execute(&mut *connection).await?;
    sqlx::query!("delete from platform.idempotency where user_id = $1", id).execute(connection).await?;
    Ok(())
}
