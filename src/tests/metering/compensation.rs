//! A job that failed by us before its tool was asked costs nothing, and every sum says so.

use serde_json::{Value, json};
use tenantry_domain::dispatch::worker;
use tenantry_kernel::quota::{Meter, Mode, Override};
use tenantry_testkit::{Organization, Person, TestOperator, TestServer, hard};

use super::sums_are_right;

/// A tool whose secret does not open: it was sealed under another installation's.
async fn with_broken_tool(server: &TestServer, person: &Person) {
    let tool = json!({"name": "crm", "kind": "webhook", "url": "http://127.0.0.1:9/hook"});
    person.post("/api/v1/tools", &tool).await.expect(201);
    server.database.change("update tenant.tools set secret = decode(repeat('00', 80), 'hex') where name = 'crm'").await;
}

async fn dispatched(person: &Person, tool: &str) -> String {
    let body = json!({"tool": tool, "action": "say", "when_full": "queue"});
    person.post("/api/v1/dispatch", &body).await.expect(202).text_at("/job/id")
}

async fn run(server: &TestServer, organization: &Organization) -> usize {
    worker::drain(&server.database.services, organization.id).await.expect("the database is there")
}

/// Where every sum of dispatches stands: events, counter, by tool, by day, and overage by events and by counter.
async fn sums(server: &TestServer) -> Vec<i64> {
    let query = "select array[
        (select coalesce(sum(quantity), 0)::bigint from org.usage_events where meter = 'dispatches'),
        (select used from org.usage_counters where meter = 'dispatches'),
        (select sum(dispatches)::bigint from org.usage_by_tool), (select sum(dispatches)::bigint from org.usage_by_day),
        (select coalesce(sum(quantity) filter (where overage), 0)::bigint from org.usage_events where meter = 'dispatches'),
        (select overage from org.usage_counters where meter = 'dispatches')]";
    server.database.truth(query).await
}

#[tokio::test]
async fn what_never_began_is_given_back_once_and_names_its_job() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    with_broken_tool(&server, &ada).await;
    dispatched(&ada, "echo").await;
    let job = dispatched(&ada, "crm").await;
    assert_eq!(sums(&server).await, [2, 2, 2, 2, 0, 0]);
    assert_eq!(run(&server, &acme).await, 2);
    assert_eq!(ada.job_over(&job).await["status"], "failed");
    assert_eq!(sums(&server).await, [1, 1, 1, 1, 0, 0]);
    assert_eq!(ada.usage().await["dispatches"]["used"], 1);
    let by_tool = "select coalesce(sum(dispatches), 0)::bigint from org.usage_by_tool where tool = 'crm'";
    assert_eq!(server.database.truth::<i64>(by_tool).await, 0);
    let named = "select count(*) from org.usage_events b join org.jobs j on j.job_id = b.job_id and j.tool = 'crm'
                 join org.usage_events o on o.job_id = b.job_id and o.quantity = 1 and o.period_start = b.period_start
                 where b.quantity = -1";
    assert_eq!(server.database.truth::<i64>(named).await, 1);
    sums_are_right(&server.database).await;
    // Nothing runs twice, so nothing comes back twice.
    assert_eq!(run(&server, &acme).await, 0);
    assert_eq!(sums(&server).await, [1, 1, 1, 1, 0, 0]);
}

#[tokio::test]
async fn a_unit_beyond_the_limit_comes_back_before_one_within_it() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let soft = Override { mode: Mode::Soft, ..hard(Meter::Dispatches, Some(1)) };
    TestOperator::over(&server.database.services).set(acme.id, soft).await.expect("set");
    with_broken_tool(&server, &ada).await;
    for tool in ["crm", "echo", "crm"] {
        dispatched(&ada, tool).await;
    }
    assert_eq!(sums(&server).await, [3, 3, 3, 3, 2, 2]);
    run(&server, &acme).await;
    assert_eq!(sums(&server).await, [1, 1, 1, 1, 0, 0]);
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn a_failure_of_the_tool_and_one_after_the_first_attempt_still_count() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    with_broken_tool(&server, &ada).await;
    dispatched(&ada, "crm").await;
    // It was taken up before: its tool may have been asked.
    server.database.change("update org.jobs set fence = 1, attempts = 1").await;
    let gone = dispatched(&ada, "echo").await;
    server.database.change("delete from tenant.tools where name = 'echo'").await;
    assert_eq!(run(&server, &acme).await, 2);
    assert_eq!(ada.job_over(&gone).await["status"], Value::from("failed"));
    assert_eq!(sums(&server).await, [2, 2, 2, 2, 0, 0]);
    sums_are_right(&server.database).await;
}
