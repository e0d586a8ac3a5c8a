//! Endpoints: where an organization's own systems are told what happens here, by signed messages (Standard Webhooks).
//!
//! An event is written in the transaction of its cause, by a trigger, and only where an endpoint wants it. The worker spreads
//! it over the endpoints, and tries each delivery until it is taken or a day is over. A message has the event's id at every
//! attempt, so a receiver that had it before knows.
//!
//! The tables are the organization's, because its plan and its warnings concern every workspace; an endpoint is one
//! workspace's, so every query for a caller names the tenant too.

mod attempt;
mod change;
mod create;
mod deliveries;
mod ends;
mod error;
mod event;
mod membership;
mod remove;
mod retry;
mod rotate;
mod rules;
mod secret;
mod sql;
mod sql_deliveries;
mod sql_ends;
mod sql_person;
mod sql_work;
pub mod worker;

use tenantry_kernel::{
    EndpointId,
    endpoint::EndpointView,
    page::{Limit, Page},
};

pub use change::{change_endpoint, may_change_endpoint};
pub use create::create_endpoint;
pub use deliveries::{deliveries, may_replay, replay, test_endpoint};
pub use error::EndpointError;
pub use remove::remove_endpoint;
pub use rotate::rotate_endpoint;

use crate::{
    Services,
    access::{TenantScope, permit::WebhookManage},
    db::TenantTx,
    idempotency::{self, Answer, OnceError, OnceKey},
};

/// A page of the tenant's endpoints, newest first.
///
/// # Errors
/// A cursor that is none; the database.
pub async fn endpoints(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<EndpointView>, EndpointError> {
    let before = cursor.map(rules::parse_cursor).transpose()?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let endpoints = sql::endpoints(&mut tx, before, limit).await?;
    tx.commit().await?;
    Ok(Page::from_surplus(endpoints, limit, |endpoint| endpoint.id.to_string()))
}

/// An endpoint.
///
/// # Errors
/// [`EndpointError::NotFound`]; the database.
pub async fn endpoint(
    services: &Services,
    scope: &TenantScope<WebhookManage>,
    endpoint: EndpointId,
) -> Result<EndpointView, EndpointError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let view = sql::endpoint(&mut tx, endpoint).await?;
    tx.commit().await?;
    view.ok_or(EndpointError::NotFound)
}

async fn kept(tx: &mut TenantTx, once: Option<&OnceKey>) -> Result<Option<Answer>, EndpointError> {
    let Some(once) = once else { return Ok(None) };
    let kept = idempotency::kept_answer(tx, &once.key).await?;
    Ok(kept.map(|kept| kept.answer(once)).transpose()?)
}

/// Keeps what a repeat is answered, and commits.
async fn finish(mut tx: TenantTx, once: Option<&OnceKey>, stored: &Answer) -> Result<(), EndpointError> {
    if let Some(once) = once
        && !idempotency::keep_answer(&mut tx, once, stored).await?
    {
        // Another process has just done it; the repeat will find its answer.
        return Err(OnceError::InFlight.into());
    }
    Ok(tx.commit().await?)
}
