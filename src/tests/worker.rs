//! The worker: leases, fences, lost workers, and never more slots than the plan has.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tenantry_domain::dispatch::worker;
use tenantry_testkit::{Organization, TestServer};
use tokio::task::JoinHandle;

/// A worker that has claimed what was waiting and cannot go on: what goes into its jobs is locked.
struct Stuck {
    lock: PgConnection,
    worker: JoinHandle<usize>,
}

/// Leases that live: a lost worker's job still says that it runs.
const LEASED: &str = "select count(*) from org.slots where expires_at > app.now()";

impl Stuck {
    async fn over(server: &TestServer, organization: &Organization) -> Self {
        server.database.be_patient().await;
        let mut lock = server.database.superuser().await;
        sqlx::raw_sql("begin; lock table tenant.job_payloads in access exclusive mode")
            .execute(&mut lock)
            .await
            .expect("locked");
        let (services, id) = (server.database.services.clone(), organization.id);
        let worker = tokio::spawn(async move { worker::drain(&services, id).await.expect("the database is there") });
        let claimed = async {
            while server.database.truth::<i64>(LEASED).await == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), claimed).await.expect("the worker claims the job");
        Self { lock, worker }
    }

    /// The worker goes on and comes to its end.
    async fn goes_on(self) {
        self.lock.close().await.expect("let go");
        self.worker.await.expect("not panicked");
    }

    /// The worker is no more.
    async fn dies(self) {
        self.worker.abort();
        self.lock.close().await.expect("let go");
        assert!(self.worker.await.is_err(), "it was aborted");
    }
}

async fn job(server: &TestServer) -> (String, i32, i64) {
    let row: String = server.database.truth("select status || ' ' || attempts || ' ' || fence from org.jobs").await;
    let mut words = row.split(' ');
    let mut next = || words.next().expect("three words");
    (next().to_owned(), next().parse().expect("a number"), next().parse().expect("a number"))
}

#[tokio::test]
async fn a_lease_names_its_holder_and_ends_within_a_minute() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    ada.dispatched(json!({})).await;
    let stuck = Stuck::over(&server, &acme).await;
    assert_eq!(job(&server).await, ("running".into(), 1, 1));
    let lease = "select holder is not null and fence = 1 and expires_at between now() + interval '50 seconds'
                     and now() + interval '60 seconds' from org.slots";
    assert!(server.database.truth::<bool>(lease).await);
    assert_eq!(ada.usage().await["concurrent"]["used"], 1);
    stuck.goes_on().await;
    assert_eq!(job(&server).await, ("succeeded".into(), 1, 1));
    assert_eq!(server.database.truth::<i64>("select count(*) from org.slots").await, 0);
}

#[tokio::test]
async fn a_job_whose_worker_was_lost_is_run_by_another() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let id = ada.dispatched(json!({"once": true})).await;
    Stuck::over(&server, &acme).await.dies().await;
    let services = server.database.services.clone();
    assert_eq!(worker::drain(&services, acme.id).await.expect("there"), 0, "the lease still lives");
    server.database.turn_clock(chrono::TimeDelta::seconds(61)).await;
    assert_eq!(ada.usage().await["concurrent"]["used"], 0, "a lease that has ended takes no slot");
    assert_eq!(worker::drain(&services, acme.id).await.expect("there"), 1);
    let job = ada.job_over(&id).await;
    assert_eq!(
        (&job["status"], &job["attempts"], &job["result"]),
        (&json!("succeeded"), &json!(2), &json!({"once": true}))
    );
    assert_eq!(ada.usage().await["dispatches"]["used"], 1);
}

#[tokio::test]
async fn what_comes_with_an_old_fence_is_not_written() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let id = ada.dispatched(json!({"hello": "world"})).await;
    let stuck = Stuck::over(&server, &acme).await;
    // Somebody else has it by now.
    server.database.change("update org.jobs set fence = fence + 1; update org.slots set fence = fence + 1").await;
    stuck.goes_on().await;
    assert_eq!(job(&server).await, ("running".into(), 1, 2));
    assert_eq!(ada.get(&format!("/api/v1/jobs/{id}")).await.expect(200).at("/job/result"), Value::Null);
    assert_eq!(server.database.truth::<i64>("select count(*) from org.slots").await, 1, "the slot is the other's");
}

#[tokio::test]
async fn two_workers_on_one_job_end_it_once() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let id = ada.dispatched(json!({})).await;
    let slow = Stuck::over(&server, &acme).await;
    server.database.lose_workers(acme.id).await;
    let (services, organization) = (server.database.services.clone(), acme.id);
    let quick = tokio::spawn(async move { worker::drain(&services, organization).await.expect("there") });
    while job(&server).await.1 < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    slow.goes_on().await;
    assert_eq!(quick.await.expect("not panicked"), 1);
    assert_eq!(job(&server).await, ("succeeded".into(), 2, 2));
    assert_eq!(ada.job_over(&id).await["attempts"], 2);
    assert_eq!(server.database.truth::<i64>("select count(*) from org.slots").await, 0);
}

#[tokio::test]
async fn a_job_that_loses_five_workers_fails() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let id = ada.dispatched(json!({})).await;
    for attempt in 1..=5 {
        Stuck::over(&server, &acme).await.dies().await;
        assert_eq!(job(&server).await, ("running".into(), attempt, i64::from(attempt)));
        server.database.lose_workers(acme.id).await;
    }
    assert_eq!(worker::drain(&server.database.services, acme.id).await.expect("there"), 0);
    let job = ada.job_over(&id).await;
    assert_eq!((&job["status"], &job["attempts"]), (&json!("failed"), &json!(5)));
    assert!(job["error"].as_str().is_some_and(|error| error.contains("lost")), "{job}");
    let usage = ada.usage().await;
    assert_eq!((&usage["dispatches"]["used"], &usage["concurrent"]["used"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn a_tool_that_this_version_does_not_know_fails_its_job() {
    let server = TestServer::start().await;
    let (ada, _) = server.owner("Ada", "free").await;
    server.database.change("update tenant.tools set name = 'from-the-future' where name = 'echo'").await;
    let body = json!({"tool": "from-the-future", "action": "say"});
    let id = ada.post("/api/v1/dispatch", &body).await.expect(202).text_at("/job/id");
    let job = ada.job_over(&id).await;
    assert_eq!(job["status"], "failed");
    assert!(job["error"].as_str().is_some_and(|error| error.contains("from-the-future")), "{job}");
    ada.post("/api/v1/dispatch", &body).await.expect(202);
}

/// Looks at the truth all the time and remembers the most slots and running jobs that it saw in one organization.
fn watch(mut superuser: PgConnection) -> (Arc<AtomicI64>, Arc<AtomicBool>, JoinHandle<()>) {
    let (most, stop) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicBool::new(false)));
    let (seen, stopped) = (Arc::clone(&most), Arc::clone(&stop));
    let watching = tokio::spawn(async move {
        while !stopped.load(Ordering::Relaxed) {
            let now: i64 = sqlx::query_scalar(
                "select greatest((select max(n) from (select count(*) n from org.slots group by organization_id) s),
                                 (select max(n) from (select count(*) n from org.jobs where status = 'running'
                                                      group by organization_id) j), 0)",
            )
            .fetch_one(&mut superuser)
            .await
            .expect("the database is there");
            seen.fetch_max(now, Ordering::Relaxed);
        }
    });
    (most, stop, watching)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_never_more_slots_than_the_plan_has() {
    let server = TestServer::start().await;
    for (plan, limit) in [("free", 1), ("pro", 5)] {
        let (ada, _) = server.owner(plan, plan).await;
        let (most, stop, watching) = watch(server.database.superuser().await);
        let ids = futures::future::join_all((0..60).map(|number| ada.dispatched(json!(number)))).await;
        for id in &ids {
            assert_eq!(ada.job_over(id).await["status"], "succeeded");
        }
        stop.store(true, Ordering::Relaxed);
        watching.await.expect("not panicked");
        let most = most.load(Ordering::Relaxed);
        assert!((1..=limit).contains(&most), "{plan}: {most} slots were taken at once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_the_work_and_no_job_runs_twice() {
    let server = TestServer::start().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let second = tenantry_domain::Services::new(
        tenantry_domain::db::Db::new(&server.database.connections),
        (*server.database.services.settings).clone(),
    );
    let stop = tokio_util::sync::CancellationToken::new();
    let other = tokio::spawn(worker::run(second, stop.clone()));
    let ids = futures::future::join_all((0..80).map(|number| ada.dispatched(json!(number)))).await;
    for id in &ids {
        ada.job_over(id).await;
    }
    let once = "select count(*) from org.jobs where status = 'succeeded' and attempts = 1";
    assert_eq!(server.database.truth::<i64>(once).await, 80);
    stop.cancel();
    other.await.expect("it ends in order");
}
