//! The look-up of an access token, as the platform's role.

use sqlx::PgConnection;
use tenantry_kernel::{SigningKeyId, TenantId};
use uuid::Uuid;

use super::{
    Destination,
    sql::{FoundSession, PlaceRow, SessionRow, place_row, session_row},
};
use crate::{
    accounts::tokens::{ACCESS_LIFETIME, Claims},
    db::DbError,
};

/// A token that reads right, and where it is to lead.
pub(super) struct Presented<'a> {
    pub claims: &'a Claims,
    pub key: SigningKeyId,
    pub destination: &'a Destination,
}

/// The live session of a token whose time, key and family stand.
pub(super) async fn session(
    connection: &mut PgConnection,
    presented: &Presented<'_>,
) -> Result<Option<FoundSession>, DbError> {
    let Presented { claims, key, destination } = presented;
    // What can be nobody's tenant is looked for as one that never was.
    let (tenant, slug) = match destination {
        Destination::Current => (None, None),
        Destination::Id(id) => (Some(*id), None),
        Destination::Slug(slug) => (None, Some(slug.as_str())),
        Destination::Nowhere => (Some(TenantId::from(Uuid::nil())), None),
    };
    let row = sqlx::query!(
        r#"select s.session_id as "session_id!", u.user_id, u.name as user_name, u.email,
                  s.last_seen_at as "last_seen_at!", s.authenticated_at > app.now() - interval '30 minutes' as "confirmed!",
                  p.organization_id as "organization_id?", p.organization_slug as "organization_slug?",
                  p.organization_name as "organization_name?", p.plan_id as "plan_id?",
                  p.plan_version as "plan_version?", p.plan_anchor as "plan_anchor?",
                  p.plan_expires_at as "plan_expires_at?", p.tenant_id as "tenant_id?",
                  p.tenant_slug as "tenant_slug?", p.tenant_name as "tenant_name?",
                  p.tenant_status as "tenant_status?", p.member_id as "member_id?", p.role as "role?", p.owner as "owner?",
                  app.terms_of(p.organization_id) as terms
           from platform.live_sessions s
           join platform.token_families f on f.family_id = $2 and f.session_id = s.session_id and f.revoked_at is null
           join platform.signing_keys k on k.key_id = $3
               and (k.retired_at is null or k.retired_at > app.now() - make_interval(secs => $6))
           join platform.users u on u.user_id = s.user_id
           left join lateral (
               select * from app.locate(s.user_id, $4, $5, null, null) where $4 is not null or $5 is not null
               union all
               select * from app.locate_current(s.user_id, s.current_tenant_id) where $4 is null and $5 is null
           ) p on true
           where s.session_id = $1 and s.user_id = $7 and to_timestamp($8::bigint) > app.now()"#,
        Uuid::from(claims.sid),
        Uuid::from(claims.family),
        Uuid::from(*key),
        tenant.map(Uuid::from),
        slug,
        ACCESS_LIFETIME.num_seconds() as f64,
        Uuid::from(claims.sub),
        claims.exp
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| session_row!(row)))
}
