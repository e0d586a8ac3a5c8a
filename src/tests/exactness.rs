//! Exactness in many processes: never more than the limit, never less than what there was room for, one effect a key, and
//! sums that are equal whatever was killed. What is random comes from a seed, so a failure can be had again.

mod batches;
mod processes;
mod programs;

use sqlx::{PgConnection, Row as _};
use tenantry_domain::{
    Services,
    access::{TenantScope, permit::DispatchRun},
    dispatch::{self, DispatchError, DispatchRequest},
    idempotency::{Answer, OnceKey},
};
use tenantry_kernel::{dispatch::WhenFull, text::IdempotencyKey};

/// Chance that can be repeated (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

/// Every sum that moves with a dispatch, as it stands in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sums {
    jobs: i64,
    events: i64,
    counter: i64,
    by_tool: i64,
    by_day: i64,
    payloads: i64,
}

impl Sums {
    /// All alike.
    fn of(number: i64) -> Self {
        Self { jobs: number, events: number, counter: number, by_tool: number, by_day: number, payloads: number }
    }

    async fn read(superuser: &mut PgConnection) -> Self {
        let row = sqlx::query(
            "select (select count(*) from org.jobs) as jobs,
                    (select count(*) from org.usage_events where meter = 'dispatches') as events,
                    (select coalesce(sum(used), 0)::bigint from org.usage_counters where meter = 'dispatches') as counter,
                    (select coalesce(sum(dispatches), 0)::bigint from org.usage_by_tool) as by_tool,
                    (select coalesce(sum(dispatches), 0)::bigint from org.usage_by_day) as by_day,
                    (select count(*) from tenant.job_payloads) as payloads",
        )
        .fetch_one(superuser)
        .await
        .expect("the database is there");
        Self {
            jobs: row.get("jobs"),
            events: row.get("events"),
            counter: row.get("counter"),
            by_tool: row.get("by_tool"),
            by_day: row.get("by_day"),
            payloads: row.get("payloads"),
        }
    }
}

fn wish(number: usize, when_full: WhenFull) -> DispatchRequest {
    let payload = serde_json::json!({"number": number});
    DispatchRequest { tool: "echo".into(), action: "say".into(), payload, when_full }
}

/// Dispatches in one process.
async fn ask(
    services: &Services,
    scope: &TenantScope<DispatchRun>,
    number: usize,
    when_full: WhenFull,
) -> Result<Answer, DispatchError> {
    dispatch::dispatch(services, scope, &wish(number, when_full), None).await
}

/// Dispatches with a key of its own, as a client who sends it again.
async fn ask_once(
    services: &Services,
    scope: &TenantScope<DispatchRun>,
    number: usize,
    when_full: WhenFull,
) -> Result<Answer, DispatchError> {
    let key = IdempotencyKey::parse(&format!("key {number}")).expect("a key");
    let once = OnceKey::new(key, "POST /api/v1/dispatch", number.to_string().as_bytes());
    dispatch::dispatch(services, scope, &wish(number, when_full), Some(&once)).await
}

/// The job that an answer names.
fn job_of(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    body["job"]["id"].as_str().expect("a job's id").to_owned()
}
