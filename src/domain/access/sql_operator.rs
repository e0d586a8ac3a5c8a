//! The platform operator's look-ups, as the platform's role.

use sqlx::PgConnection;
use tenantry_kernel::{
    TenantId,
    tenancy::{OrganizationSummary, TenantStatus, TenantView},
    text::Slug,
};
use uuid::Uuid;

use super::{OrganizationRef, operator::FoundTenant};
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

/// A tenant by id or slug, whoever it belongs to.
pub(super) async fn find_tenant(
    connection: &mut PgConnection,
    id: Option<TenantId>,
    slug: Option<&Slug>,
) -> Result<Option<FoundTenant>, DbError> {
    let row = sqlx::query!(
        r#"select organization_id as "organization_id!", organization_slug as "organization_slug!",
                  organization_name as "organization_name!", tenant_id as "tenant_id!", tenant_slug as "tenant_slug!",
                  tenant_name as "tenant_name!", tenant_status as "tenant_status!"
           from app.find_tenant($1, $2)"#,
        id.map(Uuid::from),
        slug.map(Slug::as_str)
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| FoundTenant {
        organization: OrganizationSummary {
            id: row.organization_id.into(),
            name: row.organization_name,
            slug: row.organization_slug,
        },
        tenant: TenantView {
            id: row.tenant_id.into(),
            name: row.tenant_name,
            slug: row.tenant_slug,
            status: TenantStatus::from_word(&row.tenant_status),
        },
    }))
}
