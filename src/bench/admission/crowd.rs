//! Crowds that dispatch.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::PgConnection;
use tenantry_domain::{
    Services,
    access::{TenantScope, permit::DispatchRun},
    dispatch::{self, DispatchRequest},
};
use tenantry_kernel::dispatch::WhenFull;
use tokio::{
    sync::Mutex,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use crate::figures::Times;

/// Dispatches of a round: a queue holds 10,000.
const ROUND: usize = 9_500;

/// In which time each of many tenants dispatches once: together they leave the machine room.
pub(super) const PACE: Duration = Duration::from_secs(4);

/// Refusals that are asked for every millisecond.
const REFUSALS: u32 = 10;

/// How callers come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// In a line, each after the one before has its answer.
    OneByOne,
    /// All at once.
    AsTheyCome,
}

/// Callers who dispatch as fast as they are answered.
pub(super) struct Crowd<'a> {
    pub services: &'a Services,
    pub scopes: &'a [TenantScope<DispatchRun>],
    pub callers: usize,
    pub manner: Manner,
}

fn wish() -> DispatchRequest {
    DispatchRequest {
        tool: "echo".into(),
        action: "say".into(),
        payload: serde_json::json!({"hello": "world"}),
        when_full: WhenFull::Queue,
    }
}

async fn dispatched(services: &Services, scope: &TenantScope<DispatchRun>) -> Duration {
    let asked = Instant::now();
    dispatch::dispatch(services, scope, &wish(), None).await.expect("accepted");
    asked.elapsed()
}

impl Crowd<'_> {
    /// Rounds for some time: dispatches a second, and how long each took. What waits is ended between two rounds, outside
    /// of the time that is measured, as if workers had been as fast.
    pub async fn rounds(&self, time: Duration, superuser: &mut PgConnection) -> (f64, Times) {
        let (mut spent, mut count, mut times) = (Duration::ZERO, 0, Times::default());
        while spent < time {
            let began = Instant::now();
            let round = self.round(time - spent).await;
            spent += began.elapsed();
            count += round.len();
            round.into_iter().for_each(|time| times.add(time));
            for end in ["update org.jobs set status = 'canceled' where status = 'queued'", "vacuum org.jobs"] {
                sqlx::raw_sql(end).execute(&mut *superuser).await.expect("the superuser may do anything");
            }
        }
        (count as f64 / spent.as_secs_f64(), times)
    }

    /// As many dispatches as may wait.
    pub async fn fill_the_queue(&self) {
        self.round(Duration::MAX).await;
    }

    async fn round(&self, most: Duration) -> Vec<Duration> {
        let (began, left) = (Instant::now(), Arc::new(AtomicUsize::new(ROUND)));
        let line = (self.manner == Manner::OneByOne).then(|| Arc::new(Mutex::new(())));
        let mut callers = JoinSet::new();
        for number in 0..self.callers {
            let (services, scope) = (self.services.clone(), self.scopes[number % self.scopes.len()]);
            let (left, line) = (Arc::clone(&left), line.clone());
            callers.spawn(async move {
                let mut times = Vec::new();
                while began.elapsed() < most
                    && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
                {
                    let came = Instant::now();
                    let _turn = match &line {
                        Some(line) => Some(line.lock().await),
                        None => None,
                    };
                    dispatched(&services, &scope).await;
                    times.push(came.elapsed());
                }
                times
            });
        }
        callers.join_all().await.concat()
    }
}

/// Every tenant dispatches once, each at a moment of its own: when each began, and how long it took.
pub(super) async fn paced(services: &Services, scopes: &[TenantScope<DispatchRun>]) -> Vec<(Duration, Duration)> {
    let (began, mut tenants) = (Instant::now(), JoinSet::new());
    let count = u32::try_from(scopes.len()).unwrap_or(u32::MAX);
    for (number, scope) in (0..).zip(scopes) {
        let (services, scope) = (services.clone(), *scope);
        tenants.spawn(async move {
            sleep(PACE * number / count).await;
            (began.elapsed(), dispatched(&services, &scope).await)
        });
    }
    tenants.join_all().await
}

/// How long somebody asks, and then is silent for as long. Short, so that what else happens falls on both alike.
const WINDOW: Duration = Duration::from_millis(100);

/// Does somebody ask who asks in every second window?
pub(super) fn is_asking(since: Duration) -> bool {
    since.as_millis() / WINDOW.as_millis() % 2 == 1
}

/// A tenant that has used up its month and goes on asking in its windows, ten thousand times a second; how often a second
/// it was refused then. One task asks, so that what is measured is the refusals and not what it costs to start so many
/// tasks; and its clock goes on in silence, since that something wakes so often costs others more than what it then does.
pub(super) async fn refused(services: &Services, scope: TenantScope<DispatchRun>, time: Duration) -> f64 {
    let (began, mut refusals) = (Instant::now(), 0_u64);
    let (services, wish) = (services.clone(), wish());
    let asking = tokio::spawn(async move {
        let mut pace = interval(Duration::from_millis(1));
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
        while began.elapsed() < time {
            pace.tick().await;
            if is_asking(began.elapsed()) {
                for _ in 0..REFUSALS {
                    refusals += u64::from(dispatch::dispatch(&services, &scope, &wish, None).await.is_err());
                }
            }
        }
        refusals
    });
    2.0 * asking.await.expect("not panicked") as f64 / began.elapsed().as_secs_f64()
}
