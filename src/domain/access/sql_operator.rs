//! The platform operator's look-up, as the platform's role.

use sqlx::PgConnection;
use tenantry_kernel::tenancy::OrganizationSummary;
use uuid::Uuid;

use super::OrganizationRef;
use crate::db::DbError;

/// An organization by id or slug, whoever it belongs to.
pub(super) async fn find_organization(
    connection: &mut PgConnection,
    organization: &OrganizationRef,
) -> Result<Option<OrganizationSummary>, DbError> {
    let (id, slug) = match organization {
        OrganizationRef::Id(id) => (Some(Uuid::from(*id)), None),
        OrganizationRef::Slug(slug) => (None, Some(slug.as_str())),
    };
    let row = sqlx::query!(
        r#"select organization_id as "organization_id!", slug as "slug!", name as "name!" from app.find_organization($1, $2)"#,
        id,
        slug
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| OrganizationSummary { id: row.organization_id.into(), name: row.name, slug: row.slug }))
}
