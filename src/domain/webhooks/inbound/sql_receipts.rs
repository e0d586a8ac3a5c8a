//! Receipts: read, counted up and let go of, and the bodies of those that became no job.

use chrono::{DateTime, Utc};
use tenantry_kernel::{
    Code, InboundId, JobId, ReceiptId,
    inbound::{Outcome, ReceiptView, SHOWN_CHARACTERS},
    page::Limit,
};
use uuid::Uuid;

use super::{
    arrival::Arrival,
    tally::{Kind, Tally},
};
use crate::{
    Services,
    db::{DbError, OrgTx, OrganizationBound, TenantTx},
};

/// Receipts of a webhook that are kept.
const MOST_RECEIPTS: i64 = 10_000;

/// Bodies of a webhook that are kept.
const MOST_BODIES: i64 = 100;

/// Bytes of a body that hold all characters that are shown, whatever they are.
const SHOWN_BYTES: usize = SHOWN_CHARACTERS * 4;

/// The database's time.
pub(super) async fn now(tx: &mut TenantTx) -> Result<DateTime<Utc>, DbError> {
    Ok(sqlx::query_scalar!(r#"select app.now() as "now!""#).fetch_one(tx.connection()).await?)
}

/// One more than fit, newest first; `None` where there is no such webhook in the tenant.
pub(super) async fn receipts(
    tx: &mut TenantTx,
    webhook: InboundId,
    before: Option<ReceiptId>,
    limit: Limit,
) -> Result<Option<Vec<ReceiptView>>, DbError> {
    let (organization, tenant) = (Uuid::from(tx.organization()), Uuid::from(tx.tenant()));
    let known = sqlx::query_scalar!(
        r#"select exists (select from directory.inbound_webhooks
                          where organization_id = $1 and tenant_id = $2 and inbound_id = $3) as "known!""#,
        organization,
        tenant,
        Uuid::from(webhook)
    )
    .fetch_one(tx.connection())
    .await?;
    if !known {
        return Ok(None);
    }
    let rows = sqlx::query!(
        r#"select r.receipt_id, r.outcome, r.code, r.address, r.count, r.message, r.kind, r.bytes, r.job_id, r.created_at,
                  r.last_at, substring(b.body for $6) as "body?"
           from org.inbound_receipts r
           left join inbound_bodies b on b.tenant_id = $2 and b.receipt_id = r.receipt_id
           where r.organization_id = $1 and r.inbound_id = $3 and r.receipt_id < $4
           order by r.receipt_id desc
           limit $5"#,
        organization,
        tenant,
        Uuid::from(webhook),
        before.map_or(Uuid::max(), Uuid::from),
        i64::from(limit.get()) + 1,
        i32::try_from(SHOWN_BYTES).unwrap_or(i32::MAX)
    )
    .fetch_all(tx.connection())
    .await?;
    let views = rows.into_iter().map(|row| ReceiptView {
        id: row.receipt_id.into(),
        // The table's check knows the same words.
        outcome: Outcome::from_word(&row.outcome).unwrap_or(Outcome::Refused),
        code: Code::ALL.iter().copied().find(|code| code.as_str() == row.code),
        count: u64::try_from(row.count).unwrap_or_default(),
        address: row.address,
        message: row.message,
        kind: row.kind,
        bytes: row.bytes.and_then(|bytes| u32::try_from(bytes).ok()),
        job: row.job_id.map(JobId::from),
        body: row.body.map(|body| String::from_utf8_lossy(&body).chars().take(SHOWN_CHARACTERS).collect()),
        received_at: row.created_at,
        last_at: row.last_at,
    });
    Ok(Some(views.collect()))
}

/// The whole body of a message that became no job, while it is kept.
pub(super) async fn body(tx: &mut TenantTx, receipt: ReceiptId) -> Result<Option<Vec<u8>>, DbError> {
    let tenant = Uuid::from(tx.tenant());
    let body = sqlx::query_scalar!(
        "select body from inbound_bodies where tenant_id = $1 and receipt_id = $2",
        tenant,
        Uuid::from(receipt)
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(body)
}

/// Keeps a body, and lets go of the oldest beyond those that are kept.
pub(super) async fn keep_body(tx: &mut TenantTx, arrival: &Arrival, body: &[u8]) -> Result<(), DbError> {
    let tenant = Uuid::from(tx.tenant());
    sqlx::query!(
        "with old as (
             delete from inbound_bodies
             where tenant_id = $1
               and receipt_id in (select receipt_id from inbound_bodies where tenant_id = $1 and inbound_id = $3
                                  order by receipt_id desc offset $5 limit 100)
         )
         insert into inbound_bodies (tenant_id, receipt_id, inbound_id, body) values ($1, $2, $3, $4)",
        tenant,
        Uuid::from(arrival.receipt),
        Uuid::from(arrival.webhook),
        body,
        MOST_BODIES - 1
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Lets go of all bodies of a webhook.
pub(super) async fn forget_bodies(tx: &mut TenantTx, webhook: InboundId) -> Result<(), DbError> {
    let tenant = Uuid::from(tx.tenant());
    sqlx::query!("delete from inbound_bodies where tenant_id = $1 and inbound_id = $2", tenant, Uuid::from(webhook))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Is it this receipt's turn to look after the others? One in 64 is, by the chance in its id: to let go of a row costs more
/// than to write one.
pub(super) fn is_turn(receipt: ReceiptId) -> bool {
    receipt.uuid().as_u128().is_multiple_of(64)
}

/// Lets go of receipts that are older than 30 days, or beyond the newest ones.
pub(super) async fn trim(tx: &mut impl OrganizationBound, webhook: InboundId) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    sqlx::query!(
        "delete from org.inbound_receipts
         where organization_id = $1
           and receipt_id in (
               (select receipt_id from org.inbound_receipts
                where organization_id = $1 and inbound_id = $2 and created_at <= app.now() - interval '30 days'
                order by receipt_id limit 1000)
               union all
               (select receipt_id from org.inbound_receipts
                where organization_id = $1 and inbound_id = $2
                order by receipt_id desc offset $3 limit 1000))",
        organization,
        Uuid::from(webhook),
        MOST_RECEIPTS
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Adds what was counted to the rows of this hour; of webhooks that are no more nothing is written.
pub(super) async fn add_tallies(services: &Services, tx: &mut OrgTx, tallies: &[(Kind, Tally)]) -> Result<(), DbError> {
    let organization = Uuid::from(tx.organization());
    let receipts: Vec<Uuid> = tallies.iter().map(|_| services.new_id()).collect();
    let webhooks: Vec<Uuid> = tallies.iter().map(|(kind, _)| kind.webhook.uuid()).collect();
    let outcomes: Vec<&str> = tallies.iter().map(|(kind, _)| kind.outcome.as_str()).collect();
    let codes: Vec<&str> = tallies.iter().map(|(kind, _)| kind.code.map_or("", Code::as_str)).collect();
    let addresses: Vec<String> = tallies.iter().map(|(_, tally)| tally.from.to_string()).collect();
    let counts: Vec<i64> = tallies.iter().map(|(_, tally)| i64::try_from(tally.count).unwrap_or(i64::MAX)).collect();
    sqlx::query!(
        "insert into org.inbound_receipts as r
             (organization_id, receipt_id, tenant_id, inbound_id, outcome, code, address, count, hour)
         select $1, t.receipt_id, w.tenant_id, w.inbound_id, t.outcome, t.code, t.address, t.count,
                date_trunc('hour', app.now(), 'UTC')
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[])
              t (receipt_id, inbound_id, outcome, code, address, count)
         join directory.inbound_webhooks w on w.organization_id = $1 and w.inbound_id = t.inbound_id
         order by w.inbound_id, t.outcome, t.code
         on conflict on constraint inbound_receipts_hour_key do update
             set count = r.count + excluded.count, address = excluded.address, last_at = app.now()",
        organization,
        &receipts,
        &webhooks,
        &outcomes as &[&str],
        &codes as &[&str],
        &addresses,
        &counts
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
