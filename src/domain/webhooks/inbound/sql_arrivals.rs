//! Messages on their way in: whether their webhook is there, whether they were, and what is written of them. The tables are
//! the organization's, so that a job, its counter and its receipt are one transaction.

use std::collections::{HashMap, HashSet};

use tenantry_kernel::{InboundId, JobId};
use uuid::Uuid;

use super::arrival::{Arrival, Mark, Seen};
use crate::db::{DbError, OrganizationBound as _, TenantTx};

/// The webhooks of these messages that are still there, held against being removed.
pub(super) async fn hold(tx: &mut TenantTx, arrivals: &[&Arrival]) -> Result<HashSet<InboundId>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let webhooks: Vec<Uuid> = arrivals.iter().map(|arrival| arrival.webhook.uuid()).collect();
    let held = sqlx::query_scalar!(
        "select inbound_id from directory.inbound_webhooks
         where organization_id = $1 and tenant_id = $2 and inbound_id = any($3::uuid[])
         order by inbound_id
         for key share",
        organization,
        tenant,
        &webhooks
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(held.into_iter().map(InboundId::from).collect())
}

/// Those of the messages that were let in before and still count as seen.
pub(super) async fn seen(tx: &mut TenantTx, arrivals: &[&Arrival]) -> Result<HashMap<Mark, Seen>, DbError> {
    let organization = Uuid::from(tx.organization());
    let webhooks: Vec<Uuid> = arrivals.iter().map(|arrival| arrival.webhook.uuid()).collect();
    let keys: Vec<&[u8]> = arrivals.iter().map(|arrival| &arrival.key[..]).collect();
    let rows = sqlx::query!(
        "select m.inbound_id, m.message_key, m.receipt_id, m.job_id, m.received_at
         from unnest($2::uuid[], $3::bytea[]) asked (inbound_id, message_key)
         join org.inbound_marks m on m.organization_id = $1 and m.inbound_id = asked.inbound_id
                                 and m.message_key = asked.message_key
         where m.until > app.now()",
        organization,
        &webhooks,
        &keys as &[&[u8]]
    )
    .fetch_all(tx.connection())
    .await?;
    let mut seen = HashMap::with_capacity(rows.len());
    for row in rows {
        // A key of another length is nobody's.
        let Ok(key) = row.message_key.try_into() else { continue };
        let job = row.job_id.map(JobId::from);
        seen.insert((row.inbound_id.into(), key), Seen { receipt: row.receipt_id.into(), job, at: row.received_at });
    }
    Ok(seen)
}

/// Writes receipts and marks, and lets go of a few marks that count no more: the table stays as large as what is seen.
/// `false` where one of the marks is there already.
pub(super) async fn insert(tx: &mut TenantTx, new: &[(&Arrival, Option<JobId>)]) -> Result<bool, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let webhooks: Vec<Uuid> = new.iter().map(|(arrival, _)| arrival.webhook.uuid()).collect();
    let receipts: Vec<Uuid> = new.iter().map(|(arrival, _)| arrival.receipt.uuid()).collect();
    let keys: Vec<&[u8]> = new.iter().map(|(arrival, _)| &arrival.key[..]).collect();
    let seconds: Vec<f64> = new.iter().map(|(arrival, _)| arrival.seen_for.as_seconds_f64()).collect();
    let messages: Vec<Option<&str>> = new.iter().map(|(arrival, _)| arrival.message.as_deref()).collect();
    let kinds: Vec<Option<&str>> = new.iter().map(|(arrival, _)| arrival.kind.as_deref()).collect();
    let addresses: Vec<String> = new.iter().map(|(arrival, _)| arrival.from.to_string()).collect();
    let bytes: Vec<i32> = new.iter().map(|(arrival, _)| arrival.bytes).collect();
    let jobs: Vec<Option<Uuid>> = new.iter().map(|(_, job)| job.map(Uuid::from)).collect();
    let marked = sqlx::query_scalar!(
        r#"with new as (
               select * from unnest($3::uuid[], $4::uuid[], $5::bytea[], $6::float8[], $7::text[], $8::text[], $9::text[],
                                    $10::integer[], $11::uuid[])
                   n (inbound_id, receipt_id, message_key, seconds, message, kind, address, bytes, job_id)
           ), old as (
               delete from org.inbound_marks
               where organization_id = $1 and message_key <> all($5::bytea[])
                 and (inbound_id, message_key) in (
                     select inbound_id, message_key from org.inbound_marks
                     where organization_id = $1 and until <= app.now()
                     order by until limit 10 * cardinality($3::uuid[]))
           ), mark as (
               insert into org.inbound_marks as m (organization_id, inbound_id, message_key, receipt_id, job_id, until)
               select $1, inbound_id, message_key, receipt_id, job_id, app.now() + make_interval(secs => seconds) from new
               on conflict (organization_id, inbound_id, message_key) do update
                   set receipt_id = excluded.receipt_id, job_id = excluded.job_id, received_at = app.now(),
                       until = excluded.until
                   where m.until <= app.now()
               returning 1
           ), receipt as (
               insert into org.inbound_receipts
                   (organization_id, receipt_id, tenant_id, inbound_id, outcome, address, message, kind, bytes, job_id)
               select $1, receipt_id, $2, inbound_id, 'accepted', address, message, kind, bytes, job_id from new
           )
           select count(*) as "marked!" from mark"#,
        organization,
        tenant,
        &webhooks,
        &receipts,
        &keys as &[&[u8]],
        &seconds,
        &messages as &[Option<&str>],
        &kinds as &[Option<&str>],
        &addresses,
        &bytes,
        &jobs as &[Option<Uuid>]
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(usize::try_from(marked).is_ok_and(|marked| marked == new.len()))
}
