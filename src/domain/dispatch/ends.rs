//! The ends of attempts: written together where several of a tenant end at once.

use tenantry_kernel::{JobId, OrganizationId, TenantId};

use super::{lanes::Together, run::Ended, sql, sql_compensation, sql_ends};
use crate::{
    Services,
    access::{TenantScope, permit::JobWork},
    billing,
    db::{DbError, TenantTx},
    metering::{self, ToolUse},
};

/// An attempt that has ended its job. It is told whether its end was written: one that has lost its job meanwhile writes
/// nothing.
#[derive(Clone)]
pub(super) struct End {
    pub scope: TenantScope<JobWork>,
    pub job: JobId,
    pub fence: i64,
    pub tool: String,
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
        let Some(written) = write(services, &mut tx, batch).await? else { return Ok(vec![false; batch.len()]) };
        tx.commit().await?;
        // Slots are free: once for all of them, so that as many are claimed at once.
        services.floor.announce(first.organization());
        Ok(written)
    }
}

/// Writes ends, gives back what never began, and counts what was used, in a transaction that has the organization's lock.
/// `None` where the tenant's rows are closed: then nothing may last.
pub(super) async fn write(services: &Services, tx: &mut TenantTx, ends: &[&End]) -> Result<Option<Vec<bool>>, DbError> {
    let Some(written) = sql_ends::finish(tx, ends).await? else { return Ok(None) };
    let written: Vec<bool> = ends.iter().map(|end| written.contains(&(end.job, end.fence))).collect();
    // An attempt after the first may follow one that has asked the tool, whatever became of that.
    let unbegun = ends.iter().zip(&written).filter(|(end, written)| **written && end.ended.unbegun && end.fence == 1);
    let unbegun: Vec<JobId> = unbegun.map(|(end, _)| end.job).collect();
    if !unbegun.is_empty() {
        sql_compensation::give_back(tx, &unbegun).await?;
    }
    let used = ends.iter().zip(&written).filter(|(end, written)| **written && !end.ended.spent.is_nothing());
    let used: Vec<ToolUse> = used
        .map(|(end, _)| ToolUse {
            job: end.job,
            tool: end.tool.clone(),
            tokens: end.ended.spent.tokens,
            cost: end.ended.spent.cost,
        })
        .collect();
    if !used.is_empty() {
        let (held, now) = billing::held(tx).await?;
        let period = services.plans.effective(&held, now).await?.period;
        metering::tool_use(services, tx, period.start, &used).await?;
    }
    Ok(Some(written))
}
