//! Who is told which numbers.

use chrono::DateTime;
use tenantry_kernel::{
    Role,
    money::{CostEstimate, Money},
    period::Period,
    plan::{Limits, Plan, PlanState},
    tenancy::{OrganizationSummary, TenantStatus, TenantView},
    usage::{Level, Quota},
};
use uuid::Uuid;

use super::*;
use crate::live::{
    Live, Seat,
    ear::{Listener, Who, stream},
};

fn context(permissions: &[Permission]) -> TenantContextView {
    let (nil, name, slug) = (Uuid::nil(), "Acme".to_owned(), "acme".to_owned());
    let plan = Plan {
        id: "free".into(),
        name: "Free".into(),
        version: 1,
        price_monthly: Money { amount: 0, currency: "USD".into() },
        limits: Limits::default(),
        features: vec![],
    };
    TenantContextView {
        organization: OrganizationSummary { id: nil.into(), name: name.clone(), slug: slug.clone() },
        tenant: TenantView { id: nil.into(), name, slug, status: TenantStatus::Active },
        role: Role::Viewer,
        owner: false,
        features: vec![],
        limits: plan.limits.clone(),
        plan,
        plan_state: PlanState::Active,
        permissions: permissions.to_vec(),
    }
}

/// Numbers that say so many slots are taken.
fn numbers(used: u64) -> Arc<UsageView> {
    let period = Period::calendar_month(DateTime::UNIX_EPOCH);
    Arc::new(UsageView {
        organization: Uuid::nil().into(),
        plan: "free".into(),
        period,
        dispatches: Quota::new(0, Some(500), period.end),
        concurrent: Level { used, limit: Some(1) },
        api_calls: Quota::new(0, Some(100), period.end),
        storage_bytes: Level { used: 0, limit: None },
        tokens_used: 0,
        cost_estimate: CostEstimate { micros: 0 },
        by_tool: vec![],
        daily: vec![],
        event_meters: vec![],
        warnings: vec![],
    })
}

fn pair() -> (Ear, Listener) {
    let nil = Uuid::nil();
    let who = Who { session: nil.into(), user: nil.into(), tenant: nil.into() };
    stream(who, Seat::none(&Live::default()))
}

/// The names of what was told since the last time.
async fn told(listener: &mut Listener, count: u32) -> Vec<&'static str> {
    let mut names = Vec::new();
    for _ in 0..count {
        names.push(listener.next().await.expect("it was told").name);
    }
    names
}

#[tokio::test]
async fn whoever_came_between_two_tellings_is_told_when_the_numbers_return() {
    let may = [Permission::UsageRead];
    let ((mut first, mut hears_first), (mut second, mut hears_second)) = (pair(), pair());
    let count = tell(&mut first, context(&may), &numbers(0), None);
    assert_eq!(told(&mut hears_first, count).await, ["membership", "usage"]);
    // A job runs; whoever comes now is told so at once, the others have been told too much lately.
    let count = tell(&mut second, context(&may), &numbers(1), None);
    assert_eq!(told(&mut hears_second, count).await, ["membership", "usage"]);
    assert_eq!(tell(&mut first, context(&may), &numbers(1), None), 0);
    // It has ended: what all were told last is no news to the first alone.
    let (news, now) = (News::default(), numbers(0));
    assert_eq!(tell(&mut first, context(&may), &now, Some(&news)), 0);
    let count = tell(&mut second, context(&may), &now, Some(&news));
    assert_eq!(told(&mut hears_second, count).await, ["usage"]);
    assert_eq!(tell(&mut second, context(&may), &now, Some(&News::default())), 0, "once");
}

#[tokio::test]
async fn who_may_not_read_numbers_is_told_them_when_they_may() {
    let (mut ear, mut hears) = pair();
    let count = tell(&mut ear, context(&[]), &numbers(1), None);
    assert_eq!(told(&mut hears, count).await, ["membership"]);
    assert_eq!(tell(&mut ear, context(&[]), &numbers(2), Some(&News::default())), 0);
    let count = tell(&mut ear, context(&[Permission::UsageRead]), &numbers(2), Some(&News::default()));
    assert_eq!(told(&mut hears, count).await, ["membership", "usage"]);
}
