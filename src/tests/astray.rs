//! Whoever is known and names a place that is not theirs: they are told that there is none, and it counts like any call.

use futures::future::join_all;
use serde_json::json;
use tenantry_testkit::{Call, Client, Reply, TestServer};

const JOBS: &str = "/api/v1/jobs";

fn limits(reply: &Reply) -> (String, String) {
    let header = |name| reply.header(name).unwrap_or_default().to_owned();
    (header("ratelimit-policy"), header("ratelimit"))
}

/// Headers by name, and the body without the request's id.
fn told(reply: &Reply) -> (Vec<String>, serde_json::Value) {
    let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
    names.sort_unstable();
    let mut body = reply.json();
    body["request_id"].take();
    (names, body)
}

/// A program's call that names a place.
type Asks<'a> = Box<dyn Fn(&str) -> Call + 'a>;

#[tokio::test]
async fn a_place_of_somebody_else_is_missing_and_costs_a_call_as_a_missing_one_does() {
    let server = TestServer::without_worker().await;
    let (_, other) = server.owner("Eve", "free").await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read"]).await;
    let pair = ada.post("/api/v1/auth/token", &json!({})).await.expect(200);
    let bearer = format!("Bearer {}", pair.text_at("/access_token"));
    let programs: [(&str, Asks<'_>); 2] = [
        ("key", Box::new(|tenant| server.with_key(&secret).get(JOBS).header("x-tenant", tenant))),
        ("token", Box::new(|tenant| server.get(JOBS).header("authorization", &bearer).header("x-tenant", tenant))),
    ];
    let mut left = 100;
    for (kind, asks) in programs {
        let theirs = asks(&other.tenant.to_string()).await.refused(404, "NOT_FOUND");
        let missing = asks("ten_7zzzzzzzzzzzzzzzzzzzzzzzzz").await.refused(404, "NOT_FOUND");
        assert_eq!(told(&theirs), told(&missing), "{kind}");
        for reply in [theirs, missing] {
            left -= 1;
            let (policy, state) = limits(&reply);
            assert_eq!(policy, r#""api-day";q=100;w=86400, "burst";q=1000;w=50"#, "{kind}");
            assert!(state.starts_with(&format!(r#""api-day";r={left};"#)), "{kind}: {state}");
        }
    }
    let astray = |tenant: &str| ada.get(JOBS).header("x-tenant", tenant);
    let theirs = astray(&other.tenant.to_string()).await.refused(404, "NOT_FOUND");
    assert_eq!(told(&theirs), told(&astray("no-such-place").await.refused(404, "NOT_FOUND")));
    assert_eq!(limits(&theirs).0, r#""burst";q=1000;w=50"#);
    let nobody = server.get(JOBS).header("x-tenant", &other.tenant.to_string()).await.refused(401, "UNAUTHENTICATED");
    assert_eq!(limits(&nobody), (String::new(), String::new()));
}

#[tokio::test]
async fn another_place_of_ones_own_than_the_credential_carries_costs_a_call_too() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read"]).await;
    let pair = ada.post("/api/v1/auth/token", &json!({})).await.expect(200);
    let bearer = format!("Bearer {}", pair.text_at("/access_token"));
    let second = ada.create_organization("Second", "free").await.tenant.to_string();
    let by_token = server.get(JOBS).header("authorization", &bearer).header("x-tenant", &second);
    let refused = by_token.await.refused(403, "TENANT_MISMATCH");
    assert!(limits(&refused).1.starts_with(r#""api-day";r=99;"#), "{refused:?}");
    // The key's own, which the call before has had counted.
    let own = server.with_key(&secret).get(JOBS).await.expect(200);
    assert!(limits(&own).1.starts_with(r#""api-day";r=98;"#), "{own:?}");
}

/// So many calls at once that a bucket of 1,000 is empty before they are answered.
async fn flood(call: impl Fn() -> Call) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.extend(join_all((0..50).map(|_| call().into_future())).await.iter().map(|reply| reply.status));
    }
    statuses
}

#[tokio::test]
async fn who_goes_on_asking_for_what_is_not_theirs_is_told_to_wait() {
    let server = TestServer::without_worker().await;
    let (_, other) = server.owner("Eve", "free").await;
    let (ada, _) = server.owner("Ada", "free").await;
    let tenant = other.tenant.to_string();
    let client: &Client = &ada;
    client.get(JOBS).await.expect(200);
    // No time passes for a limiter that is asked for a moment before the first that it saw.
    server.database.services.clock.set_offset(chrono::TimeDelta::seconds(-600));
    let (_, state) = limits(&client.get(JOBS).await.expect(200));
    let left: usize = state.split([';', '=']).nth(2).and_then(|text| text.parse().ok()).expect("what is left");
    let statuses = flood(|| client.get(JOBS).header("x-tenant", &tenant)).await;
    let missing = statuses.iter().filter(|status| **status == 404).count();
    assert_eq!((missing, statuses.iter().filter(|status| **status == 429).count()), (left, 1_500 - left));
    client.get(JOBS).await.refused(429, "RATE_LIMITED");
}
