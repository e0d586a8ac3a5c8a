//! Batches in one process: what they must not change about a dispatch, and what must not disturb them.

use std::time::Duration;

use futures::future::join_all;
use sqlx::Connection as _;
use tenantry_domain::{
    Services,
    access::{
        TenantScope,
        permit::{BillingManage, DispatchRun},
    },
    billing,
    dispatch::DispatchError,
    idempotency::Answer,
};
use tenantry_kernel::dispatch::WhenFull;
use tenantry_testkit::{Client, Founder, Organization, TestDatabase, TestServer};
use tokio::{task::JoinHandle, time::timeout};

use super::{Sums, ask, ask_once, job_of};

struct House {
    database: TestDatabase,
    services: Services,
    founder: Founder,
    acme: Organization,
    scope: TenantScope<DispatchRun>,
}

async fn house(plan: &str) -> House {
    let database = TestDatabase::new().await;
    let services = database.services.clone();
    let founder = Founder::new(&services, "Ada").await;
    let acme = founder.found("Acme", plan).await;
    let scope = founder.scope(&acme).await;
    House { database, services, founder, acme, scope }
}

impl House {
    /// Holds the organization's lock, so that whoever dispatches meanwhile waits and forms one batch.
    async fn closed(&self) -> sqlx::PgConnection {
        self.database.be_patient().await;
        let mut holder = self.database.superuser().await;
        sqlx::raw_sql("begin; select from org.gates for update").execute(&mut holder).await.expect("locked");
        holder
    }

    /// Dispatches in a task of its own, and is in line when this returns.
    async fn comes(&self, number: usize) -> JoinHandle<Result<Answer, DispatchError>> {
        let (services, scope) = (self.services.clone(), self.scope);
        let coming = tokio::spawn(async move { ask(&services, &scope, number, WhenFull::Queue).await });
        tokio::time::sleep(Duration::from_millis(2)).await;
        coming
    }

    async fn sums(&self) -> Sums {
        Sums::read(&mut self.database.superuser().await).await
    }
}

#[tokio::test]
async fn who_comes_while_a_batch_is_under_way_shares_the_next_and_keeps_their_place() {
    let house = house("empire").await;
    let lock = house.closed().await;
    let mut coming = Vec::new();
    for number in 0..30 {
        coming.push(house.comes(number).await);
    }
    lock.close().await.expect("let go");
    let mut jobs = Vec::new();
    for coming in coming {
        jobs.push(job_of(&coming.await.expect("not panicked").expect("accepted")));
    }
    let batches = "select count(distinct xmin::text) from org.jobs";
    assert_eq!(house.database.truth::<i64>(batches).await, 2, "the first came alone, the others together");
    let numbers = "select array_agg((payload::json ->> 'number')::integer order by position)
                   from org.jobs j join tenant.job_payloads p on p.job_id = j.job_id";
    let numbers: Vec<i32> = house.database.truth(numbers).await;
    assert_eq!(numbers, (0..30).collect::<Vec<_>>());
    assert_eq!(house.sums().await, Sums::of(30));
}

#[tokio::test]
async fn a_request_that_is_dropped_takes_no_other_with_it() {
    let house = house("empire").await;
    let lock = house.closed().await;
    let mut coming = Vec::new();
    for number in 0..20 {
        coming.push(house.comes(number).await);
    }
    for dropped in coming.iter().skip(1).step_by(2) {
        dropped.abort();
    }
    lock.close().await.expect("let go");
    for (number, coming) in coming.into_iter().enumerate() {
        match coming.await {
            Ok(answer) => assert!(answer.is_ok(), "{number}: {answer:?}"),
            Err(dropped) => assert!(dropped.is_cancelled() && number % 2 == 1),
        }
    }
    assert_eq!(house.sums().await, Sums::of(10), "who left before their batch was formed is not charged");
}

#[tokio::test]
async fn a_wish_that_the_database_refuses_is_refused_alone() {
    let house = house("empire").await;
    house
        .database
        .change("alter table tenant.job_payloads add constraint no_seven check (payload <> '{\"number\":7}')")
        .await;
    let answers = join_all((0..20).map(|number| ask(&house.services, &house.scope, number, WhenFull::Queue))).await;
    for (number, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(_) => assert_ne!(number, 7),
            Err(DispatchError::Db(_)) => assert_eq!(number, 7),
            Err(other) => panic!("{number}: {other:?}"),
        }
    }
    assert_eq!(house.sums().await, Sums::of(19));
}

#[tokio::test]
async fn of_two_processes_that_get_one_key_at_once_one_serves_it() {
    let house = house("pro").await;
    let other = house.database.other_process();
    let asked = join_all((0..40).map(|number| {
        let services = if number % 2 == 0 { &house.services } else { &other };
        ask_once(services, &house.scope, number / 4, WhenFull::Queue)
    }));
    let answers = asked.await;
    let served: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
    assert_eq!(served.iter().filter(|answer| !answer.replayed).count(), 10, "one effect a key");
    assert_eq!(house.sums().await, Sums::of(10));
}

#[tokio::test]
async fn who_has_used_up_the_month_is_refused_without_the_database_for_a_moment() {
    let house = house("free").await;
    house.database.set_used(house.acme.id, 500).await;
    let mut holder = house.database.superuser().await;
    let refused = |answer: Result<_, DispatchError>| matches!(answer, Err(DispatchError::QuotaExceeded(_)));
    let mut from_memory = 0;
    // The moment begins before the month is read: a busy machine may have let it pass before the lock is held.
    let rounds = async {
        while from_memory == 0 {
            assert!(refused(ask(&house.services, &house.scope, 0, WhenFull::Queue).await));
            let mut held = holder.begin().await.expect("begun");
            sqlx::query("select from org.gates for update").execute(&mut *held).await.expect("locked");
            let asked = || ask(&house.services, &house.scope, 1, WhenFull::Queue);
            // Until one waits: the moment is over.
            while let Ok(answer) = timeout(Duration::from_millis(100), asked()).await {
                assert!(refused(answer), "{from_memory}");
                from_memory += 1;
            }
            held.rollback().await.expect("let go");
        }
    };
    let came = timeout(Duration::from_secs(30), rounds).await;
    assert!(came.is_ok(), "nobody was refused while the database could not answer");
}

#[tokio::test]
async fn who_has_an_answer_already_gets_it_also_when_the_month_is_used_up() {
    let house = house("free").await;
    house.database.set_used(house.acme.id, 499).await;
    let first = ask_once(&house.services, &house.scope, 1, WhenFull::Queue).await.expect("the last one");
    for number in 0..3 {
        assert!(ask(&house.services, &house.scope, number, WhenFull::Queue).await.is_err());
    }
    let again = ask_once(&house.services, &house.scope, 1, WhenFull::Queue).await.expect("answered before");
    assert_eq!((again.replayed, again.body), (true, first.body));
}

#[tokio::test]
async fn a_larger_plan_lets_in_at_once_who_was_refused_from_memory() {
    let house = house("free").await;
    house.database.set_used(house.acme.id, 500).await;
    for number in 0..3 {
        assert!(ask(&house.services, &house.scope, number, WhenFull::Queue).await.is_err());
    }
    let billing = house.founder.organization_scope::<BillingManage>(&house.acme).await;
    billing::change_plan(&house.services, &billing, "pro").await.expect("changed");
    ask(&house.services, &house.scope, 3, WhenFull::Queue).await.expect("accepted");
}

#[tokio::test]
async fn a_key_that_another_kind_of_request_takes_at_the_same_moment_has_one_effect() {
    let house = house("pro").await;
    let lock = house.closed().await;
    let (services, scope) = (house.services.clone(), house.scope);
    let coming = tokio::spawn(async move { ask_once(&services, &scope, 1, WhenFull::Queue).await });
    // The batch has read nothing yet; what it reads, it reads after the lock. So the key is taken after that, while its
    // jobs are written: the insertion waits for this transaction and then finds the key.
    let mut taker = house.database.superuser().await;
    let mut taking = taker.begin().await.expect("begun");
    sqlx::query(
        "insert into org.idempotency (organization_id, key, request_hash, status, body)
         select organization_id, 'key 1', '\\x00', 201, '{}' from org.gates",
    )
    .execute(&mut *taking)
    .await
    .expect("taken");
    lock.close().await.expect("let go");
    let waits = "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock' and usename = 'tenantry_app'";
    let stuck = async {
        while house.database.truth::<i64>(waits).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), stuck).await.expect("the answer cannot be kept yet");
    taking.commit().await.expect("committed");
    let answer = coming.await.expect("not panicked");
    assert!(matches!(answer, Err(DispatchError::Once(_))), "{answer:?}");
    assert_eq!(house.sums().await, Sums::of(0), "the job was taken back with its answer");
}

#[tokio::test]
async fn a_persons_and_a_keys_dispatches_of_one_moment_are_each_their_own() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let (_, secret) = ada.key(&["dispatch"]).await;
    let program = ada.with_key(&secret);
    let asked = join_all((0..20).map(|number| {
        let client: &Client = if number % 2 == 0 { &ada } else { &program };
        client.dispatch(serde_json::json!(number))
    }));
    for reply in asked.await {
        reply.expect(202);
    }
    let jobs = "select count(*) from org.jobs j join tenant.job_payloads p on p.job_id = j.job_id
                where case when p.payload::integer % 2 = 0 then j.requested_by is not null and j.key_id is null
                           else j.requested_by is null and j.key_id is not null end";
    assert_eq!(server.database.truth::<i64>(jobs).await, 20);
    let events = "select count(*) from org.usage_events e join org.jobs j on j.job_id = e.job_id
                  where e.user_id is not distinct from j.requested_by and e.key_id is not distinct from j.key_id";
    assert_eq!(server.database.truth::<i64>(events).await, 20);
}
