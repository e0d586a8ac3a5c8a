//! The day's API calls: exact at the end, in one process and in several, and told with every answer.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_testkit::{Client, Reply, TestServer};

fn limits(reply: &Reply) -> (String, String) {
    let header = |name| reply.header(name).unwrap_or_default().to_owned();
    (header("ratelimit-policy"), header("ratelimit"))
}

/// What is left of the day, as the answer says it.
fn left(reply: &Reply) -> Option<u64> {
    let (_, state) = limits(reply);
    state.split(';').find_map(|part| part.strip_prefix("r=")).and_then(|number| number.parse().ok())
}

async fn api_calls(client: &Client) -> Value {
    client.get("/api/tenant/usage").await.expect(200).at("/api_calls")
}

#[tokio::test]
async fn every_answer_says_where_the_caller_stands() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "free").await;
    let (_, secret) = owner.key(&["read"]).await;
    let program = server.with_key(&secret);
    let first = program.get("/api/v1/jobs").await.expect(200);
    let (policy, state) = limits(&first);
    assert_eq!(policy, r#""api-day";q=100;w=86400, "burst";q=1000;w=50"#);
    assert!(state.starts_with(r#""api-day";r=99;t="#) && state.contains(r#", "burst";r=999;t=1"#), "{state}");
    // A refusal is an answer, too, and one of the role costs like any call.
    let refused = program.get("/api/v1/keys").await.refused(403, "FORBIDDEN");
    let missing = program.get("/api/v1/jobs/job_7zzzzzzzzzzzzzzzzzzzzzzzzz").await.refused(404, "NOT_FOUND");
    assert_eq!(limits(&refused).0, r#""burst";q=1000;w=50"#, "a look at keys is no API call");
    assert_eq!((left(&missing), limits(&missing).0), (Some(98), policy));
    // A person's session has a burst alone, and nobody has neither.
    let session = owner.get("/api/v1/jobs").await.expect(200);
    assert_eq!(limits(&session).0, r#""burst";q=1000;w=50"#);
    assert_eq!(limits(&server.get("/api/v1/jobs").await.expect(401)), (String::new(), String::new()));
    assert_eq!(api_calls(&owner).await["used"], 2);
}

#[tokio::test]
async fn the_hundredth_call_of_the_day_passes_and_the_next_does_not() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "free").await;
    let (id, secret) = owner.key(&["read", "manage"]).await;
    let program = server.with_key(&secret);
    let replies = join_all((0..110).map(|_| async { program.get("/api/v1/jobs").await })).await;
    let passed = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(passed, 100);
    let refused = program.get("/api/v1/jobs").await.refused(429, "API_DAILY_LIMIT");
    let wait: i64 = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("a wait");
    assert!((1..=86_400).contains(&wait), "{wait}");
    for (member, value) in [("limit", json!(100)), ("remaining", json!(0)), ("policy", json!("api-day"))] {
        assert_eq!(refused.at(&format!("/{member}")), value);
    }
    assert_eq!(left(&refused), Some(0));
    let usage = api_calls(&owner).await;
    assert_eq!((&usage["used"], &usage["remaining"]), (&json!(100), &json!(0)));
    // Keys can be looked after, and the role is decided before the day.
    program.get(&format!("/api/v1/keys/{id}")).await.expect(200);
    program.post("/api/v1/dispatch/check", &json!({"tool": "echo"})).await.refused(403, "FORBIDDEN");
    // A larger plan counts at once, and a new day is a new day.
    owner.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    assert_eq!(left(&program.get("/api/v1/jobs").await.expect(200)), Some(899));
    owner.put("/api/v1/subscription", &json!({"plan": "free"})).await.expect(200);
    program.get("/api/v1/jobs").await.refused(429, "API_DAILY_LIMIT");
    server.database.turn_clock(TimeDelta::days(1)).await;
    assert_eq!(left(&program.get("/api/v1/jobs").await.expect(200)), Some(99));
    assert_eq!(api_calls(&owner).await["used"], 1);
}

#[tokio::test]
async fn several_servers_together_let_exactly_the_limit_through() {
    let server = TestServer::without_worker().await;
    let (second, third) = (server.another().await, server.another().await);
    let (owner, _) = server.owner("Ada", "free").await;
    let (_, secret) = owner.key(&["read"]).await;
    let programs = [server.with_key(&secret), second.with_key(&secret), third.with_key(&secret)];
    // Two of them hold some when the third would take the rest; what they do not need they give back.
    for program in &programs[..2] {
        program.get("/api/v1/jobs").await.expect(200);
    }
    let mut passed = 2;
    for _ in 0..60 {
        let replies = join_all((0..10).map(|_| async { programs[2].get("/api/v1/jobs").await.status })).await;
        passed += replies.iter().filter(|status| **status == 200).count();
        assert!(passed <= 100, "{passed}");
        if passed == 100 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(passed, 100);
    for program in &programs {
        program.get("/api/v1/jobs").await.refused(429, "API_DAILY_LIMIT");
    }
    assert_eq!(api_calls(&owner).await["used"], 100);
    let held = "select used + leased from org.usage_counters where meter = 'api_calls'";
    assert_eq!(server.database.truth::<i64>(held).await, 100);
}

#[tokio::test]
async fn what_we_fail_to_answer_costs_nothing() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "free").await;
    let (_, secret) = owner.key(&["read"]).await;
    let program = server.with_key(&secret);
    program.get("/api/v1/jobs").await.expect(200);
    server.database.take_away().await;
    let away = program.get("/api/v1/jobs").await.refused(503, "GUARD_UNAVAILABLE");
    assert!(away.header("retry-after").is_some());
    server.database.give_back().await;
    let back = async {
        loop {
            let reply = program.get("/api/v1/jobs").await;
            if reply.status == 200 {
                return reply;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let reply = tokio::time::timeout(Duration::from_secs(20), back).await.expect("it comes back");
    assert_eq!(left(&reply), Some(98));
    assert_eq!(api_calls(&owner).await["used"], 2);
}

#[tokio::test]
async fn without_a_limit_calls_are_counted_all_the_same() {
    let server = TestServer::without_worker().await;
    server.database.turn_to_noon().await;
    let (owner, _) = server.owner("Ada", "empire").await;
    let (_, secret) = owner.key(&["read"]).await;
    let program = server.with_key(&secret);
    for _ in 0..7 {
        let reply = program.get("/api/v1/jobs").await.expect(200);
        assert_eq!(limits(&reply).0, r#""burst";q=40000;w=2"#);
    }
    let usage = api_calls(&owner).await;
    assert_eq!((&usage["used"], &usage["limit"]), (&json!(7), &Value::Null));
    let daily = owner.usage().await["daily"][6]["api_calls"].clone();
    assert_eq!(daily, json!(7));
}

#[tokio::test]
async fn a_burst_is_refused_with_the_time_to_wait() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "free").await;
    server.database.change("update platform.plans set burst_bucket = 3, burst_refill = 1 where plan_id = 'free'").await;
    let there = server.another().await;
    let slow = there.with_cookie(owner.cookie().map(str::to_owned));
    // What comes back while they are under way may pass as well.
    let began = Instant::now();
    let replies = join_all((0..20).map(|_| async { slow.get("/api/v1/jobs").await })).await;
    let most = 4 + began.elapsed().as_secs();
    let passed = replies.iter().filter(|reply| reply.status == 200).count() as u64;
    assert!((3..=most).contains(&passed), "{passed} of at most {most}");
    let refused = replies.into_iter().find(|reply| reply.status != 200).expect("one of twenty is refused");
    let refused = refused.refused(429, "RATE_LIMITED");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!((refused.at("/policy"), refused.at("/limit")), (json!("burst"), json!(3)));
    assert!(limits(&refused).1.starts_with(r#""burst";r=0;t="#));
    // Another member is not held up by this one.
    let other = there.sign_up("Eve").await;
    other.create_organization("Other", "pro").await;
    other.get("/api/v1/jobs").await.expect(200);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    slow.get("/api/v1/jobs").await.expect(200);
}

#[tokio::test]
async fn a_larger_plan_begins_with_its_full_burst() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "free").await;
    join_all((0..600).map(|_| async { owner.get("/api/v1/jobs").await.expect(200) })).await;
    owner.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    let reply = owner.get("/api/v1/jobs").await.expect(200);
    assert!(limits(&reply).1.starts_with(r#""burst";r=1999;"#), "{:?}", limits(&reply));
}
