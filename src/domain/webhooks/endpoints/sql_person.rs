//! What a member is called, as the platform's role: the application's knows no person's name or address.

use sqlx::PgConnection;
use tenantry_kernel::{OrganizationId, UserId};
use uuid::Uuid;

use super::membership::Person;
use crate::db::DbError;

/// A person, if they belong to the organization.
pub(super) async fn member(
    connection: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Person>, DbError> {
    let person = sqlx::query_as!(
        Person,
        "select u.name, u.email from platform.users u
         where u.user_id = $2 and u.deleted_at is null
           and exists (select from app.organizations_of(u.user_id) o where o.organization_id = $1)",
        Uuid::from(organization),
        Uuid::from(user)
    )
    .fetch_optional(connection)
    .await?;
    Ok(person)
}
