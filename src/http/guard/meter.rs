//! What a request takes of its caller's limits, and what its answer says of them.
//!
//! The boundary gives every request one of these; the guards write into it, and when the answer is there the boundary
//! writes the headers and gives back what a refusal of ours must not cost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    http::{StatusCode, request::Parts},
    response::Response,
};
use chrono::{DateTime, Utc};
use tenantry_domain::{
    Services,
    access::{Caller, Visitor},
    billing::Effective,
    metering::{DayFacts, DayLimit, Spender, Unit, Whose},
    rate,
};
use tenantry_kernel::{Burst, Problem};
use uuid::Uuid;

use super::headers::{BurstFacts, Day, RateFacts};

/// A request's own.
#[derive(Clone, Default)]
pub struct Meter(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    facts: RateFacts,
    unit: Option<Unit>,
    whose: Option<Whose>,
    /// That the day's calls are used up is said by who asked for this, and not by the guard.
    carries: bool,
    carried: Option<Problem>,
}

impl Meter {
    /// The one of this request. Where no boundary stands nobody reads it.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_default()
    }

    /// From now on a day that is used up is no refusal yet: see [`Self::carried`].
    pub(super) fn carry(&self) {
        self.lock().carries = true;
    }

    /// The refusal of a day that was used up, once.
    pub(super) fn carried(&self) -> Option<Problem> {
        self.lock().carried.take()
    }

    /// Notes whose bytes the bodies of this request are.
    pub fn whose(&self, caller: &Caller) {
        self.lock().whose = Whose::of(caller);
    }

    /// Whose they are, where that is known.
    pub(crate) fn whose_bytes(&self) -> Option<Whose> {
        self.lock().whose
    }

    /// Takes one of what the caller may do at once: by the plan of where they stand.
    ///
    /// # Errors
    /// `RATE_LIMITED`; the database, where the plan is not known yet.
    pub async fn burst(&self, services: &Services, caller: &Caller) -> Result<(), Problem> {
        match caller {
            Caller::Key(key) => self.take_burst(services, caller.counted_as(), key.effective.plan.limits.burst),
            Caller::Person(visitor) => self.burst_of(services, visitor).await,
        }
    }

    /// The same for a person; a call of a server function counts like one of the API.
    ///
    /// # Errors
    /// `RATE_LIMITED`; the database, where the plan is not known yet.
    pub async fn burst_of(&self, services: &Services, visitor: &Visitor) -> Result<(), Problem> {
        let burst = match &visitor.place {
            Some(place) => services.plans.effective(&place.held, services.clock.now()).await?.plan.limits.burst,
            None => Burst::default(),
        };
        self.take_burst(services, visitor.counted_as(), burst)
    }

    fn take_burst(&self, services: &Services, whom: Uuid, burst: Burst) -> Result<(), Problem> {
        let taken = services.limits.members.take(&(whom, burst), burst, services.clock.instant());
        self.lock().facts.burst = Some(BurstFacts::new(burst, &taken));
        Ok(rate::within_burst(services, taken, burst)?)
    }

    /// Takes one of the organization's API calls of the day; a person's calls with a session are none, and whoever stands
    /// nowhere has no organization to count them for.
    ///
    /// # Errors
    /// `API_DAILY_LIMIT`; the database, where more has to be leased.
    pub async fn day(&self, services: &Services, caller: &Caller) -> Result<(), Problem> {
        let (organization, spender, limit) = match caller {
            Caller::Key(key) => {
                let limit = day_limit(&key.effective, Arc::clone(&key.time_zone));
                (key.organization, Spender::Key(key.id), limit)
            }
            Caller::Person(visitor) => {
                let Some(place) = visitor.place.as_ref().filter(|_| visitor.principal.by_token) else { return Ok(()) };
                services.memory.be_fresh(&services.db).await?;
                let effective = services.plans.effective(&place.held, services.memory.now()).await?;
                let limit = day_limit(&effective, place.held.terms.time_zone.as_str().into());
                (place.organization, Spender::Person { user: visitor.user(), tenant: place.tenant }, limit)
            }
        };
        let now = services.memory.now();
        match services.allowances.take(services, organization, &limit, spender).await {
            Ok(unit) => {
                let mut taken = self.lock();
                taken.facts.api_day = unit.facts.map(|facts| day(facts, now));
                taken.unit = Some(unit);
                Ok(())
            }
            Err(error) => {
                let mut taken = self.lock();
                taken.facts.api_day = error.facts().map(|facts| day(facts, now));
                let carries = taken.carries && error.facts().is_some();
                let problem = error.problem(now);
                if !carries {
                    return Err(problem);
                }
                taken.carried = Some(problem);
                Ok(())
            }
        }
    }

    /// Writes the headers of an answer, and gives back what it must not cost.
    pub fn close(&self, response: &mut Response) {
        let mut taken = self.lock();
        let ours = response.status().is_server_error()
            || matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS);
        if let Some(unit) = taken.unit.take()
            && ours
        {
            unit.give_back();
            if let Some(day) = &mut taken.facts.api_day {
                day.remaining += 1;
            }
        }
        response.headers_mut().extend(taken.facts.headers().into_iter().flatten());
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn day_limit(effective: &Effective, time_zone: Arc<str>) -> DayLimit {
    let limits = &effective.plan.limits;
    DayLimit { limit: limits.api_calls, beyond: limits.beyond.api_calls, own: effective.own.api_calls, time_zone }
}

fn day(facts: DayFacts, now: DateTime<Utc>) -> Day {
    let seconds = |from: DateTime<Utc>| u32::try_from((facts.day.end - from).num_seconds()).unwrap_or_default();
    Day {
        limit: facts.limit,
        remaining: facts.remaining,
        window_seconds: seconds(facts.day.start),
        resets_in_seconds: seconds(now),
    }
}
