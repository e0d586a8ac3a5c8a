//! The ends of runs: written together where several of a tenant end at once.

use tenantry_kernel::{OrganizationId, TenantId};

use super::{
    lanes::Together,
    sql,
    sql_work::{self, Claimed, Ended},
};
use crate::{
    Services,
    access::{TenantScope, permit::JobWork},
    db::{DbError, TenantTx},
};

/// A run that has ended. It is told whether its end was written: one that has lost its job meanwhile writes nothing.
pub(super) struct End {
    pub scope: TenantScope<JobWork>,
    pub claimed: Claimed,
    pub ended: Ended,
}

impl Together for End {
    type Answer = bool;

    fn organization(&self) -> OrganizationId {
        self.scope.organization()
    }

    fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    fn size(&self) -> usize {
        self.ended.result.as_ref().or(self.ended.error.as_ref()).map_or(0, String::len)
    }

    async fn together(services: &Services, batch: &[&Self]) -> Result<Vec<bool>, DbError> {
        let Some(first) = batch.first() else { return Ok(Vec::new()) };
        let mut tx = TenantTx::open(&services.db, &first.scope).await?;
        sql::lock_gate(&mut tx).await?;
        let ends: Vec<(&Claimed, &Ended)> = batch.iter().map(|end| (&end.claimed, &end.ended)).collect();
        let Some(written) = sql_work::finish(&mut tx, &ends).await? else { return Ok(vec![false; batch.len()]) };
        tx.commit().await?;
        // Slots are free: once for all of them, so that as many are claimed at once.
        services.floor.announce(first.organization());
        Ok(ends.iter().map(|(claimed, _)| written.contains(&(claimed.job, claimed.fence))).collect())
    }
}
