//! Levels: how much a workspace has in the database, measured a few times a day. A level is not added up over time: what was
//! measured last in a step is what the step shows, and workspaces are added up.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::sql_levels::{self, Due};
use crate::{
    Services,
    access::measuring_scope,
    db::{DbError, TenantTx},
};

/// How long a measurement stands.
const STANDS: TimeDelta = TimeDelta::hours(6);
/// How often it is looked for workspaces whose turn it is.
const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);
/// Workspaces of one look-up.
const AT_ONCE: i32 = 100;

/// Measures whatever is due until the token is canceled, and first at once.
pub(super) async fn run(services: &Services, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = measure_due(services, stop).await {
            tracing::warn!(%error, "Workspaces could not be measured.");
        }
        tokio::select! { () = stop.cancelled() => {}, () = sleep(LOOK_EVERY) => {} }
    }
}

/// Measures every workspace whose last measurement is too old; answers how many. Of several servers that do it at the same
/// time both write what is so.
///
/// # Errors
/// When the database is away.
pub async fn measure_due(services: &Services, stop: &CancellationToken) -> Result<usize, DbError> {
    let mut measured = 0;
    loop {
        let due = sql_levels::due(&mut *services.db.platform().await?, STANDS, AT_ONCE).await?;
        for one in &due {
            if stop.is_cancelled() {
                return Ok(measured);
            }
            if let Err(error) = measure(services, one).await {
                tracing::warn!(%error, tenant.id = %one.tenant, "A workspace could not be measured.");
                // The others have their turn all the same.
                put_off(services, one).await?;
            }
            measured += 1;
        }
        if due.len() < usize::try_from(AT_ONCE).unwrap_or_default() {
            return Ok(measured);
        }
    }
}

/// Measures one. It is its own transaction, bound to the tenant, so it sees that tenant's rows and no others.
async fn measure(services: &Services, due: &Due) -> Result<(), DbError> {
    let mut tx = TenantTx::open(&services.db, &measuring_scope(due.organization, due.tenant)).await?;
    sql_levels::measure(&mut tx).await?;
    tx.commit().await
}

async fn put_off(services: &Services, due: &Due) -> Result<(), DbError> {
    let mut tx = TenantTx::open(&services.db, &measuring_scope(due.organization, due.tenant)).await?;
    sql_levels::note(&mut tx).await?;
    tx.commit().await
}
