//! Two and three processes over one database: each has pools, lines and memories of its own.

use std::{collections::HashMap, time::Duration};

use futures::future::join_all;
use tenantry_domain::{
    Services,
    access::{TenantScope, permit::DispatchRun},
    dispatch::{DispatchError, worker},
    idempotency::OnceError,
};
use tenantry_kernel::dispatch::WhenFull;
use tenantry_testkit::{Founder, Organization, TestDatabase};
use tokio_util::sync::CancellationToken;

use super::{Dice, Sums, ask, ask_once, job_of};

/// A database, so many processes over it, and an organization on a plan.
async fn house(processes: usize, plan: &str) -> (TestDatabase, Vec<Services>, Organization, TenantScope<DispatchRun>) {
    let database = TestDatabase::new().await;
    let processes: Vec<Services> = (0..processes).map(|_| database.other_process()).collect();
    let founder = Founder::new(&database.services, "Ada").await;
    let organization = founder.found("Acme", plan).await;
    let scope = founder.scope(&organization).await;
    (database, processes, organization, scope)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_months_last_units_are_given_out_once_however_many_processes_ask() {
    for processes in [2, 3] {
        let (database, processes, acme, scope) = house(processes, "free").await;
        database.set_used(acme.id, 440).await;
        let asked = join_all((0..150).map(|number| {
            let services = &processes[number % processes.len()];
            ask(services, &scope, number, WhenFull::Queue)
        }));
        let answers = asked.await;
        let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(accepted, 60, "as many as there was room for");
        for refused in answers.into_iter().filter_map(Result::err) {
            assert!(matches!(&refused, DispatchError::QuotaExceeded(quota) if quota.used == 500), "{refused:?}");
        }
        let sums = Sums::read(&mut database.superuser().await).await;
        assert_eq!(sums, Sums { counter: 500, ..Sums::of(60) });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_are_given_out_once_however_many_processes_ask() {
    let (database, processes, _, scope) = house(3, "pro").await;
    let asked = join_all((0..90).map(|number| ask(&processes[number % 3], &scope, number, WhenFull::Reject)));
    let answers = asked.await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    for refused in answers.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, DispatchError::ConcurrentLimit { limit: 5, used: 5, .. }), "{refused:?}");
    }
    assert_eq!(Sums::read(&mut database.superuser().await).await, Sums::of(5), "who has no slot uses no unit");
    let slots: Vec<i32> = database.truth("select array_agg(slot order by slot) from org.slots").await;
    assert_eq!(slots, [1, 2, 3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workspaces_share_one_months_units() {
    let (database, processes, acme, scope) = house(2, "free").await;
    let lab = Organization { tenant: database.add_tenant(acme.id, "lab").await, ..acme.clone() };
    let founder = Founder::new(&database.services, "Grace").await;
    database.add_member(acme.id, founder.id(), tenantry_kernel::Role::Operator).await;
    let lab = founder.scope(&lab).await;
    database.set_used(acme.id, 468).await;
    // One each, since what then comes at once may all be one workspace's: whose batch is first is chance.
    for (number, scope) in [(100, &lab), (101, &scope)] {
        ask(&processes[0], scope, number, WhenFull::Queue).await.expect("there is room for both");
    }
    let asked = join_all((0..100).map(|number| {
        let scope = if number % 3 == 0 { &lab } else { &scope };
        ask(&processes[number % 2], scope, number, WhenFull::Queue)
    }));
    assert_eq!(asked.await.iter().filter(|answer| answer.is_ok()).count(), 30);
    let sums = Sums::read(&mut database.superuser().await).await;
    assert_eq!(sums, Sums { counter: 500, ..Sums::of(32) });
    let whose: i64 = database.truth("select count(distinct (tenant_id, requested_by)) from org.jobs").await;
    assert_eq!(whose, 2, "each job is of whoever asked, where they asked");
}

/// Sends one dispatch again and again, to any process, until it is answered for good: the job, or `None` where the month
/// is used up.
async fn persist(
    processes: &[Services],
    scope: &TenantScope<DispatchRun>,
    number: usize,
    mut dice: Dice,
) -> Option<String> {
    loop {
        let services = &processes[dice.below(processes.len())];
        match ask_once(services, scope, number, WhenFull::Queue).await {
            Ok(answer) => return Some(job_of(&answer)),
            Err(DispatchError::QuotaExceeded(_)) => return None,
            Err(DispatchError::Db(_) | DispatchError::Once(OnceError::InFlight)) => {
                tokio::time::sleep(Duration::from_millis(5 + dice.below(20) as u64)).await;
            }
            Err(other) => panic!("{number}: {other:?}"),
        }
    }
}

/// Ends backends at random moments until it is told to stop.
async fn cut_at_random(database: &TestDatabase, mut dice: Dice, stop: &CancellationToken) -> usize {
    let mut superuser = database.superuser().await;
    let mut cuts = 0;
    while !stop.is_cancelled() {
        tokio::time::sleep(Duration::from_millis(2 + dice.below(15) as u64)).await;
        let ended: Vec<bool> = sqlx::query_scalar(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and usename = 'tenantry_app' and state <> 'idle'
             order by backend_start limit $1",
        )
        .bind(1 + dice.below(2) as i64)
        .fetch_all(&mut superuser)
        .await
        .expect("the superuser may end sessions");
        cuts += ended.len();
    }
    cuts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_backends_are_killed_each_key_has_one_effect_and_the_limit_holds() {
    let mut cuts = 0;
    for seed in 1..=3 {
        let (database, processes, acme, scope) = house(3, "free").await;
        database.set_used(acme.id, 440).await;
        let stop = CancellationToken::new();
        let killing = cut_at_random(&database, Dice(seed), &stop);
        // Every key by two clients at once, more keys than units.
        let clients =
            join_all((0..160).map(|client| persist(&processes, &scope, client / 2, Dice(seed * 1000 + client as u64))));
        let served = async {
            let jobs = clients.await;
            stop.cancel();
            jobs
        };
        let (ended, jobs) = tokio::join!(killing, served);
        cuts += ended;
        let mut by_key: HashMap<usize, Vec<String>> = HashMap::new();
        for (client, job) in jobs.into_iter().enumerate() {
            by_key.entry(client / 2).or_default().extend(job);
        }
        by_key.retain(|_, jobs| !jobs.is_empty());
        assert!(by_key.values().all(|jobs| jobs.iter().all(|job| *job == jobs[0])), "seed {seed}: one key, one job");
        let sums = Sums::read(&mut database.superuser().await).await;
        assert_eq!(by_key.len(), 60, "seed {seed}: as many as there was room for");
        assert_eq!(sums, Sums { counter: 500, ..Sums::of(60) }, "seed {seed}");
        assert_eq!(database.truth::<i64>("select count(*) from org.idempotency").await, 60, "seed {seed}");
    }
    assert!(cuts > 0, "nobody was ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_workers_and_their_crowds_never_hold_more_slots_than_there_are() {
    let (database, processes, _, scope) = house(3, "pro").await;
    let stop = CancellationToken::new();
    let workers: Vec<_> =
        processes.iter().map(|services| tokio::spawn(worker::run(services.clone(), stop.clone()))).collect();
    let (mut superuser, watched) = (database.superuser().await, stop.clone());
    let watching = tokio::spawn(async move {
        let mut most: i64 = 0;
        while !watched.is_cancelled() {
            let held = sqlx::query_scalar(
                "select greatest((select count(*) from org.slots), (select count(*) from org.jobs where status = 'running'))",
            );
            most = most.max(held.fetch_one(&mut superuser).await.expect("the database is there"));
        }
        most
    });
    let mut dice = Dice(7);
    let asked = join_all((0..300).map(|number| {
        let when_full = if dice.below(3) == 0 { WhenFull::Reject } else { WhenFull::Queue };
        ask(&processes[number % 3], &scope, number, when_full)
    }));
    let accepted = asked.await.into_iter().filter(Result::is_ok).count() as i64;
    let over = async {
        while database.truth::<i64>("select count(*) from org.jobs where status in ('queued', 'running')").await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), over).await.expect("the workers come to an end");
    stop.cancel();
    join_all(workers).await;
    assert!((1..=5).contains(&watching.await.expect("not panicked")));
    assert_eq!(Sums::read(&mut database.superuser().await).await, Sums::of(accepted));
    let once = "select count(*) from org.jobs j join tenant.job_payloads p on p.job_id = j.job_id
                where j.status = 'succeeded' and j.attempts = 1 and j.fence = 1 and p.result = p.payload";
    assert_eq!(database.truth::<i64>(once).await, accepted, "each ran once and has its own result");
    assert_eq!(database.truth::<i64>("select count(*) from org.slots").await, 0);
}
