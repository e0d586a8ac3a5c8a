//! Overrides and soft limits: they beat the plan for the very next decision, in every process, and end by themselves.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_domain::{Services, Settings, db::Db, metering::quota::QuotaError};
use tenantry_kernel::quota::{Meter, Mode, Override};
use tenantry_testkit::{Client, Person, Reply, TestOperator, TestServer, hard};

const CHECK: &str = "/api/v1/dispatch/check";

/// What another process would have: the same database, and nothing else in common.
fn elsewhere(server: &TestServer) -> Services {
    let settings = Settings::new("http://localhost".parse().expect("an address"));
    Services::new(Db::new(&server.database.connections), settings)
}

fn soft(meter: Meter, limit: u64, cap: Option<u64>) -> Override {
    let mode = if cap.is_some() { Mode::SoftCapped } else { Mode::Soft };
    Override { mode, cap, ..hard(meter, Some(limit)) }
}

async fn now(server: &TestServer) -> DateTime<Utc> {
    server.database.truth("select app.now()").await
}

async fn month(person: &Person) -> Value {
    person.usage().await["dispatches"].clone()
}

/// The policy of the day, as the answer says it.
fn policy(reply: &Reply) -> String {
    let header = reply.header("ratelimit-policy").unwrap_or_default();
    header.split(", ").find(|policy| policy.starts_with("\"api-day\"")).unwrap_or_default().to_owned()
}

/// Asks until the policy is the expected one, for as long as a change may take to reach another process.
async fn until_policy(program: &Client, expected: &str) -> Reply {
    let asking = async {
        loop {
            let reply = program.get("/api/v1/keys").await;
            let day = program.get("/api/v1/jobs").await;
            if policy(&day) == expected {
                return day;
            }
            assert!(reply.status < 500, "{}", reply.text());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), asking).await.expect("it reaches the server within a second")
}

#[tokio::test]
async fn an_override_beats_the_plan_for_the_very_next_dispatch_of_every_process() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (eve, _) = server.owner("Eve", "free").await;
    let services = elsewhere(&server);
    let operator = TestOperator::over(&services);
    ada.dispatched(json!({})).await;
    operator.set(acme.id, hard(Meter::Dispatches, Some(2))).await.expect("set");
    ada.dispatched(json!({})).await;
    let refused = ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    assert_eq!((refused.at("/limit"), refused.at("/used")), (json!(2), json!(2)));
    let check = ada.post(CHECK, &json!({"tool": "echo"})).await.expect(200);
    assert_eq!((check.at("/allowed"), check.at("/limit"), check.at("/remaining")), (json!(false), json!(2), json!(0)));
    assert_eq!(month(&ada).await["limit"], 2);
    let body = json!({"organization": acme.slug});
    let context = ada.put("/api/tenant/organizations/current", &body).await.expect(200);
    assert_eq!(context.at("/limits/dispatches"), 2, "the page is told the limit that counts");
    assert_eq!(month(&eve).await["limit"], 500, "nobody else's limit has changed");
    operator.set(acme.id, hard(Meter::Dispatches, None)).await.expect("set");
    // A refusal is remembered for a quarter of a second.
    tokio::time::sleep(Duration::from_millis(300)).await;
    ada.dispatched(json!({})).await;
    assert_eq!(month(&ada).await["limit"], Value::Null);
    operator.clear(acme.id, Meter::Dispatches).await.expect("cleared");
    assert_eq!(
        month(&ada).await,
        json!({"used": 3, "limit": 500, "remaining": 497, "resets_at": month(&ada).await["resets_at"]})
    );
    let again = operator.clear(acme.id, Meter::Dispatches).await;
    assert!(matches!(again, Err(QuotaError::NotFound(meter)) if meter == "dispatches"));
    let kept = "select count(*) from directory.quota_overrides where ended_at is not null";
    assert_eq!(server.database.truth::<i64>(kept).await, 2, "what was agreed can be traced");
}

#[tokio::test]
async fn an_override_ends_by_itself() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let operator = TestOperator::over(&server.database.services);
    let end = now(&server).await + TimeDelta::hours(1);
    let wanted = Override { expires_at: Some(end), ..hard(Meter::Dispatches, Some(1)) };
    operator.set(acme.id, wanted).await.expect("set");
    ada.dispatched(json!({})).await;
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    server.database.turn_clock(TimeDelta::hours(1) + TimeDelta::seconds(1)).await;
    ada.dispatched(json!({})).await;
    assert_eq!(month(&ada).await["limit"], 500);
    // One that has expired may be followed by another, and is no obstacle.
    operator.set(acme.id, hard(Meter::Dispatches, Some(2))).await.expect("set");
    assert_eq!(month(&ada).await["limit"], 2);
}

#[tokio::test]
async fn a_server_that_remembers_a_key_notices_an_end_that_nobody_tells_it() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read"]).await;
    let program = server.with_key(&secret);
    assert_eq!(policy(&program.get("/api/v1/jobs").await), r#""api-day";q=100;w=86400"#);
    let services = elsewhere(&server);
    let operator = TestOperator::over(&services);
    let until = |end| Override { expires_at: Some(end), ..hard(Meter::ApiCalls, Some(70)) };
    operator.set(acme.id, until(now(&server).await + TimeDelta::hours(1))).await.expect("set");
    until_policy(&program, r#""api-day";q=70;w=86400"#).await;
    let end = now(&server).await + TimeDelta::milliseconds(2_500);
    operator.set(acme.id, until(end)).await.expect("set");
    until_policy(&program, r#""api-day";q=100;w=86400"#).await;
    assert!(now(&server).await >= end);
}

#[tokio::test]
async fn a_limit_lowered_below_what_is_used_charges_nothing_and_allows_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let operator = TestOperator::over(&server.database.services);
    server.database.set_used(acme.id, 50).await;
    operator.set(acme.id, hard(Meter::Dispatches, Some(10))).await.expect("set");
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    let usage = ada.usage().await;
    assert_eq!((&usage["dispatches"]["used"], &usage["dispatches"]["remaining"]), (&json!(50), &json!(0)));
    let warned: Vec<_> = usage["warnings"].as_array().expect("a list").iter().map(|own| &own["percent"]).collect();
    assert_eq!(warned, [80, 100], "the lower limit was reached in the moment that it was set");
    operator.set(acme.id, hard(Meter::Concurrent, Some(3))).await.expect("set");
    operator.clear(acme.id, Meter::Dispatches).await.expect("cleared");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let reject = json!({"tool": "echo", "action": "say"});
    for _ in 0..3 {
        ada.post("/api/v1/dispatch", &reject).await.expect(202);
    }
    ada.post("/api/v1/dispatch", &reject).await.refused(429, "CONCURRENT_LIMIT");
    operator.set(acme.id, hard(Meter::Concurrent, Some(1))).await.expect("set");
    assert_eq!(ada.usage().await["concurrent"], json!({"used": 3, "limit": 1}), "nothing is killed");
    ada.post("/api/v1/dispatch", &reject).await.refused(429, "CONCURRENT_LIMIT");
}

#[tokio::test]
async fn beyond_a_soft_limit_is_allowed_and_marked() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let operator = TestOperator::over(&server.database.services);
    operator.set(acme.id, soft(Meter::Dispatches, 2, None)).await.expect("set");
    operator.set(acme.id, hard(Meter::Concurrent, Some(100))).await.expect("set");
    let replies = join_all((0..5).map(|number| ada.dispatch(json!(number)))).await;
    assert!(replies.iter().all(|reply| reply.status == 202));
    let usage = month(&ada).await;
    assert_eq!(
        usage,
        json!({"used": 5, "limit": 2, "remaining": 0, "resets_at": usage["resets_at"], "mode": "soft", "overage": 3})
    );
    let marked = "select count(*) from org.usage_events where overage";
    assert_eq!(server.database.truth::<i64>(marked).await, 3);
    let check = ada.post(CHECK, &json!({"tool": "echo"})).await.expect(200);
    assert_eq!(
        (check.at("/allowed"), check.at("/remaining"), check.at("/overage")),
        (json!(true), json!(0), json!(true))
    );
    // Up to the cap, and not one more.
    operator.set(acme.id, soft(Meter::Dispatches, 2, Some(7))).await.expect("set");
    let replies = join_all((0..5).map(|number| ada.dispatch(json!(number)))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 202).count(), 2);
    let refused = ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    assert_eq!((refused.at("/limit"), refused.at("/used")), (json!(7), json!(7)));
    assert_eq!((month(&ada).await["overage"].clone(), month(&ada).await["cap"].clone()), (json!(5), json!(7)));
    // Made hard again, nothing is taken back and nothing more is allowed.
    operator.set(acme.id, hard(Meter::Dispatches, Some(2))).await.expect("set");
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    assert_eq!((month(&ada).await["used"].clone(), month(&ada).await["overage"].clone()), (json!(7), json!(5)));
}

#[tokio::test]
async fn api_calls_beyond_a_soft_limit_pass_and_are_marked() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read"]).await;
    let operator = TestOperator::over(&server.database.services);
    operator.set(acme.id, soft(Meter::ApiCalls, 20, None)).await.expect("set");
    let program = server.with_key(&secret);
    let replies = join_all((0..50).map(|_| async { program.get("/api/v1/jobs").await })).await;
    assert!(replies.iter().all(|reply| reply.status == 200 && policy(reply).is_empty()), "nothing would refuse one");
    let calls = ada.usage().await["api_calls"].clone();
    let figures = ["used", "limit", "remaining", "overage"].map(|name| calls[name].clone());
    assert_eq!((figures, &calls["mode"]), ([json!(50), json!(20), json!(0), json!(30)], &json!("soft")));
    operator.set(acme.id, soft(Meter::ApiCalls, 20, Some(60))).await.expect("set");
    let replies = join_all((0..30).map(|_| async { program.get("/api/v1/jobs").await })).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 10);
    let refused = program.get("/api/v1/jobs").await.refused(429, "API_DAILY_LIMIT");
    assert_eq!((refused.at("/limit"), policy(&refused)), (json!(60), r#""api-day";q=60;w=86400"#.to_owned()));
    let calls = ada.usage().await["api_calls"].clone();
    assert_eq!((&calls["used"], &calls["overage"], &calls["cap"]), (&json!(60), &json!(40), &json!(60)));
}

#[tokio::test]
async fn a_plan_may_be_soft_and_free_never_is() {
    let server = TestServer::without_worker().await;
    let rows = "insert into platform.plan_modes values ('pro', 1, 'dispatches', 'soft_capped', 5002)";
    server.database.change(rows).await;
    let (ada, _) = server.owner("Ada", "pro").await;
    ada.dispatched(json!({})).await;
    server.database.change("update org.usage_counters set used = 4999 where meter = 'dispatches'").await;
    for _ in 0..3 {
        ada.dispatch(json!({})).await.expect(202);
    }
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    assert_eq!(
        (month(&ada).await["overage"].clone(), month(&ada).await["mode"].clone()),
        (json!(2), json!("soft_capped"))
    );
    let plans = server.get("/api/v1/plans").await.expect(200);
    assert_eq!(plans.at("/data/1/limits/beyond"), json!({"dispatches": {"mode": "soft_capped", "cap": 5002}}));
    let mut superuser = server.database.superuser().await;
    let free = sqlx::query("insert into platform.plan_modes values ('free', 1, 'dispatches', 'soft', null)");
    assert!(free.execute(&mut superuser).await.is_err());
}

#[tokio::test]
async fn of_many_operators_at_once_one_has_the_last_word() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let services = [elsewhere(&server), elsewhere(&server)];
    let operators: Vec<_> = services.iter().map(TestOperator::over).collect();
    let setting =
        (0..20).map(|number| operators[number % 2].set(acme.id, hard(Meter::Dispatches, Some(number as u64 + 1))));
    let views = join_all(setting).await;
    assert!(views.iter().all(Result::is_ok), "{views:?}");
    let standing = "select count(*) from directory.quota_overrides where ended_at is null";
    assert_eq!(server.database.truth::<i64>(standing).await, 1);
    let limit = "select quota_limit from directory.quota_overrides where ended_at is null";
    assert_eq!(month(&ada).await["limit"], server.database.truth::<i64>(limit).await);
}

#[tokio::test]
async fn without_the_database_nothing_is_set_by_halves() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let services = elsewhere(&server);
    let operator = TestOperator::over(&services);
    let found = operator.find(acme.id).await;
    server.database.take_away().await;
    let wish = tenantry_kernel::operator::SetOverride {
        wanted: hard(Meter::Dispatches, Some(1)),
        reason: "a test".to_owned(),
    };
    let scope = operator.operator.in_organization(&found);
    let set = tenantry_domain::metering::quota::set(&services, &scope, &wish).await;
    assert!(matches!(set, Err(QuotaError::Db(_))), "{set:?}");
    server.database.give_back().await;
    assert_eq!(server.database.truth::<i64>("select count(*) from directory.quota_overrides").await, 0);
    let usage = async {
        loop {
            let reply = ada.get("/api/tenant/usage").await;
            if reply.status == 200 {
                return reply.at("/dispatches/limit");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert_eq!(tokio::time::timeout(Duration::from_secs(20), usage).await.expect("it comes back"), 500);
}
