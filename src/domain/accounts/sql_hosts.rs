//! Codes for tenants' hosts and the sessions that come from them, as the platform's role.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tenantry_kernel::{SessionId, TenantId, text::Slug};
use uuid::Uuid;

use crate::db::DbError;

/// A code that is presented at a host, and the session that it would start.
pub(super) struct Entry<'a> {
    pub code_hash: &'a [u8],
    pub host: &'a Slug,
    pub challenge: &'a [u8],
    pub session: SessionId,
    pub token_hash: &'a [u8],
    pub device: &'a str,
}

/// Keeps a code, and lets go of those that nobody came back with.
pub(super) async fn insert_entry_code(
    connection: &mut PgConnection,
    code_hash: &[u8],
    session: SessionId,
    tenant: TenantId,
    challenge: &[u8],
    lifetime: TimeDelta,
) -> Result<(), DbError> {
    sqlx::query!(
        "with old as (
             delete from platform.entry_codes where created_at <= app.now() - make_interval(secs => $5)
         )
         insert into platform.entry_codes (code_hash, session_id, host_tenant_id, challenge) values ($1, $2, $3, $4)",
        code_hash,
        Uuid::from(session),
        Uuid::from(tenant),
        challenge,
        lifetime.num_seconds() as f64
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a code and starts its session, both or neither; the answer is the session's end, which is that of the one it came
/// from. A code is gone once somebody has shown it, whether or not it was theirs.
pub(super) async fn enter_host(
    connection: &mut PgConnection,
    entry: &Entry<'_>,
    lifetime: TimeDelta,
) -> Result<Option<DateTime<Utc>>, DbError> {
    let expires_at = sqlx::query_scalar!(
        "with taken as (
             delete from platform.entry_codes where code_hash = $1
             returning session_id, host_tenant_id, challenge, created_at
         )
         insert into platform.sessions
             (session_id, user_id, token_hash, user_agent, address, authenticated_at, expires_at, host_tenant_id,
              parent_session_id)
         select $4, parent.user_id, $5, $6, parent.address, parent.authenticated_at, parent.expires_at,
                taken.host_tenant_id, parent.session_id
         from taken
         join platform.live_sessions parent on parent.session_id = taken.session_id
         join lateral app.locate(parent.user_id, null, $2, null, null) place on place.tenant_id = taken.host_tenant_id
         where taken.challenge = $3 and taken.created_at > app.now() - make_interval(secs => $7)
           and parent.host_tenant_id is null
         returning expires_at",
        entry.code_hash,
        entry.host.as_str(),
        entry.challenge,
        Uuid::from(entry.session),
        entry.token_hash,
        entry.device,
        lifetime.num_seconds() as f64
    )
    .fetch_optional(connection)
    .await?;
    Ok(expires_at)
}
