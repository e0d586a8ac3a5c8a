//! Answers of an organization's requests, kept in the transaction of their effect.

use std::collections::HashMap;

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

/// The answers of a day that were given under one of many keys.
pub(crate) async fn kept_answers(
    tx: &mut impl OrganizationBound,
    keys: &[&IdempotencyKey],
) -> Result<HashMap<IdempotencyKey, Kept>, DbError> {
    let organization = Uuid::from(tx.organization());
    let names: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
    let rows = sqlx::query!(
        "select key, request_hash, status, body from org.idempotency
         where organization_id = $1 and key = any($2::text[]) and created_at > app.now() - interval '24 hours'",
        organization,
        &names as &[&str]
    )
    .fetch_all(tx.connection())
    .await?;
    let mut kept = HashMap::with_capacity(rows.len());
    for row in rows {
        if let Some(key) = keys.iter().find(|key| key.as_str() == row.key) {
            kept.insert((*key).clone(), Kept { request_hash: row.request_hash, status: row.status, body: row.body });
        }
    }
    Ok(kept)
}

/// Keeps many answers, as [`keep_answer`] keeps one.
pub(crate) async fn keep_answers(
    tx: &mut impl OrganizationBound,
    answers: &[(&OnceKey, &Answer)],
) -> Result<bool, DbError> {
    let organization = Uuid::from(tx.organization());
    let keys: Vec<&str> = answers.iter().map(|(once, _)| once.key.as_str()).collect();
    let hashes: Vec<&[u8]> = answers.iter().map(|(once, _)| &once.request_hash[..]).collect();
    let statuses: Vec<i16> = answers.iter().map(|(_, answer)| i16::try_from(answer.status).unwrap_or(200)).collect();
    let bodies: Vec<&str> = answers.iter().map(|(_, answer)| answer.body.as_str()).collect();
    let kept = sqlx::query!(
        "with old as (
             delete from org.idempotency
             where organization_id = $1 and key <> all($2::text[])
               and key in (select key from org.idempotency
                           where organization_id = $1 and created_at <= app.now() - interval '24 hours'
                           order by created_at limit 10 * cardinality($2::text[]))
         )
         insert into org.idempotency as i (organization_id, key, request_hash, status, body)
         select $1, a.key, a.request_hash, a.status, a.body
         from unnest($2::text[], $3::bytea[], $4::smallint[], $5::text[]) a (key, request_hash, status, body)
         on conflict (organization_id, key) do update
             set request_hash = excluded.request_hash, status = excluded.status, body = excluded.body,
                 created_at = app.now()
             where i.created_at <= app.now() - interval '24 hours'",
        organization,
        &keys as &[&str],
        &hashes as &[&[u8]],
        &statuses,
        &bodies as &[&str]
    )
    .execute(tx.connection())
    .await?;
    Ok(kept.rows_affected() == answers.len() as u64)
}
