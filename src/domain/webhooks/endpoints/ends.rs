//! The end of an attempt: the delivery is over or waits, and an endpoint that is gone or has failed for days is told nothing
//! any more, of which its organization's owners hear by mail.

use std::time::Duration;

use tenantry_kernel::{
    OrganizationId,
    endpoint::{DeliveryState, DisabledReason},
};
use url::Url;

use super::{
    attempt::{Outcome, Told},
    retry::next_try,
    sql, sql_ends,
    sql_ends::Standing,
    sql_work::Claimed,
};
use crate::{
    Services,
    access::delivering_scope,
    db::{DbError, OrgTx},
    mail::{self, Letter},
};

/// How long an endpoint may take nothing before a message that is given up ends it: longer than a weekend.
pub(super) const PATIENCE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Writes what an attempt came to; `false` where another has followed it, or the endpoint is gone.
pub(super) async fn write(
    services: &Services,
    organization: OrganizationId,
    claimed: &Claimed,
    told: &Told,
) -> Result<bool, DbError> {
    let scope = delivering_scope(organization);
    let mut tx = OrgTx::open(&services.db, &scope).await?;
    let written = match &told.outcome {
        Outcome::Taken => succeed(&mut tx, claimed, told).await?,
        Outcome::NotTaken { .. } | Outcome::Gone => fail(services, &mut tx, claimed, told).await?,
    };
    // Without an end that counts nothing of it lasts.
    let Some(Disabled(disabled)) = written else { return Ok(false) };
    sql_ends::wake(&mut tx, claimed.endpoint).await?;
    tx.commit().await?;
    if disabled {
        services.mailroom.announce();
    }
    Ok(true)
}

/// Was the endpoint disabled by it?
struct Disabled(bool);

async fn succeed(tx: &mut OrgTx, claimed: &Claimed, told: &Told) -> Result<Option<Disabled>, DbError> {
    sql_ends::note_success(tx, claimed.endpoint).await?;
    let written = sql_ends::finish(tx, claimed, DeliveryState::Delivered, told).await?;
    Ok(written.then_some(Disabled(false)))
}

async fn fail(
    services: &Services,
    tx: &mut OrgTx,
    claimed: &Claimed,
    told: &Told,
) -> Result<Option<Disabled>, DbError> {
    let Some(standing) = sql_ends::hold(tx, claimed.endpoint, PATIENCE).await? else { return Ok(None) };
    let wait = wait(services, &standing, claimed, told);
    let written = match wait {
        Some(wait) => sql_ends::put_off(tx, claimed, wait, told).await?,
        None => sql_ends::finish(tx, claimed, DeliveryState::Failed, told).await?,
    };
    if !written {
        return Ok(None);
    }
    sql_ends::note_failure(tx, claimed.endpoint).await?;
    let reason = match told.outcome {
        Outcome::Gone => Some(DisabledReason::Gone),
        _ if wait.is_none() && standing.long_failing => Some(DisabledReason::Failing),
        _ => None,
    };
    let reason = reason.filter(|_| standing.enabled);
    if let Some(reason) = reason {
        sql::disable(tx, claimed.endpoint, reason).await?;
        tell(services, tx, claimed, &standing, reason).await?;
    }
    Ok(Some(Disabled(reason.is_some())))
}

/// How long the delivery waits for its next attempt; `None` where this was its last.
fn wait(services: &Services, standing: &Standing, claimed: &Claimed, told: &Told) -> Option<Duration> {
    let Outcome::NotTaken { after, .. } = told.outcome else { return None };
    // Switched off while the attempt was under way: there is no next one.
    let [chance] = services.entropy.bytes();
    standing.enabled.then(|| next_try(claimed.tries, after, chance)).flatten()
}

async fn tell(
    services: &Services,
    tx: &mut OrgTx,
    claimed: &Claimed,
    standing: &Standing,
    reason: DisabledReason,
) -> Result<(), DbError> {
    let Some(told) = sql_ends::whom_to_tell(tx).await? else { return Ok(()) };
    // The host alone: what stands behind it may be a secret of the receiver's.
    let host = Url::parse(&standing.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let letter = Letter::EndpointDisabled {
        organization: told.organization,
        tenant: claimed.tenant,
        host,
        description: standing.description.clone(),
        gone: reason == DisabledReason::Gone,
    };
    for owner in told.owners {
        mail::post_of_organization(services, tx, owner, &letter).await?;
    }
    tracing::info!(endpoint.id = %claimed.endpoint, endpoint.reason = reason.as_str(), "An endpoint was disabled.");
    Ok(())
}
