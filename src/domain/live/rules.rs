//! What is decided at a look: who still may listen, and what is news to them.

use std::collections::{HashMap, HashSet};

use tenantry_kernel::{
    Permission, SessionId, TenantId,
    live::{JobChange, JobEvent},
    permission::Standing,
    tenancy::{TenantStatus, TenantView},
};
use uuid::Uuid;

use super::{
    ear::Who,
    sql::{Found, FoundMember, MOST_JOBS},
};

/// What becomes of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes on.
    Stays(FoundMember, TenantView),
    /// Its tenant is suspended: it is told so, and ends.
    Suspended(TenantView),
    /// Session, membership, role or tenant have ended: so does it.
    Ends,
}

/// Decides about a stream as its door has decided: the session, the place, the tenant's status, the role.
pub(super) fn fate(found: &Found, sessions: &HashSet<SessionId>, who: Who) -> Fate {
    let (member, tenant) = (found.members.get(&who.user), found.tenants.get(&who.tenant));
    let (Some(member), Some(tenant)) = (member, tenant) else { return Fate::Ends };
    if !sessions.contains(&who.session) {
        return Fate::Ends;
    }
    if tenant.status == TenantStatus::Suspended {
        return Fate::Suspended(tenant.clone());
    }
    match Standing::of(member.role, member.owner).may(Permission::JobRead) {
        true => Fate::Stays(*member, tenant.clone()),
        false => Fate::Ends,
    }
}

/// Which changes of jobs were told already, and how far that was looked.
#[derive(Default)]
pub(super) struct Told {
    /// Every transaction before this had ended when jobs were last read; `None` before the first time.
    pub horizon: Option<u64>,
    /// Those of them that were told, each with the transaction of its change.
    jobs: HashMap<Uuid, u64>,
}

impl Told {
    /// The news among the jobs that were found, for each tenant; from then on they are none.
    pub fn news(&mut self, found: &Found) -> HashMap<TenantId, JobEvent> {
        let more = found.jobs.len() > MOST_JOBS;
        let mut news: HashMap<TenantId, Vec<JobChange>> = HashMap::new();
        for (job, changed) in found.jobs.iter().take(MOST_JOBS) {
            if self.jobs.insert(job.id.into(), *changed) != Some(*changed) {
                news.entry(job.tenant).or_default().push(job.clone());
            }
        }
        self.horizon = Some(found.horizon);
        self.jobs.retain(|_, changed| *changed >= found.horizon);
        let event = |(tenant, jobs): (TenantId, Vec<JobChange>)| {
            let mut jobs = jobs.into_iter();
            Some((tenant, JobEvent { job: jobs.next()?, further: jobs.collect(), more }))
        };
        news.into_iter().filter_map(event).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use tenantry_kernel::{
        Role,
        dispatch::JobStatus,
        plan::{FREE, Held},
        quota::Terms,
    };

    use super::*;

    const WHO: u128 = 7;

    fn found(role: Role, status: TenantStatus) -> Found {
        let id = Uuid::from_u128(WHO);
        let tenant = TenantView { id: id.into(), name: "Acme".into(), slug: "acme".into(), status };
        let member = FoundMember { member: id.into(), role, owner: false };
        Found {
            now: DateTime::UNIX_EPOCH,
            horizon: 0,
            slug: "acme".into(),
            name: "Acme".into(),
            held: Held { plan: FREE.into(), version: 1, anchor: None, expires_at: None, terms: Terms::default() },
            members: HashMap::from([(id.into(), member)]),
            tenants: HashMap::from([(id.into(), tenant)]),
            counted: String::new(),
            jobs: vec![],
        }
    }

    fn who(session: u128, user: u128, tenant: u128) -> Who {
        let id = Uuid::from_u128;
        Who { session: id(session).into(), user: id(user).into(), tenant: id(tenant).into() }
    }

    #[test]
    fn a_stream_ends_with_whatever_it_stood_on() {
        let sessions = HashSet::from([Uuid::from_u128(WHO).into()]);
        let fate = |found: &Found, who| fate(found, &sessions, who);
        let active = found(Role::Viewer, TenantStatus::Active);
        assert!(matches!(fate(&active, who(WHO, WHO, WHO)), Fate::Stays(..)));
        for gone in [who(1, WHO, WHO), who(WHO, 1, WHO), who(WHO, WHO, 1)] {
            assert_eq!(fate(&active, gone), Fate::Ends);
        }
        let suspended = found(Role::Admin, TenantStatus::Suspended);
        assert!(matches!(fate(&suspended, who(WHO, WHO, WHO)), Fate::Suspended(_)));
        assert_eq!(fate(&suspended, who(1, WHO, WHO)), Fate::Ends, "who has no session is told nothing");
    }

    fn look(horizon: u64, jobs: &[(u128, u128, u64)]) -> Found {
        let job = |(job, tenant, changed): &(u128, u128, u64)| {
            let change = JobChange {
                id: Uuid::from_u128(*job).into(),
                tenant: Uuid::from_u128(*tenant).into(),
                tool: "echo".into(),
                action: "say".into(),
                status: JobStatus::Queued,
            };
            (change, *changed)
        };
        Found { horizon, jobs: jobs.iter().map(job).collect(), ..found(Role::Viewer, TenantStatus::Active) }
    }

    /// Tenants with the jobs that are news to them.
    fn said(news: HashMap<TenantId, JobEvent>) -> Vec<(u128, Vec<u128>)> {
        let mut said: Vec<_> = news
            .into_iter()
            .map(|(tenant, event)| {
                let jobs = [event.job].into_iter().chain(event.further);
                (tenant.uuid().as_u128(), jobs.map(|job| job.id.uuid().as_u128()).collect())
            })
            .collect();
        said.sort();
        said
    }

    #[test]
    fn a_change_is_told_once_in_whatever_order_transactions_commit() {
        let mut told = Told::default();
        // 10 is still under way: the next look begins with it.
        assert_eq!(said(told.news(&look(10, &[(1, 1, 11)]))), [(1, vec![1])]);
        assert_eq!(told.horizon, Some(10));
        assert_eq!(said(told.news(&look(12, &[(1, 1, 11), (2, 2, 10)]))), [(2, vec![2])]);
        assert_eq!(said(told.news(&look(13, &[(1, 1, 12), (3, 1, 12)]))), [(1, vec![1, 3])]);
        assert_eq!(said(told.news(&look(13, &[]))), []);
    }

    #[test]
    fn of_a_crowd_the_newest_are_told_and_that_there_are_others() {
        let mut told = Told::default();
        let crowd: Vec<_> = (0..=MOST_JOBS as u128).map(|job| (job, 1, 5)).collect();
        let news = told.news(&look(6, &crowd));
        let event = news.values().next().expect("news");
        assert!(event.more);
        assert_eq!(event.further.len() + 1, MOST_JOBS);
    }
}
