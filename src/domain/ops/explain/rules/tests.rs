//! One request that everything lets through, and each rule made to refuse it.

use std::sync::Arc;

use tenantry_kernel::{
    money::{CostEstimate, Money},
    own::OwnLimits,
    period::Period,
    plan::{Limits, Plan},
    quota::{Beyond, Mode, Terms},
    usage::{Level, Quota},
};
use uuid::Uuid;

use super::*;

const ORDER: [&str; 10] = [
    "address",
    "authentication",
    "burst",
    "tenant_status",
    "plan",
    "permission",
    "feature",
    "api_calls",
    "dispatches",
    "concurrency",
];

fn key() -> Key {
    Key {
        id: Uuid::nil().into(),
        tenant: Uuid::nil().into(),
        scopes: vec![Scope::Dispatch],
        expires_at: Some(DateTime::UNIX_EPOCH + chrono::TimeDelta::days(1)),
        revoked_at: None,
    }
}

fn check(code: Option<Code>) -> CheckView {
    CheckView {
        allowed: code.is_none(),
        code,
        reason: code.map(|code| code.title().to_owned()),
        limit: Some(500),
        used: 1,
        remaining: Some(499),
        resets_at: Some(DateTime::UNIX_EPOCH),
        overage: false,
    }
}

/// A dispatch with a key that nothing refuses.
fn facts() -> Facts {
    let period = Period::calendar_month(DateTime::UNIX_EPOCH);
    let plan = Plan {
        id: "free".into(),
        name: "Free".into(),
        version: 1,
        price_monthly: Money { amount: 0, currency: "USD".into() },
        limits: Limits { dispatches: Some(500), concurrent: Some(2), api_calls: Some(100), ..Limits::default() },
        features: vec!["basic".into()],
    };
    Facts {
        now: DateTime::UNIX_EPOCH,
        held: Held { plan: "free".into(), version: 1, anchor: None, expires_at: None, terms: Terms::default() },
        effective: Effective {
            plan: Arc::new(plan),
            own: OwnLimits::default(),
            state: PlanState::Active,
            period,
            expired: None,
        },
        asker: Asker::Key(key()),
        tenant: Tenant { id: Uuid::nil().into(), slug: "acme".into(), status: TenantStatus::Active },
        usage: UsageView {
            organization: Uuid::nil().into(),
            plan: "free".into(),
            period,
            dispatches: Quota::new(1, Some(500), period.end),
            concurrent: Level { used: 1, limit: Some(2) },
            api_calls: Quota::new(99, Some(100), period.end),
            storage_bytes: Level { used: 0, limit: None },
            tokens_used: 0,
            cost_estimate: CostEstimate { micros: 0 },
            by_tool: vec![],
            daily: vec![],
            event_meters: vec![],
            warnings: vec![],
        },
        verdict: Verdict::Checked {
            tool: Tool { name: "echo".into(), feature: Some("basic".into()) },
            check: check(None),
        },
    }
}

fn refusing(facts: &Facts) -> Vec<(String, Option<Code>)> {
    let rules = explain(facts).into_iter().filter(|rule| rule.decision == Decision::Refuses);
    rules.map(|rule| (rule.rule, rule.code)).collect()
}

#[test]
fn the_rules_stand_in_the_order_of_decision() {
    let rules = explain(&facts());
    assert_eq!(rules.iter().map(|rule| rule.rule.as_str()).collect::<Vec<_>>(), ORDER);
    assert_eq!(refusing(&facts()), []);
    let at_the_server = rules.iter().filter(|rule| rule.decision == Decision::AtTheServer);
    assert_eq!(at_the_server.map(|rule| rule.rule.as_str()).collect::<Vec<_>>(), ["address", "burst"]);
}

#[test]
fn each_rule_refuses_by_its_own_facts() {
    let refused = |change: fn(&mut Facts)| {
        let mut facts = facts();
        change(&mut facts);
        refusing(&facts)
    };
    let by = |rule: &str, code| vec![(rule.to_owned(), Some(code))];
    let revoked = |facts: &mut Facts| facts.asker = Asker::Key(Key { revoked_at: Some(facts.now), ..key() });
    assert_eq!(refused(revoked), by("authentication", Code::Unauthenticated));
    let ended = |facts: &mut Facts| facts.asker = Asker::Key(Key { expires_at: Some(facts.now), ..key() });
    assert_eq!(refused(ended), by("authentication", Code::Unauthenticated));
    let closed = |facts: &mut Facts| {
        (facts.tenant.status, facts.verdict) = (TenantStatus::Suspended, Verdict::Closed);
    };
    assert_eq!(refused(closed), by("tenant_status", Code::TenantSuspended));
    let lacking = |facts: &mut Facts| facts.asker = Asker::Key(Key { scopes: vec![Scope::Read], ..key() });
    assert_eq!(refused(lacking), by("permission", Code::Forbidden));
    let viewer = |facts: &mut Facts| {
        facts.asker = Asker::Member(Member { id: Uuid::nil().into(), role: Role::Viewer, owner: false });
    };
    assert_eq!(refused(viewer), by("permission", Code::Forbidden));
    let full = |facts: &mut Facts| facts.usage.concurrent.used = 2;
    assert_eq!(refused(full), by("concurrency", Code::ConcurrentLimit));
    let day = |facts: &mut Facts| facts.usage.api_calls.used = 100;
    assert_eq!(refused(day), by("api_calls", Code::ApiDailyLimit));
    let month = |facts: &mut Facts| {
        (facts.usage.dispatches.used, facts.verdict) = (500, Verdict::Unasked);
    };
    assert_eq!(refused(month), by("dispatches", Code::DispatchQuotaExceeded));
}

#[test]
fn what_the_verb_says_decides() {
    for (code, rule) in [
        (Code::PlanExpired, "plan"),
        (Code::FeatureNotInPlan, "feature"),
        (Code::DispatchQuotaExceeded, "dispatches"),
        (Code::ConcurrentLimit, "concurrency"),
    ] {
        let mut facts = facts();
        let tool = Tool { name: "echo".into(), feature: Some("basic".into()) };
        facts.verdict = Verdict::Checked { tool, check: check(Some(code)) };
        assert_eq!(refusing(&facts), [(rule.to_owned(), Some(code))]);
    }
}

#[test]
fn a_soft_limit_refuses_nothing_until_its_cap() {
    let mut facts = facts();
    for quota in [&mut facts.usage.dispatches, &mut facts.usage.api_calls] {
        (quota.used, quota.limit) = (120, Some(100));
        quota.beyond = Beyond { mode: Mode::SoftCapped, cap: Some(121) };
    }
    assert_eq!(refusing(&facts), []);
    facts.usage.api_calls.used = 121;
    assert_eq!(refusing(&facts), [("api_calls".to_owned(), Some(Code::ApiDailyLimit))]);
    facts.usage.api_calls.beyond = Beyond { mode: Mode::Soft, cap: None };
    assert_eq!(refusing(&facts), []);
}

#[test]
fn what_was_not_named_is_not_decided() {
    let mut facts = facts();
    (facts.asker, facts.verdict) = (Asker::Anybody, Verdict::Unasked);
    let open = explain(&facts).into_iter().filter(|rule| rule.decision == Decision::NotAsked);
    assert_eq!(
        open.map(|rule| rule.rule).collect::<Vec<_>>(),
        ["authentication", "permission", "feature", "api_calls"]
    );
}

#[test]
fn slots_that_are_waited_for_are_as_good_as_taken() {
    let mut facts = facts();
    // The only lease has ended; its job waits again as soon as somebody looks.
    facts.usage.concurrent = Level { used: 0, limit: Some(1) };
    let tool = Tool { name: "echo".into(), feature: None };
    facts.verdict = Verdict::Checked { tool, check: check(Some(Code::ConcurrentLimit)) };
    let rule = explain(&facts).into_iter().find(|rule| rule.rule == "concurrency").expect("there is one");
    assert_eq!(rule.facts, json!({"used": 1, "limit": 1, "waited_for": 1}));
}
