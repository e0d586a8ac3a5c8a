//! Decisions about a dispatch, as pure functions of what was read under the lock.

use tenantry_kernel::{
    FieldError, JobId, TenantId, ToolId,
    dispatch::{QUEUE_LENGTH, WhenFull, check_payload},
    plan::Plan,
    requests::DispatchRequest,
    text::Label,
};

use super::error::{DispatchError, MonthlyQuota};
use crate::billing::Effective;

/// A tool by name or id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ToolRef {
    /// By id.
    Id(ToolId),
    /// By name.
    Name(Label),
}

impl ToolRef {
    /// Reads an id or a name.
    ///
    /// # Errors
    /// Text that can be neither.
    pub fn parse(field: &str, text: &str) -> Result<Self, FieldError> {
        text.parse().map(Self::Id).or_else(|_| Label::parse(field, text).map(Self::Name))
    }
}

/// A right wish for a dispatch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub tool: ToolRef,
    pub action: Label,
    /// JSON text.
    pub payload: String,
    pub when_full: WhenFull,
}

/// Reads a wish off a request; names every field that is out of bounds.
pub(super) fn parse_wish(request: &DispatchRequest) -> Result<Wish, Vec<FieldError>> {
    let tool = ToolRef::parse("tool", &request.tool);
    let action = Label::parse("action", &request.action);
    let payload = check_payload(&request.payload);
    match (tool, action, payload) {
        (Ok(tool), Ok(action), Ok(payload)) => Ok(Wish { tool, action, payload, when_full: request.when_full }),
        (tool, action, payload) => Err([tool.err(), action.err(), payload.err()].into_iter().flatten().collect()),
    }
}

/// A tool, as far as a decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tool {
    pub id: ToolId,
    pub name: String,
    pub feature: Option<String>,
}

/// Slots and queue of an organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// Leases that live.
    pub live: u64,
    /// Jobs that wait for a slot, as far as they were counted.
    pub waiting: u64,
}

/// Is the feature granted, and is there a dispatch left in the month?
pub(super) fn decide_plan(effective: &Effective, tool: &Tool, used: u64) -> Result<(), DispatchError> {
    unless_expired(effective, |plan| refused_by(plan, effective, tool, used))
}

/// Is there a dispatch left in the month, whatever the tool?
pub(super) fn decide_month(effective: &Effective, used: u64) -> Result<(), DispatchError> {
    unless_expired(effective, |plan| decide_quota(plan, effective, used))
}

/// What the plan decides; where an expired one would have decided otherwise, that it has expired.
fn unless_expired(
    effective: &Effective,
    decide: impl Fn(&Plan) -> Result<(), DispatchError>,
) -> Result<(), DispatchError> {
    match (decide(&effective.plan), &effective.expired) {
        (Err(_), Some(expired)) if decide(expired).is_ok() => {
            Err(DispatchError::PlanExpired { plan: expired.name.clone() })
        }
        (decision, _) => decision,
    }
}

fn refused_by(plan: &Plan, effective: &Effective, tool: &Tool, used: u64) -> Result<(), DispatchError> {
    if let Some(feature) = tool.feature.as_deref().filter(|feature| !plan.has_feature(feature)) {
        return Err(DispatchError::FeatureNotInPlan { feature: feature.to_owned(), plan: plan.name.clone() });
    }
    decide_quota(plan, effective, used)
}

/// Does the plan leave a dispatch in the month, or beyond a limit that is not hard?
fn decide_quota(plan: &Plan, effective: &Effective, used: u64) -> Result<(), DispatchError> {
    match plan.limits.beyond.dispatches.most(plan.limits.dispatches) {
        Some(limit) if used >= limit => Err(DispatchError::QuotaExceeded(MonthlyQuota {
            plan: plan.name.clone(),
            limit: Some(limit),
            used,
            own: effective.own.dispatches,
            resets_at: effective.period.end,
        })),
        _ => Ok(()),
    }
}

/// Is a dispatch that is allowed after so many beyond the limit?
pub(super) fn is_overage(plan: &Plan, used: u64) -> bool {
    plan.limits.beyond.dispatches.overage_after(plan.limits.dispatches).is_some_and(|limit| used >= limit)
}

/// Is there room for the job? Who waits already comes first, so a slot that is free for a moment is not for the taking. Where
/// there is no slot at all nothing may wait for one.
pub(super) fn decide_room(effective: &Effective, load: Load, when_full: WhenFull) -> Result<(), DispatchError> {
    let refused = |limit, used| Err(DispatchError::ConcurrentLimit { limit, used, own: effective.own.concurrent });
    match (when_full, effective.plan.limits.concurrent.map(u64::from)) {
        (_, Some(0)) => refused(0, 0),
        (WhenFull::Queue, _) if load.waiting >= QUEUE_LENGTH => Err(DispatchError::QueueFull),
        (WhenFull::Reject, Some(limit)) if load.live + load.waiting >= limit => {
            refused(limit, (load.live + load.waiting).min(limit))
        }
        _ => Ok(()),
    }
}

/// A job that waits for a worker, in the order of admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub job: JobId,
    pub tenant: TenantId,
    /// The slot that it was admitted with.
    pub slot: Option<i32>,
}

/// Gives slots to candidates, first in first out: one that has a slot keeps it, the others get the lowest free numbers
/// while fewer slots are taken than the limit allows. `taken` are all numbers in use.
pub(super) fn allot(candidates: &[Candidate], taken: &[i32], limit: Option<u32>, most: usize) -> Vec<(Candidate, i32)> {
    let mut taken = taken.to_vec();
    let room = limit.map_or(usize::MAX, |limit| limit as usize);
    let mut allotted = Vec::new();
    for candidate in candidates {
        if allotted.len() == most {
            break;
        }
        if let Some(slot) = candidate.slot {
            allotted.push((*candidate, slot));
        } else if taken.len() < room {
            let slot = (1..).find(|slot| !taken.contains(slot)).unwrap_or(1);
            taken.push(slot);
            allotted.push((*candidate, slot));
        }
    }
    allotted
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tenantry_kernel::{
        money::Money,
        own::OwnLimits,
        period::Period,
        plan::{Limits, PlanState},
        quota::{Beyond, Mode},
    };
    use uuid::Uuid;

    use super::*;

    fn plan(name: &str, dispatches: Option<u64>, concurrent: Option<u32>, features: &[&str]) -> Arc<Plan> {
        Arc::new(Plan {
            id: name.to_lowercase(),
            name: name.into(),
            version: 1,
            price_monthly: Money { amount: 0, currency: "USD".into() },
            limits: Limits { dispatches, concurrent, ..Limits::default() },
            features: features.iter().map(ToString::to_string).collect(),
        })
    }

    fn effective(plan: Arc<Plan>, expired: Option<Arc<Plan>>) -> Effective {
        let period = Period::calendar_month(chrono::DateTime::UNIX_EPOCH);
        Effective { plan, own: OwnLimits::default(), state: PlanState::Active, period, expired }
    }

    fn tool(feature: Option<&str>) -> Tool {
        Tool { id: Uuid::nil().into(), name: "echo".into(), feature: feature.map(Into::into) }
    }

    #[test]
    fn the_last_dispatch_passes_and_the_next_does_not() {
        let free = effective(plan("Free", Some(500), Some(1), &["basic"]), None);
        assert!(decide_plan(&free, &tool(None), 499).is_ok());
        assert!(
            matches!(decide_plan(&free, &tool(None), 500), Err(DispatchError::QuotaExceeded(quota)) if quota.used == 500)
        );
        let unlimited = effective(plan("Empire", None, None, &["*"]), None);
        assert!(decide_plan(&unlimited, &tool(Some("anything")), u64::MAX).is_ok());
        let forbidden = effective(plan("None", Some(0), None, &[]), None);
        assert!(decide_plan(&forbidden, &tool(None), 0).is_err());
    }

    #[test]
    fn beyond_a_limit_that_is_not_hard_is_allowed_up_to_its_cap_and_marked() {
        let decided = |mode, cap, used| {
            let mut limits = Limits { dispatches: Some(10), ..Limits::default() };
            limits.beyond.dispatches = Beyond { mode, cap };
            let plan = Arc::new(Plan { limits, ..(*plan("Any", None, None, &[])).clone() });
            let refused = decide_quota(&plan, &effective(Arc::clone(&plan), None), used).err();
            let limit = refused.map(|error| match error {
                DispatchError::QuotaExceeded(quota) => (quota.limit, quota.used),
                other => panic!("{other}"),
            });
            (limit, is_overage(&plan, used))
        };
        assert_eq!(decided(Mode::Hard, None, 9), (None, false));
        assert_eq!(decided(Mode::Hard, None, 10), (Some((Some(10), 10)), false));
        assert_eq!(decided(Mode::Soft, None, 9), (None, false));
        assert_eq!(decided(Mode::Soft, None, 10), (None, true));
        assert_eq!(decided(Mode::Soft, None, u64::MAX), (None, true));
        assert_eq!(decided(Mode::SoftCapped, Some(12), 11), (None, true));
        assert_eq!(decided(Mode::SoftCapped, Some(12), 12).0, Some((Some(12), 12)));
    }

    #[test]
    fn the_feature_is_decided_before_the_quota() {
        let free = effective(plan("Free", Some(1), None, &["basic"]), None);
        let refusal = decide_plan(&free, &tool(Some("listing-auto")), 1);
        assert!(matches!(refusal, Err(DispatchError::FeatureNotInPlan { .. })));
    }

    #[test]
    fn what_the_expired_plan_would_have_allowed_says_so() {
        let (free, pro) = (plan("Free", Some(500), None, &["basic"]), plan("Pro", Some(5000), None, &["basic"]));
        let expired = effective(free, Some(pro));
        assert!(matches!(decide_plan(&expired, &tool(None), 700), Err(DispatchError::PlanExpired { .. })));
        assert!(matches!(decide_plan(&expired, &tool(None), 5000), Err(DispatchError::QuotaExceeded(_))));
        // Whoever asks without a tool is told the same.
        assert!(matches!(decide_month(&expired, 700), Err(DispatchError::PlanExpired { .. })));
        assert!(matches!(decide_month(&expired, 5000), Err(DispatchError::QuotaExceeded(_))));
        assert!(decide_month(&expired, 499).is_ok());
    }

    #[test]
    fn who_waits_comes_before_who_would_be_rejected() {
        let one = effective(plan("Free", None, Some(1), &[]), None);
        let load = |live, waiting| Load { live, waiting };
        assert!(decide_room(&one, load(0, 0), WhenFull::Reject).is_ok());
        assert!(decide_room(&one, load(1, 0), WhenFull::Reject).is_err());
        assert!(decide_room(&one, load(0, 1), WhenFull::Reject).is_err());
        assert!(decide_room(&one, load(1, 9_999), WhenFull::Queue).is_ok());
        assert!(matches!(decide_room(&one, load(1, 10_000), WhenFull::Queue), Err(DispatchError::QueueFull)));
    }

    #[test]
    fn where_there_is_no_slot_nothing_waits_for_one() {
        let none = effective(plan("None", None, Some(0), &[]), None);
        for when_full in [WhenFull::Reject, WhenFull::Queue] {
            let refused = decide_room(&none, Load { live: 1, waiting: 1 }, when_full);
            assert!(matches!(refused, Err(DispatchError::ConcurrentLimit { limit: 0, used: 0, own: false })));
        }
    }

    #[test]
    fn slots_are_given_first_in_first_out_and_never_over_the_limit() {
        let candidate = |slot| Candidate { job: Uuid::nil().into(), tenant: Uuid::nil().into(), slot };
        let candidates = [candidate(None), candidate(Some(2)), candidate(None), candidate(None)];
        let slots = |limit, taken: &[i32], most| -> Vec<i32> {
            allot(&candidates, taken, limit, most).into_iter().map(|(_, slot)| slot).collect()
        };
        assert_eq!(slots(Some(3), &[2], 9), [1, 2, 3]);
        assert_eq!(slots(Some(1), &[2], 9), [2]);
        assert_eq!(slots(None, &[2], 9), [1, 2, 3, 4]);
        assert_eq!(slots(None, &[2], 2), [1, 2]);
    }

    #[test]
    fn every_field_out_of_bounds_is_named() {
        let request = DispatchRequest { tool: "x".repeat(65), ..DispatchRequest::default() };
        let fields: Vec<_> = parse_wish(&request).expect_err("refused").into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["tool", "action"]);
    }
}
