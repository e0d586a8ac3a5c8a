//! Admission: the decision about a dispatch, and its effect in the same transaction.

use tenantry_kernel::{
    Code, Problem,
    dispatch::{AcceptedJob, CheckView, JobStatus},
    requests::DispatchRequest,
    usage::remaining,
};

use super::{
    error::DispatchError,
    rules::{self, ToolRef, Wish},
    sql::{self, Gate, NewJob},
};
use crate::{
    Services,
    access::{Actor, TenantScope, permit::DispatchRun},
    billing::Effective,
    db::TenantTx,
    idempotency::{Answer, OnceKey},
};

/// Dispatches: decides, makes the job, counts it and keeps the answer, all in one transaction.
///
/// # Errors
/// Every refusal of the order of decision from the tool on; a refusal consumes nothing.
pub async fn dispatch(
    services: &Services,
    scope: &TenantScope<DispatchRun>,
    request: &DispatchRequest,
    once: Option<&OnceKey>,
) -> Result<Answer, DispatchError> {
    let wish = match rules::parse_wish(request) {
        Ok(wish) => wish,
        // Who may not dispatch at all is told so before what is wrong with the fields.
        Err(errors) => {
            may_dispatch(services, scope).await?;
            return Err(DispatchError::Invalid(errors));
        }
    };
    let owner = scope.organization().uuid();
    let _under_way = once.map(|once| services.in_flight.enter(owner, &once.key)).transpose()?;
    let _turn = services.floor.turn(owner).await;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    sql::lock_gate(&mut tx).await?;
    if let Some(once) = once
        && let Some(kept) = sql::kept_answer(&mut tx, &once.key).await?
    {
        return Ok(kept.answer(once)?);
    }
    let gate = sql::read_gate(&mut tx).await?;
    let effective = services.plans.effective(&gate.held, gate.now).await?;
    let tool = sql::find_tool(&mut tx, &wish.tool).await?.ok_or(DispatchError::NotFound)?;
    rules::decide_plan(&effective, &tool, gate.used(effective.period.start))?;
    rules::decide_room(&effective.plan, gate.load, wish.when_full)?;
    let answer = accept(services, &mut tx, scope, &wish, &tool, &gate, &effective, once).await?;
    tx.commit().await?;
    services.floor.announce();
    Ok(answer)
}

#[expect(clippy::too_many_arguments, reason = "everything that one transaction writes, named once")]
async fn accept(
    services: &Services,
    tx: &mut TenantTx,
    scope: &TenantScope<DispatchRun>,
    wish: &Wish,
    tool: &rules::Tool,
    gate: &Gate,
    effective: &Effective,
    once: Option<&OnceKey>,
) -> Result<Answer, DispatchError> {
    let job = AcceptedJob {
        id: services.new_id(),
        tool: tool.name.clone(),
        action: wish.action.to_string(),
        status: JobStatus::Queued,
        created_at: gate.now,
    };
    let answer = Answer::of(202, "job", &job);
    let Actor::Member { user, .. } = scope.actor() else { return Err(DispatchError::NotFound) };
    let new = NewJob {
        job: &job,
        event: services.new_id(),
        tool: tool.id,
        user,
        payload: &wish.payload,
        when_full: wish.when_full,
        period_start: effective.period.start,
        once,
        answer: &answer,
    };
    sql::insert_job(tx, &new).await?;
    Ok(answer)
}

/// Would a dispatch of the tool be allowed now? Consumes nothing, and promises nothing.
///
/// # Errors
/// [`DispatchError::NotFound`] for a tool that is not there; the database.
pub async fn check(
    services: &Services,
    scope: &TenantScope<DispatchRun>,
    tool: &str,
) -> Result<CheckView, DispatchError> {
    let tool = match ToolRef::parse("tool", tool) {
        Ok(tool) => tool,
        Err(error) => {
            may_dispatch(services, scope).await?;
            return Err(DispatchError::Invalid(vec![error]));
        }
    };
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let gate = sql::read_gate(&mut tx).await?;
    let tool = sql::find_tool(&mut tx, &tool).await?.ok_or(DispatchError::NotFound)?;
    tx.commit().await?;
    let effective = services.plans.effective(&gate.held, gate.now).await?;
    let used = gate.used(effective.period.start);
    let decision = rules::decide_plan(&effective, &tool, used)
        .and_then(|()| rules::decide_room(&effective.plan, gate.load, Default::default()));
    let refusal: Option<(Code, String)> = decision.err().map(|error| {
        let problem = Problem::from(error);
        (problem.code, problem.detail)
    });
    let limit = effective.plan.limits.dispatches;
    let (code, reason) = refusal.unzip();
    Ok(CheckView {
        allowed: code.is_none(),
        code,
        reason,
        limit,
        used,
        remaining: remaining(limit, used),
        resets_at: effective.period.end,
    })
}

/// Is there a dispatch left in the month? Asked before a body that cannot be read is complained about.
///
/// # Errors
/// [`DispatchError::QuotaExceeded`], or the database.
pub async fn may_dispatch(services: &Services, scope: &TenantScope<DispatchRun>) -> Result<(), DispatchError> {
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let gate = sql::read_gate(&mut tx).await?;
    tx.commit().await?;
    let effective = services.plans.effective(&gate.held, gate.now).await?;
    rules::decide_quota(&effective.plan, &effective, gate.used(effective.period.start))
}
