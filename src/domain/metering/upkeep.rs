//! What keeps the tables of usage in order without anybody asking: partitions are made ahead of the months that fill them,
//! events go when no plan keeps them any more, and workspaces are measured.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{levels, retention, sql_rollups};
use crate::{Services, db::DbError};

/// How often it is looked after. Partitions are made three months ahead, and what comes without one is kept all the same.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long it is left after it failed.
const BACK_OFF: Duration = Duration::from_secs(60);

/// Looks after the tables until the token is canceled, and first at once.
pub async fn run(services: Services, stop: CancellationToken) {
    tokio::join!(daily(&services, &stop), levels::run(&services, &stop));
}

async fn daily(services: &Services, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let wait = match once(services).await {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "The tables of usage could not be looked after.");
                BACK_OFF
            }
        };
        tokio::select! { () = stop.cancelled() => {}, () = sleep(wait) => {} }
    }
}

/// Looks after them once. Several servers may do it at the same time.
///
/// # Errors
/// When the database is away.
pub async fn once(services: &Services) -> Result<(), DbError> {
    let made = sql_rollups::make_partitions(&mut *services.db.platform().await?).await?;
    if made > 0 {
        tracing::info!(partitions = made, "Partitions for usage events were made.");
    }
    let (removed, dropped) = retention::once(services).await?;
    if removed > 0 || dropped > 0 {
        tracing::info!(
            events = removed,
            partitions = dropped,
            "Usage events that no plan keeps any more were removed."
        );
    }
    Ok(())
}
