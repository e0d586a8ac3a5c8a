//! Inbound webhooks: services elsewhere tell a workspace what has happened, and nobody else does.
//!
//! The verbs of whoever looks after them are here and beside; what a message meets at the door is [`firewall`]'s.

mod arrival;
mod change;
mod create;
mod error;
pub mod firewall;
mod hooks;
mod known;
mod receipts;
mod rotate;
mod rules;
mod secret;
mod signature;
mod sql;
mod sql_arrivals;
mod sql_receipts;
mod tally;

use tenantry_kernel::{
    InboundId,
    inbound::InboundView,
    page::{Limit, Page},
};

pub(crate) use arrival::{Arrival, Arrivals, record, what_is_known};
pub use change::{change, may_change};
pub use create::create;
pub use error::InboundError;
pub use hooks::Hooks;
pub(crate) use known::{KnownHook, find};
pub use receipts::{receipt_body, receipts};
pub use rotate::rotate;

use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
    idempotency::{self, Answer, OnceError, OnceKey},
};

/// A page of the tenant's inbound webhooks, newest first.
///
/// # Errors
/// A cursor that is none; the database.
pub async fn webhooks(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<InboundView>, InboundError> {
    let before = cursor.map(rules::parse_cursor).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let found = sql::webhooks(&mut tx, before, limit).await?;
    tx.commit().await?;
    let views = found.into_iter().map(|row| row.view(&services.settings)).collect();
    Ok(Page::from_surplus(views, limit, |webhook: &InboundView| webhook.id.to_string()))
}

/// An inbound webhook.
///
/// # Errors
/// [`InboundError::NotFound`]; the database.
pub async fn webhook(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    webhook: InboundId,
) -> Result<InboundView, InboundError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let found = sql::webhook(&mut tx, webhook).await?;
    tx.commit().await?;
    Ok(found.ok_or(InboundError::NotFound)?.view(&services.settings))
}

/// Removes an inbound webhook with its receipts. What is sent there from then on finds nothing; jobs that came of it stay.
///
/// # Errors
/// [`InboundError::NotFound`], also for one that is removed already; the database.
pub async fn remove(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    webhook: InboundId,
) -> Result<(), InboundError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    if !sql::remove(&mut tx, webhook).await? {
        return Err(InboundError::NotFound);
    }
    sql_receipts::forget_bodies(&mut tx, webhook).await?;
    tx.commit().await?;
    services.memory.forget(scope.organization());
    Ok(())
}

async fn kept(tx: &mut TenantTx, once: Option<&OnceKey>) -> Result<Option<Answer>, InboundError> {
    let Some(once) = once else { return Ok(None) };
    let kept = idempotency::kept_answer(tx, &once.key).await?;
    Ok(kept.map(|kept| kept.answer(once)).transpose()?)
}

/// Keeps what a repeat is answered, and commits.
async fn finish(mut tx: TenantTx, once: Option<&OnceKey>, stored: &Answer) -> Result<(), InboundError> {
    if let Some(once) = once
        && !idempotency::keep_answer(&mut tx, once, stored).await?
    {
        // Another process has just made it; the repeat will find its answer.
        return Err(OnceError::InFlight.into());
    }
    Ok(tx.commit().await?)
}
