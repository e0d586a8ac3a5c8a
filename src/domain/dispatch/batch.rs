//! Admission's transaction: a batch of one tenant's wishes is read, decided and written at once.

use std::{collections::HashMap, iter::zip};

use tenantry_kernel::{OrganizationId, TenantId, text::IdempotencyKey};

use super::{
    error::DispatchError,
    lanes::Together,
    rules::{Load, ToolRef},
    sql::{self, Gate},
    sql_admit::{self, Counted, NewJob},
    sql_work,
    verdict::{self, Facts, Verdict, Wanted},
};
use crate::{
    Services,
    access::{TenantScope, permit::DispatchRun},
    billing::Effective,
    db::{DbError, TenantTx},
    idempotency::{Answer, InFlightGuard, kept_answers},
    webhooks::inbound::{self, Arrival, Arrivals},
};

/// How often a batch is tried whose keys others take meanwhile; more than once is rare already.
const MOST_ATTEMPTS: u32 = 3;

/// A wish on its way to a decision.
pub(super) struct Asked {
    pub scope: TenantScope<DispatchRun>,
    pub wanted: Wanted,
    /// Keeps a repeat of the key away, also after the request was dropped.
    pub _under_way: Option<InFlightGuard>,
}

impl Together for Asked {
    type Answer = Result<Answer, DispatchError>;

    fn organization(&self) -> OrganizationId {
        self.scope.organization()
    }

    fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    fn size(&self) -> usize {
        self.wanted.wish.payload.len()
    }

    #[tracing::instrument(name = "admit", skip_all, fields(batch.size = batch.len()))]
    async fn together(services: &Services, batch: &[&Self]) -> Result<Vec<Self::Answer>, DbError> {
        let Some(first) = batch.first() else { return Ok(Vec::new()) };
        let wanted: Vec<&Wanted> = batch.iter().map(|asked| &asked.wanted).collect();
        for _ in 0..MOST_ATTEMPTS {
            if let Some(verdicts) = admit(services, &first.scope, &wanted).await? {
                return Ok(verdicts.into_iter().map(|verdict| verdict.map(Verdict::into_answer)).collect());
            }
        }
        Err(DbError::Failed(sqlx::Error::RowNotFound))
    }
}

/// Reads, decides and writes. `None` where a key of the batch was taken by another kind of request at the same moment,
/// which the lock does not keep away: then the answer is there for the next attempt.
async fn admit(
    services: &Services,
    scope: &TenantScope<DispatchRun>,
    batch: &[&Wanted],
) -> Result<Option<Vec<Result<Verdict, DispatchError>>>, DbError> {
    let read = services.floor.spent.before(services.clock.instant());
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let facts = read_facts(services, &mut tx, batch).await?;
    let (now, period) = (facts.now, facts.effective.period);
    let (limit, before) = (facts.effective.plan.limits.dispatches, facts.used);
    let verdicts = verdict::decide(batch, facts);
    let new: Vec<NewJob<'_>> = zip(batch, &verdicts).filter_map(|(wanted, verdict)| made(wanted, verdict)).collect();
    let counted = Counted { period_start: period.start, limit, used: before + new.len() as u64 };
    if !new.is_empty() && !sql_admit::insert_jobs(&mut tx, &counted, &new).await? {
        return Ok(None);
    }
    let arrived: Vec<_> =
        new.iter().filter_map(|new| Some((new.wanted.arrival.as_ref()?, Some(new.wanted.job)))).collect();
    if !arrived.is_empty() && !inbound::record(&mut tx, &arrived).await? {
        return Ok(None);
    }
    tx.commit().await?;
    if !new.is_empty() {
        services.floor.announce(scope.organization());
    }
    for (wanted, verdict) in zip(batch, &verdicts) {
        if let (false, Err(refused)) = (wanted.may_repeat(), verdict) {
            let place = (scope.organization(), scope.tenant(), Some(&wanted.wish.tool));
            services.floor.spent.note(place, refused, read, period.end - now);
        }
    }
    Ok(Some(verdicts))
}

fn made<'a>(wanted: &'a Wanted, verdict: &'a Result<Verdict, DispatchError>) -> Option<NewJob<'a>> {
    match verdict {
        Ok(Verdict::Accepted { tool, answer, overage }) => Some(NewJob { wanted, tool, answer, overage: *overage }),
        _ => None,
    }
}

/// Takes the organization's lock and reads all that the batch's decisions need.
async fn read_facts(services: &Services, tx: &mut TenantTx, batch: &[&Wanted]) -> Result<Facts, DbError> {
    sql::lock_gate(tx).await?;
    let mut gate = sql::read_gate(tx).await?;
    if gate.lost > 0 {
        // Their jobs wait again, before everybody who comes now.
        sql_work::reap(tx).await?;
        gate = sql::read_gate(tx).await?;
    }
    let effective = services.plans.effective(&gate.held, gate.now).await?;
    let load = read_load(tx, batch, &gate, &effective).await?;
    let tools: Vec<&ToolRef> = batch.iter().map(|wanted| &wanted.wish.tool).collect();
    let keys: Vec<&IdempotencyKey> =
        batch.iter().filter_map(|wanted| wanted.once.as_ref()).map(|once| &once.key).collect();
    let kept = if keys.is_empty() { HashMap::new() } else { kept_answers(tx, &keys).await? };
    let messages: Vec<&Arrival> = batch.iter().filter_map(|wanted| wanted.arrival.as_ref()).collect();
    let arrivals =
        if messages.is_empty() { Arrivals::default() } else { inbound::what_is_known(tx, &messages).await? };
    Ok(Facts {
        now: gate.now,
        used: gate.used(effective.period.start),
        load,
        tools: sql::find_tools(tx, &tools).await?,
        kept,
        arrivals,
        effective,
    })
}

async fn read_load(tx: &mut TenantTx, batch: &[&Wanted], gate: &Gate, effective: &Effective) -> Result<Load, DbError> {
    let most = verdict::to_count(batch, effective.plan.limits.concurrent, gate.live, gate.span);
    let waiting = if most == 0 { 0 } else { sql::waiting(tx, most).await? };
    Ok(Load { live: gate.live, waiting })
}
