//! The order of decision, each rule as a pure function of what was read.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenantry_kernel::{
    Code, KeyId, MemberId, Permission, Role, TenantId,
    dispatch::CheckView,
    key::{Scope, permissions_of},
    operator::{Decision, RuleView},
    permission::Standing,
    plan::{Held, PlanState},
    tenancy::TenantStatus,
    usage::UsageView,
};

use crate::billing::Effective;

/// A key, as far as a decision needs it.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub id: KeyId,
    pub tenant: TenantId,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A member, as far as a decision needs one.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub id: MemberId,
    pub role: Role,
    pub owner: bool,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(super) enum Asker {
    Anybody,
    Key(Key),
    Member(Member),
}

/// Where.
#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub id: TenantId,
    pub slug: String,
    pub status: TenantStatus,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    pub name: String,
    pub feature: Option<String>,
}

/// What the verb said.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// No tool was named.
    Unasked,
    /// The tenant is closed, so nothing behind its door can be seen.
    Closed,
    /// To a dispatch of the tool.
    Checked { tool: Tool, check: CheckView },
}

/// All that was read.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// The database's time.
    pub now: DateTime<Utc>,
    pub held: Held,
    pub effective: Effective,
    pub asker: Asker,
    pub tenant: Tenant,
    pub usage: UsageView,
    pub verdict: Verdict,
}

/// Every rule, in the order of decision.
pub(super) fn explain(facts: &Facts) -> Vec<RuleView> {
    vec![
        address(),
        authentication(facts),
        burst(facts),
        tenant_status(facts),
        plan(facts),
        permission(facts),
        feature(facts),
        api_calls(facts),
        dispatches(facts),
        concurrency(facts),
    ]
}

fn rule(name: &str, decision: Decision, reason: impl Into<String>, facts: Value) -> RuleView {
    RuleView { rule: name.to_owned(), decision, code: None, reason: reason.into(), facts }
}

fn passes(name: &str, reason: impl Into<String>, facts: Value) -> RuleView {
    rule(name, Decision::Passes, reason, facts)
}

fn refuses(name: &str, code: Code, reason: impl Into<String>, facts: Value) -> RuleView {
    RuleView { code: Some(code), ..rule(name, Decision::Refuses, reason, facts) }
}

fn address() -> RuleView {
    let reason = "Only what fails to authenticate is counted by its address, in each server's memory.";
    rule("address", Decision::AtTheServer, reason, json!({}))
}

fn authentication(facts: &Facts) -> RuleView {
    let name = "authentication";
    match &facts.asker {
        Asker::Anybody => rule(name, Decision::NotAsked, "Nobody was named.", json!({})),
        Asker::Member(member) => {
            passes(name, "A member, once a session of theirs is presented.", json!({"member": member.id}))
        }
        Asker::Key(key) => {
            let told = json!({"key": key.id, "expires_at": key.expires_at, "revoked_at": key.revoked_at});
            match (key.revoked_at, key.expires_at) {
                (Some(_), _) => refuses(name, Code::Unauthenticated, "The key was revoked.", told),
                (None, Some(end)) if facts.now >= end => {
                    refuses(name, Code::Unauthenticated, "The key has expired.", told)
                }
                _ => passes(name, "The key is good, if its secret is right.", told),
            }
        }
    }
}

fn burst(facts: &Facts) -> RuleView {
    let burst = facts.effective.plan.limits.burst;
    let reason = format!("{} at once, {} more each second, in each server's memory.", burst.bucket, burst.refill);
    rule("burst", Decision::AtTheServer, reason, json!({"bucket": burst.bucket, "refill": burst.refill}))
}

fn tenant_status(facts: &Facts) -> RuleView {
    let Tenant { id, slug, status } = &facts.tenant;
    let told = json!({"tenant": id, "slug": slug, "status": status});
    match status {
        TenantStatus::Active => passes("tenant_status", "The workspace is active.", told),
        TenantStatus::Suspended => refuses("tenant_status", Code::TenantSuspended, "The workspace is suspended.", told),
    }
}

/// An expired plan refuses only what it would have allowed itself, which the verb's own answer says.
fn plan(facts: &Facts) -> RuleView {
    let (held, effective) = (&facts.held, &facts.effective);
    let told = json!({
        "held": held.plan, "version": held.version, "expires_at": held.expires_at, "state": effective.state,
        "counts": effective.plan.id,
        "overrides": held.terms.overrides.iter().filter(|own| own.counts(facts.now)).collect::<Vec<_>>(),
    });
    if let Some(reason) = refusal(facts, Code::PlanExpired) {
        return refuses("plan", Code::PlanExpired, reason, told);
    }
    let reason = match effective.state {
        PlanState::Active => format!("The {} plan counts.", effective.plan.name),
        PlanState::Grace => format!("The {} plan has expired and counts for three days more.", effective.plan.name),
        PlanState::Expired => format!("The plan has expired, so {}'s limits count.", effective.plan.name),
    };
    passes("plan", reason, told)
}

fn permission(facts: &Facts) -> RuleView {
    let (name, needed) = ("permission", Permission::DispatchRun);
    match &facts.asker {
        Asker::Anybody => rule(name, Decision::NotAsked, "Nobody was named.", json!({"needs": needed})),
        Asker::Member(Member { role, owner, .. }) => {
            let told = json!({"role": role, "owner": owner, "needs": needed});
            if Standing::of(*role, *owner).may(needed) {
                passes(name, format!("The role includes {needed}."), told)
            } else {
                refuses(name, Code::Forbidden, format!("The role does not include {needed}."), told)
            }
        }
        Asker::Key(key) => {
            let told = json!({"scopes": key.scopes, "needs": needed});
            if permissions_of(&key.scopes).contains(&needed) {
                passes(name, format!("The key's scopes include {needed}."), told)
            } else {
                refuses(name, Code::Forbidden, format!("The key's scopes do not include {needed}."), told)
            }
        }
    }
}

fn feature(facts: &Facts) -> RuleView {
    let name = "feature";
    let features = &facts.effective.plan.features;
    let Verdict::Checked { tool, .. } = &facts.verdict else { return undecided(name, facts) };
    let told = json!({"tool": tool.name, "needs": tool.feature, "plan_has": features});
    match (refusal(facts, Code::FeatureNotInPlan), &tool.feature) {
        (Some(reason), _) => refuses(name, Code::FeatureNotInPlan, reason, told),
        (None, None) => passes(name, "The tool needs no feature.", told),
        // An expired plan that had it refuses by itself.
        (None, Some(needed)) if !facts.effective.plan.has_feature(needed) => undecided(name, facts),
        (None, Some(needed)) => passes(name, format!("The plan includes {needed}."), told),
    }
}

/// Of keys alone: a person's calls are none.
fn api_calls(facts: &Facts) -> RuleView {
    let (name, calls) = ("api_calls", &facts.usage.api_calls);
    let told = json!({
        "used": calls.used, "limit": calls.limit, "mode": calls.beyond.mode, "cap": calls.beyond.cap,
        "resets_at": calls.resets_at, "time_zone": facts.held.terms.time_zone,
    });
    if !matches!(facts.asker, Asker::Key(_)) {
        return rule(name, Decision::NotAsked, "Only calls with a key are API calls of the day.", told);
    }
    match calls.beyond.most(calls.limit) {
        Some(most) if calls.used >= most => {
            refuses(name, Code::ApiDailyLimit, all(most, "API calls of this day", "used"), told)
        }
        Some(most) => passes(name, format!("{} of {most} API calls of this day are used.", calls.used), told),
        None => passes(name, format!("{} API calls today, and nothing refuses more.", calls.used), told),
    }
}

fn dispatches(facts: &Facts) -> RuleView {
    let (name, month) = ("dispatches", &facts.usage.dispatches);
    let most = month.beyond.most(month.limit);
    let told = json!({
        "used": month.used, "limit": month.limit, "mode": month.beyond.mode, "cap": month.beyond.cap,
        "overage": month.overage, "period": facts.usage.period,
    });
    let used_up = most.is_some_and(|most| month.used >= most);
    match (refusal(facts, Code::DispatchQuotaExceeded), most) {
        (Some(reason), _) => refuses(name, Code::DispatchQuotaExceeded, reason, told),
        (None, Some(most)) if used_up => {
            refuses(name, Code::DispatchQuotaExceeded, all(most, "dispatches of this period", "used"), told)
        }
        (None, Some(most)) => {
            passes(name, format!("{} of {most} dispatches of this period are used.", month.used), told)
        }
        (None, None) => passes(name, format!("{} dispatches, and nothing refuses more.", month.used), told),
    }
}

fn concurrency(facts: &Facts) -> RuleView {
    let (name, slots) = ("concurrency", &facts.usage.concurrent);
    if let Some(reason) = refusal(facts, Code::ConcurrentLimit) {
        // Jobs that wait for a slot come first, also those whose leases have ended, so all slots are as good as taken.
        let used = slots.limit.unwrap_or_default().max(slots.used);
        let told = json!({"used": used, "limit": slots.limit, "waited_for": used - slots.used});
        return refuses(name, Code::ConcurrentLimit, reason, told);
    }
    let told = json!({"used": slots.used, "limit": slots.limit});
    match slots.limit {
        Some(limit) if slots.used >= limit => refuses(name, Code::ConcurrentLimit, all(limit, "slots", "taken"), told),
        Some(limit) => passes(name, format!("{} of {limit} slots are taken.", slots.used), told),
        None => passes(name, format!("{} slots are taken, and there is no limit.", slots.used), told),
    }
}

/// What the verb itself said, where it refused with this code.
fn refusal(facts: &Facts, code: Code) -> Option<String> {
    match &facts.verdict {
        Verdict::Checked { check, .. } if check.code == Some(code) => check.reason.clone(),
        _ => None,
    }
}

fn undecided(name: &str, facts: &Facts) -> RuleView {
    match facts.verdict {
        Verdict::Unasked => rule(name, Decision::NotAsked, "No tool was named.", json!({})),
        _ => rule(name, Decision::NotReached, "A rule before it has refused.", json!({})),
    }
}

#[cfg(test)]
mod tests;

/// That a limit is reached; one of 0 was never there to be used.
fn all(most: u64, what: &str, state: &str) -> String {
    if most == 0 { format!("No {what} are allowed.") } else { format!("All {most} {what} are {state}.") }
}
