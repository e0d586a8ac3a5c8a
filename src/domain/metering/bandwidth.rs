//! Bandwidth: bytes of bodies that went in and out through the API, added up in memory and written every few seconds. What
//! a crash loses is what went through since then; stopping in order loses nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tenantry_kernel::{KeyId, OrganizationId, TenantId, UserId};

use super::sql_bandwidth;
use crate::{
    Services,
    access::{Caller, counting_scope},
    db::{DbError, OrgTx, apart},
};

/// How long what went through may stay unwritten: what a crash may lose.
const WRITE_EVERY: Duration = Duration::from_secs(10);

/// Whose bytes they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Whose {
    organization: OrganizationId,
    tenant: TenantId,
    user: Option<UserId>,
    key: Option<KeyId>,
}

impl Whose {
    /// The caller's, where they stand somewhere.
    #[must_use]
    pub fn of(caller: &Caller) -> Option<Self> {
        match caller {
            Caller::Key(key) => {
                Some(Self { organization: key.organization, tenant: key.tenant, user: None, key: Some(key.id) })
            }
            Caller::Person(visitor) => {
                let (place, user) = (visitor.place.as_ref()?, Some(visitor.principal.user.id));
                Some(Self { organization: place.organization, tenant: place.tenant, user, key: None })
            }
        }
    }
}

/// What one caller's bodies have weighed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighed {
    pub tenant: TenantId,
    pub user: Option<UserId>,
    pub key: Option<KeyId>,
    pub bytes: u64,
}

#[derive(Default)]
struct State {
    bytes: HashMap<Whose, u64>,
    is_tended: bool,
}

/// What went through this process and is not written yet.
#[derive(Clone, Default)]
pub struct Bandwidth(Arc<Mutex<State>>);

impl std::fmt::Debug for Bandwidth {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Bandwidth").finish_non_exhaustive()
    }
}

impl Bandwidth {
    /// Counts bytes.
    pub fn count(&self, services: &Services, whose: Whose, bytes: u64) {
        if bytes == 0 {
            return;
        }
        let mut state = self.lock();
        let counted = state.bytes.entry(whose).or_default();
        *counted = counted.saturating_add(bytes);
        if !std::mem::replace(&mut state.is_tended, true) {
            drop(state);
            self.tend(services.clone());
        }
    }

    /// Writes what the organization's callers have moved here, so that what is read next has it.
    ///
    /// # Errors
    /// When the database is away; then it is kept for the next time.
    pub async fn settle(&self, services: &Services, organization: OrganizationId) -> Result<(), DbError> {
        let (own, services) = (self.clone(), services.clone());
        apart(async move { own.write(&services, organization).await }).await
    }

    async fn write(&self, services: &Services, organization: OrganizationId) -> Result<(), DbError> {
        let taken: Vec<(Whose, u64)> =
            self.lock().bytes.extract_if(|whose, _| whose.organization == organization).collect();
        if taken.is_empty() {
            return Ok(());
        }
        match written(services, organization, &taken).await {
            // From here on nobody can know whether it lasts, and what is counted twice would be charged twice.
            Ok(tx) => tx.commit().await,
            Err(error) => {
                // A query that should not fail would fail again.
                if matches!(error, DbError::Away(_)) {
                    self.put_back(taken);
                }
                Err(error)
            }
        }
    }

    /// Writes everything, before the process ends in order.
    pub async fn settle_all(&self, services: &Services) {
        let waiting: std::collections::HashSet<OrganizationId> =
            self.lock().bytes.keys().map(|whose| whose.organization).collect();
        let mut failed = None;
        for organization in waiting {
            failed = self.settle(services, organization).await.err().or(failed);
        }
        if let Some(error) = failed {
            tracing::warn!(%error, "What went through the API last could not be written.");
        }
    }

    fn tend(&self, services: Services) {
        let own = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(WRITE_EVERY).await;
                own.settle_all(&services).await;
                let mut state = own.lock();
                if state.bytes.is_empty() {
                    state.is_tended = false;
                    return;
                }
            }
        });
    }

    fn put_back(&self, taken: Vec<(Whose, u64)>) {
        let mut state = self.lock();
        for (whose, bytes) in taken {
            let counted = state.bytes.entry(whose).or_default();
            *counted = counted.saturating_add(bytes);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Written, and not committed yet: until then nothing lasts.
async fn written(services: &Services, organization: OrganizationId, taken: &[(Whose, u64)]) -> Result<OrgTx, DbError> {
    let mut tx = OrgTx::open(&services.db, &counting_scope(organization)).await?;
    let weighed: Vec<Weighed> = taken
        .iter()
        .map(|(whose, bytes)| Weighed { tenant: whose.tenant, user: whose.user, key: whose.key, bytes: *bytes })
        .collect();
    sql_bandwidth::write(&mut tx, &weighed).await?;
    Ok(tx)
}
