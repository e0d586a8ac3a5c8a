//! Admission: the question of a dispatch, decided in a batch with those that come at the same moment.

use tenantry_kernel::{LimitFacts, Problem, dispatch::CheckView, requests::DispatchRequest, usage::remaining};

use super::{
    batch::Asked,
    error::DispatchError,
    rules::{self, Load, ToolRef},
    sql, sql_work,
    verdict::{By, Wanted},
};
use crate::{
    Services,
    access::{TenantScope, permit::DispatchRun},
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
    let by = By::of(scope.actor()).ok_or(DispatchError::NotFound)?;
    let organization = scope.organization();
    let under_way = once.map(|once| services.in_flight.enter(organization.uuid(), &once.key)).transpose()?;
    // Who sends a key may have an answer already, and that is the database's to say.
    if once.is_none() {
        services.floor.spent.check(organization, scope.tenant(), Some(&wish.tool), services.clock.instant())?;
    }
    let (job, event, once) = (services.new_id(), services.new_id(), once.cloned());
    let asked =
        Asked { scope: *scope, wanted: Wanted { job, event, by, wish, once, arrival: None }, _under_way: under_way };
    services.floor.admissions.join(services, asked).await?
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
    let (organization, tenant) = (scope.organization(), scope.tenant());
    let answers = &services.floor.answers;
    if let Some(known) = answers.known(organization, tenant, tool, services.clock.instant()) {
        return Ok(known);
    }
    let (changes, asked) = (answers.changes(organization), services.clock.instant());
    let answer = ask(services, scope, tool).await?;
    answers.remember(tenant, tool, &answer, changes, asked);
    Ok(answer)
}

/// Asks the database.
async fn ask(services: &Services, scope: &TenantScope<DispatchRun>, tool: &str) -> Result<CheckView, DispatchError> {
    let tool = match ToolRef::parse("tool", tool) {
        Ok(tool) => tool,
        Err(error) => {
            may_dispatch(services, scope).await?;
            return Err(DispatchError::Invalid(vec![error]));
        }
    };
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let gate = sql::read_gate(&mut tx).await?;
    let tool = sql::find_tools(&mut tx, &[&tool]).await?.pop().ok_or(DispatchError::NotFound)?;
    let effective = services.plans.effective(&gate.held, gate.now).await?;
    let most = effective.plan.limits.concurrent.map_or(0, u64::from).min(gate.span);
    let waiting = if most == 0 { 0 } else { sql::waiting(&mut tx, most).await? };
    // A dispatch would take ended leases back first, and find their jobs waiting.
    let waiting = if gate.lost == 0 { waiting } else { waiting + sql_work::lost(&mut tx).await? };
    tx.commit().await?;
    let used = gate.used(effective.period.start);
    let load = Load { live: gate.live, waiting };
    let decision = rules::decide_plan(&effective, &tool, used)
        .and_then(|()| rules::decide_room(&effective, load, Default::default()));
    Ok(view(&effective, used, decision.err()))
}

/// What is told: where the month stands, or the limit that refuses.
fn view(effective: &Effective, used: u64, refusal: Option<DispatchError>) -> CheckView {
    let limit = effective.plan.limits.dispatches;
    let month = CheckView {
        allowed: refusal.is_none(),
        code: None,
        reason: None,
        limit,
        used,
        remaining: remaining(limit, used),
        resets_at: Some(effective.period.end),
        overage: refusal.is_none() && rules::is_overage(&effective.plan, used),
    };
    let Some(refusal) = refusal else { return month };
    let by_slots = matches!(refusal, DispatchError::ConcurrentLimit { .. });
    let Problem { code, detail, limit, .. } = refusal.into();
    let (code, reason) = (Some(code), Some(detail));
    match limit.filter(|_| by_slots) {
        Some(LimitFacts { limit, used, remaining, resets_at, .. }) => {
            CheckView { code, reason, limit, used, remaining, resets_at, ..month }
        }
        None => CheckView { code, reason, ..month },
    }
}

/// Is there a dispatch left in the month? Asked before a body that cannot be read is complained about.
///
/// # Errors
/// [`DispatchError::QuotaExceeded`], [`DispatchError::PlanExpired`], or the database.
pub async fn may_dispatch(services: &Services, scope: &TenantScope<DispatchRun>) -> Result<(), DispatchError> {
    let (organization, tenant) = (scope.organization(), scope.tenant());
    let read = services.floor.spent.before(services.clock.instant());
    services.floor.spent.check(organization, tenant, None, services.clock.instant())?;
    let mut tx = TenantTx::open(&services.db, scope).await?;
    let gate = sql::read_gate(&mut tx).await?;
    tx.commit().await?;
    let effective = services.plans.effective(&gate.held, gate.now).await?;
    let decision = rules::decide_month(&effective, gate.used(effective.period.start));
    if let Err(refused) = &decision {
        services.floor.spent.note((organization, tenant, None), refused, read, effective.period.end - gate.now);
    }
    decision
}
