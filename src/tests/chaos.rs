//! Chaos, in short: everything goes wrong at once, and nobody sees another's row, loses what was promised or gets it twice.
//! And the proof that it would be noticed: each of these planted faults is found.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::header,
    middleware::{Next, from_fn},
    response::Response,
};
use tenantry_testkit::chaos::{Chance, Chaos, Kind, Report, Stage};

/// Organizations on the stage: one of each plan, and more than one has two neighbours.
const ORGANIZATIONS: usize = 4;

fn chaos(seconds: u64, disturbed: bool) -> Chaos {
    Chaos { seed: Chance::seed(), time: Duration::from_secs(seconds), clients: 3, disturbed }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_nobody_sees_anothers_rows_and_every_promise_is_kept_once() {
    let chaos = chaos(8, true);
    let report = chaos.run(Stage::set(chaos.seed, ORGANIZATIONS, |router| router).await).await;
    assert!(report.findings.is_empty(), "{report}");
    let tally = report.tally;
    assert!(tally.promised > 50 && tally.broken > 50, "too little happened: {report}");
    assert!(tally.sessions_ended > 10 && tally.servers_killed > 1, "too little was disturbed: {report}");
}

/// A quiet run, so that what is found was planted and nothing else.
async fn quiet_run(fault: &'static str, around: impl FnOnce(Router) -> Router) -> Report {
    let chaos = chaos(2, false);
    let stage = Stage::set(chaos.seed, ORGANIZATIONS, around).await;
    stage.database.change(fault).await;
    chaos.run(stage).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_at_a_single_connection_waits_and_is_served() {
    let report = quiet_run("select 1", |router| router).await;
    assert!(report.findings.is_empty(), "{report}");
    assert_eq!(report.tally.not_now, 0, "{report}");
}

/// A function of a trigger that runs with a superuser's rights, so that no policy stands in its way.
macro_rules! planted {
    ($body:literal, $when:literal) => {
        concat!(
            "create function public.fault() returns trigger language plpgsql security definer
                 set search_path = pg_catalog, pg_temp as $$ begin ",
            $body,
            " end $$; create trigger fault before ",
            $when,
            " for each row execute function public.fault()"
        )
    };
}

/// Demands that what is planted in the database is found.
async fn is_found(fault: &'static str, kinds: &[Kind]) {
    let report = quiet_run(fault, |router| router).await;
    for kind in kinds {
        assert!(report.found(*kind), "not found: {kind:?}\n{report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_of_somebody_elses_job_is_found() {
    let fault = planted!(
        "new.result := (select payload from tenant.job_payloads order by created_at limit 1); return new;",
        "update on tenant.job_payloads"
    );
    is_found(fault, &[Kind::Leak, Kind::Row]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_that_is_forgotten_is_found() {
    let fault =
        planted!("new.created_at := new.created_at - interval '2 days'; return new;", "insert on org.idempotency");
    is_found(fault, &[Kind::TwoEffects]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_runs_ahead_is_found() {
    let fault = planted!("new.used := new.used + 600; return new;", "insert on org.usage_counters");
    is_found(fault, &[Kind::Sums, Kind::Limit]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_too_many_is_found() {
    let fault = planted!(
        "if new.slot < 50 then
             insert into org.slots (organization_id, slot, job_id, expires_at)
             select j.organization_id, 50, j.job_id, now() + interval '0.2 seconds' from org.jobs j
             where j.organization_id = new.organization_id and j.status = 'succeeded' limit 1
             on conflict do nothing;
         end if;
         return new;",
        "insert on org.slots"
    );
    is_found(fault, &[Kind::Limit]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_is_lost_is_found() {
    let fault = planted!("new.payload := '{}'; return new;", "update on tenant.job_payloads");
    is_found(fault, &[Kind::Promise, Kind::Row]).await;
}

/// What a careless cache does: it answers by address alone, whoever asks.
async fn careless(cache: Arc<Mutex<HashMap<String, Bytes>>>, request: Request, next: Next) -> Response {
    let address = request.uri().to_string();
    let response = next.run(request).await;
    if address != "/api/tenant/usage" || !response.status().is_success() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    let body = to_bytes(body, usize::MAX).await.expect("it is in memory");
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    Response::from_parts(head, Body::from(cache.entry(address).or_insert(body).clone()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_that_forgets_the_tenant_is_found() {
    let cache = Arc::default();
    let around = |router: Router| {
        router.layer(from_fn(move |request: Request, next: Next| careless(Arc::clone(&cache), request, next)))
    };
    let report = quiet_run("select 1", around).await;
    assert!(report.found(Kind::Leak), "{report}");
}
