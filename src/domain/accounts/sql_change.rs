//! Addresses on their way, as the platform's role.

use sqlx::PgConnection;
use tenantry_kernel::UserId;
use uuid::Uuid;

use super::link::Purpose;
use crate::db::DbError;

/// A wish for another address.
pub(super) struct Wish {
    /// What the person is called.
    pub name: String,
    /// The address that the account has.
    pub old: String,
    /// The one that it is to have.
    pub email: String,
    /// Is it confirmed at both?
    pub whole: bool,
}

/// Keeps a wish in the place of the one before, whose links then lead nowhere.
pub(super) async fn insert(
    connection: &mut PgConnection,
    change: Uuid,
    user: UserId,
    email: &str,
) -> Result<(), DbError> {
    remove(connection, user).await?;
    sqlx::query!(
        "insert into platform.email_changes (change_id, user_id, email) values ($1, $2, $3)",
        change,
        Uuid::from(user),
        email
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn remove(connection: &mut PgConnection, user: UserId) -> Result<(), DbError> {
    sqlx::query!("delete from platform.email_changes where user_id = $1", Uuid::from(user)).execute(connection).await?;
    Ok(())
}

pub(super) async fn find(connection: &mut PgConnection, change: Uuid) -> Result<Option<Wish>, DbError> {
    let wish = sqlx::query_as!(
        Wish,
        r#"select u.name, u.email as old, c.email, false as "whole!"
           from platform.email_changes c join platform.users u on u.user_id = c.user_id
           where c.change_id = $1"#,
        change
    )
    .fetch_optional(connection)
    .await?;
    Ok(wish)
}

/// Notes a confirmation. The row is locked from then on, so of two at once the second sees both.
pub(super) async fn confirm(
    connection: &mut PgConnection,
    change: Uuid,
    purpose: Purpose,
) -> Result<Option<Wish>, DbError> {
    let wish = sqlx::query_as!(
        Wish,
        r#"update platform.email_changes c
           set old_confirmed_at = case when $2 then app.now() else c.old_confirmed_at end,
               new_confirmed_at = case when $2 then c.new_confirmed_at else app.now() end
           from platform.users u
           where c.change_id = $1 and u.user_id = c.user_id
           returning u.name, u.email as old, c.email,
                     c.old_confirmed_at is not null and c.new_confirmed_at is not null as "whole!""#,
        change,
        purpose == Purpose::Leave
    )
    .fetch_optional(connection)
    .await?;
    Ok(wish)
}

/// Gives the account its new address, which is proven with that, and ends the links to its old one.
pub(super) async fn complete(connection: &mut PgConnection, change: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with done as (
             delete from platform.email_changes where change_id = $1 returning user_id, email
         ), ended as (
             delete from platform.link_tokens t using done where t.user_id = done.user_id
         )
         update platform.users u set email = done.email, email_verified_at = app.now()
         from done where u.user_id = done.user_id",
        change
    )
    .execute(connection)
    .await?;
    Ok(())
}
