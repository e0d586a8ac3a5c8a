//! What happens to accounts by mail, as the platform's role.

use chrono::TimeDelta;
use sqlx::PgConnection;
use tenantry_kernel::{UserId, tenancy::UserView};
use uuid::Uuid;

use super::link::{Link, Purpose};
use crate::db::DbError;

/// Whose link it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// An account's.
    User(UserId),
    /// A sign-up's, which is none yet.
    SignUp(Uuid),
    /// A wish's for another address.
    Change(Uuid),
}

pub(super) async fn insert_token(connection: &mut PgConnection, link: Link, whose: Whose) -> Result<(), DbError> {
    let (user, sign_up, change) = match whose {
        Whose::User(user) => (Some(Uuid::from(user)), None, None),
        Whose::SignUp(sign_up) => (None, Some(sign_up), None),
        Whose::Change(change) => (None, None, Some(change)),
    };
    sqlx::query!(
        "insert into platform.link_tokens (token_id, purpose, user_id, sign_up_id, change_id, expires_at)
         values ($1, $2, $3, $4, $5, app.now() + make_interval(secs => $6))",
        link.id,
        link.purpose.as_str(),
        user,
        sign_up,
        change,
        link.purpose.lifetime().num_seconds() as f64
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn extend_token(
    connection: &mut PgConnection,
    token: Uuid,
    lifetime: TimeDelta,
) -> Result<(), DbError> {
    sqlx::query!(
        "update platform.link_tokens set expires_at = app.now() + make_interval(secs => $2) where token_id = $1",
        token,
        lifetime.num_seconds() as f64
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The address of the account whose link it is; `None` where the token would not be taken.
pub(super) async fn address_of_token(connection: &mut PgConnection, link: Link) -> Result<Option<String>, DbError> {
    let email = sqlx::query_scalar!(
        "select u.email from platform.link_tokens t join platform.users u on u.user_id = t.user_id
         where t.token_id = $1 and t.purpose = $2 and t.expires_at > app.now()",
        link.id,
        link.purpose.as_str()
    )
    .fetch_optional(connection)
    .await?;
    Ok(email)
}

/// Uses a token up; `None` where it is unknown, used or late.
pub(super) async fn take_token(connection: &mut PgConnection, link: Link) -> Result<Option<Whose>, DbError> {
    let row = sqlx::query!(
        "delete from platform.link_tokens where token_id = $1 and purpose = $2 and expires_at > app.now()
         returning user_id, sign_up_id, change_id",
        link.id,
        link.purpose.as_str()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|row| {
        let user = row.user_id.map(|user| Whose::User(user.into()));
        user.or(row.sign_up_id.map(Whose::SignUp)).or(row.change_id.map(Whose::Change))
    }))
}

/// Ends every other link of a person for a purpose.
pub(super) async fn remove_tokens(
    connection: &mut PgConnection,
    user: UserId,
    purpose: Purpose,
) -> Result<(), DbError> {
    sqlx::query!(
        "delete from platform.link_tokens where user_id = $1 and purpose = $2",
        Uuid::from(user),
        purpose.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets a password; the person's name and address. It proves nothing about the address: whoever comes by a link has proven it.
pub(super) async fn set_password(
    connection: &mut PgConnection,
    user: UserId,
    password_hash: &str,
) -> Result<Option<UserView>, DbError> {
    let row = sqlx::query!(
        "update platform.users set password_hash = $2 where user_id = $1 returning name, email",
        Uuid::from(user),
        password_hash
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| UserView { id: user, name: row.name, email: row.email }))
}

/// Ends every session of a person, on every host, and answers on how many devices.
pub(super) async fn end_sessions(connection: &mut PgConnection, user: UserId) -> Result<u64, DbError> {
    let ended = sqlx::query_scalar!(
        r#"with ended as (
               update platform.sessions set revoked_at = app.now() where user_id = $1 and revoked_at is null
               returning host_tenant_id
           )
           select count(*) as "devices!" from ended where host_tenant_id is null"#,
        Uuid::from(user)
    )
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(ended).unwrap_or_default())
}

pub(super) async fn mark_verified(connection: &mut PgConnection, user: UserId) -> Result<(), DbError> {
    sqlx::query!(
        "update platform.users set email_verified_at = coalesce(email_verified_at, app.now()) where user_id = $1",
        Uuid::from(user)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Somebody who has an account, and whether their address is proven.
pub(super) async fn account(connection: &mut PgConnection, email: &str) -> Result<Option<(UserView, bool)>, DbError> {
    let row = sqlx::query!(
        r#"select user_id, name, email, email_verified_at is not null as "verified!" from platform.users
           where email = $1"#,
        email
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (UserView { id: row.user_id.into(), name: row.name, email: row.email }, row.verified)))
}

pub(super) async fn insert_sign_up(
    connection: &mut PgConnection,
    sign_up: Uuid,
    name: &str,
    email: &str,
    password_hash: &str,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into platform.sign_ups (sign_up_id, name, email, password_hash) values ($1, $2, $3, $4)",
        sign_up,
        name,
        email,
        password_hash
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The newest sign-up with an address.
pub(super) async fn newest_sign_up(connection: &mut PgConnection, email: &str) -> Result<Option<Uuid>, DbError> {
    let found = sqlx::query_scalar!(
        "select sign_up_id from platform.sign_ups where email = $1 order by created_at desc, sign_up_id desc limit 1",
        email
    )
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// Makes an account of a sign-up, whose address is proven. `None` where it is gone, or somebody has an account with its
/// address meanwhile.
pub(super) async fn complete_sign_up(
    connection: &mut PgConnection,
    sign_up: Uuid,
    user: UserId,
) -> Result<Option<UserView>, DbError> {
    let row = sqlx::query!(
        "insert into platform.users (user_id, name, email, password_hash, email_verified_at)
         select $2, name, email, password_hash, app.now() from platform.sign_ups where sign_up_id = $1
         on conflict (email) do nothing
         returning name, email",
        sign_up,
        Uuid::from(user)
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| UserView { id: user, name: row.name, email: row.email }))
}

/// Removes every sign-up with an address, and their links.
pub(super) async fn remove_sign_ups(connection: &mut PgConnection, email: &str) -> Result<(), DbError> {
    sqlx::query!("delete from platform.sign_ups where email = $1", email).execute(connection).await?;
    Ok(())
}

pub(super) async fn remove_sign_up(connection: &mut PgConnection, sign_up: Uuid) -> Result<(), DbError> {
    sqlx::query!("delete from platform.sign_ups where sign_up_id = $1", sign_up).execute(connection).await?;
    Ok(())
}

/// Removes sign-ups that nobody has proven and links that can work no more. Both stay longer than a mail may be under way.
pub(super) async fn sweep(connection: &mut PgConnection) -> Result<(), DbError> {
    sqlx::query!("delete from platform.sign_ups where created_at <= app.now() - interval '2 days'")
        .execute(&mut *connection)
        .await?;
    sqlx::query!("delete from platform.email_changes where created_at <= app.now() - interval '2 days'")
        .execute(&mut *connection)
        .await?;
    sqlx::query!("delete from platform.link_tokens where expires_at <= app.now() - interval '2 days'")
        .execute(connection)
        .await?;
    Ok(())
}
