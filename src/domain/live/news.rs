//! What was seen and told so far, and so what is news.

use std::{cell::OnceCell, collections::HashMap, sync::Arc, time::Duration};

use tenantry_kernel::{
    Permission, TenantId,
    live::{TenantEvent, WarningEvent},
    tenancy::TenantContextView,
    usage::UsageView,
};
use tokio::time::Instant;

use super::{Event, ear::Ear, rules::Told, sql::Found};
use crate::{
    Services,
    db::{DbError, OrgTx},
    metering,
};

/// What changes with the time alone (a new period, a plan that ends) is told at the latest after this.
const STALE: Duration = Duration::from_secs(20);

/// What was seen and told so far.
#[derive(Default)]
pub(super) struct Memory {
    jobs: Told,
    usage: Option<Read>,
    told: Option<Arc<UsageView>>,
}

/// Numbers that were read.
struct Read {
    view: Arc<UsageView>,
    /// What was counted then, by the look's own text.
    counted: String,
    at: Instant,
}

/// Events for all who may know what they are about.
#[derive(Default)]
pub(super) struct News {
    /// The numbers, written when the first is found who was told others.
    usage: OnceCell<Event>,
    warnings: Vec<Event>,
    /// Those of each tenant are for its own listeners.
    jobs: HashMap<TenantId, Event>,
}

impl Memory {
    /// How far jobs were read.
    pub fn horizon(&self) -> Option<u64> {
        self.jobs.horizon
    }

    /// The numbers of now: those that were read before, unless something has changed.
    pub async fn usage(
        &mut self,
        services: &Services,
        tx: &mut OrgTx,
        found: &Found,
    ) -> Result<Arc<UsageView>, DbError> {
        let now = Instant::now();
        // The ends of jobs bring what tools say they used, which no counter shows; a plan brings its limits.
        let counted = format!("{} {:?} {:?}", found.counted, found.held, found.jobs.first());
        match &self.usage {
            Some(read) if read.counted == counted && now < read.at + STALE => Ok(Arc::clone(&read.view)),
            _ => {
                let view = Arc::new(metering::usage_in(services, tx).await?);
                self.usage = Some(Read { view: Arc::clone(&view), counted, at: now });
                Ok(view)
            }
        }
    }

    /// What is news of what was found; from then on it is none. The first look of all has no news: whoever begins to listen
    /// is told how everything stands.
    pub fn news(&mut self, found: &Found, usage: &Arc<UsageView>) -> News {
        let jobs = self.jobs.news(found);
        let Some(before) = self.told.replace(Arc::clone(usage)) else { return News::default() };
        let given = usage.warnings.iter().filter(|warning| !before.warnings.contains(warning));
        News {
            usage: OnceCell::new(),
            warnings: given.map(|warning| Event::warning(&WarningEvent { warning: warning.clone() })).collect(),
            jobs: jobs.into_iter().map(|(tenant, jobs)| (tenant, Event::job(&jobs))).collect(),
        }
    }
}

/// Tells somebody what is news to them: everything, where they were told nothing yet. Answers how many events it took.
///
/// Numbers are news to whoever was told others last: those who came between two tellings know other ones than the rest.
pub(super) fn tell(ear: &mut Ear, context: TenantContextView, usage: &Arc<UsageView>, news: Option<&News>) -> u32 {
    let may = |permission| context.permissions.contains(&permission);
    let knows = |ear: &Ear| ear.numbers.as_ref().is_some_and(|told| Arc::ptr_eq(told, usage) || told == usage);
    let mut events = Vec::new();
    match (&ear.told, news) {
        (None, _) => {
            events.push(Event::membership(&context));
            if may(Permission::UsageRead) {
                events.push(Event::usage(usage));
                ear.numbers = Some(Arc::clone(usage));
            }
        }
        (Some(_), None) => return 0,
        (Some(before), Some(news)) => {
            if before.tenant != context.tenant {
                events.push(Event::tenant(&TenantEvent { tenant: context.tenant.clone() }));
            }
            if (TenantContextView { tenant: context.tenant.clone(), ..before.clone() }) != context {
                events.push(Event::membership(&context));
            }
            if may(Permission::UsageRead) {
                events.extend(news.warnings.iter().cloned());
                if !knows(ear) {
                    events.push(news.usage.get_or_init(|| Event::usage(usage)).clone());
                    ear.numbers = Some(Arc::clone(usage));
                }
            }
            if may(Permission::JobRead) {
                events.extend(news.jobs.get(&context.tenant.id).cloned());
            }
        }
    }
    ear.told = Some(context);
    let told = events.len();
    events.into_iter().for_each(|event| ear.tell(event));
    u32::try_from(told).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
