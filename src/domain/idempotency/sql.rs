//! Answers of an organization's requests, kept in the transaction of their effect.

use tenantry_kernel::text::IdempotencyKey;
use uuid::Uuid;

use super::{Answer, Kept, OnceKey};
use crate::db::{DbError, OrganizationBound};

/// What a key has made before, within the last 24 hours.
pub(crate) async fn kept_answer(
    tx: &mut impl OrganizationBound,
    key: &IdempotencyKey,
) -> Result<Option<Kept>, DbError> {
    let organization = Uuid::from(tx.organization());
    let kept = sqlx::query_as!(
        Kept,
        "select request_hash, status, body from org.idempotency
         where organization_id = $1 and key = $2 and created_at > app.now() - interval '24 hours'",
        organization,
        key.as_str()
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(kept)
}

/// Keeps the answer, and lets go of a few that are older than a day: the table stays as large as a day's traffic. `false`
/// where another process has just made it; then nothing of this transaction may last.
pub(crate) async fn keep_answer(
    tx: &mut impl OrganizationBound,
    once: &OnceKey,
    answer: &Answer,
) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let kept = sqlx::query!(
        "with old as (
             delete from org.idempotency
             where organization_id = $1 and key <> $2
               and key in (select key from org.idempotency
                           where organization_id = $1 and created_at <= app.now() - interval '24 hours'
                           order by created_at limit 10)
         )
         insert into org.idempotency as i (organization_id, key, request_hash, status, body)
         values ($1, $2, $3, $4, $5)
         on conflict (organization_id, key) do update
             set request_hash = excluded.request_hash, status = excluded.status, body = excluded.body,
                 created_at = app.now()
             where i.created_at <= app.now() - interval '24 hours'",
        organization,
        once.key.as_str(),
        &once.request_hash[..],
        i16::try_from(answer.status).unwrap_or(200),
        answer.body
    )
    .execute(tx.connection())
    .await?;
    Ok(kept.rows_affected() == 1)
}
