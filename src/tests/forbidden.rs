//! Limits of an organization's own, and limits of nothing: what is said of them is true, and what is forbidden is not to be
//! tried again.

use serde_json::{Value, json};
use tenantry_kernel::quota::Meter;
use tenantry_testkit::{Reply, TestOperator, TestServer, hard};

const DISPATCH: &str = "/api/v1/dispatch";
const CHECK: &str = "/api/v1/dispatch/check";

/// It speaks of no plan, since another would change nothing.
fn of_no_plan(refused: &Reply) {
    let said = format!("{} {}", refused.text_at("/detail"), refused.text_at("/fix"));
    assert!(!said.contains("plan") && !said.contains("Empire"), "{said}");
    assert_eq!(refused.json().get("upgrade_url"), None, "{said}");
}

fn forbidden(refused: &Reply) {
    of_no_plan(refused);
    assert!(refused.text_at("/detail").contains("forbidden"), "{}", refused.text());
    assert_eq!(refused.header("retry-after"), None);
    let facts = ["/limit", "/used", "/remaining"].map(|name| refused.at(name));
    assert_eq!(facts, [json!(0), json!(0), json!(0)]);
}

#[tokio::test]
async fn where_an_organizations_own_limit_refuses_no_plan_is_spoken_of() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let operator = TestOperator::over(&server.database.services);
    operator.set(acme.id, hard(Meter::Dispatches, Some(1))).await.expect("set");
    ada.dispatched(json!({})).await;
    let refused = ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    of_no_plan(&refused);
    assert!(refused.at("/resets_at").is_string());

    operator.set(acme.id, hard(Meter::ApiCalls, Some(1))).await.expect("set");
    let (_, secret) = ada.key(&["read"]).await;
    let program = server.with_key(&secret);
    program.get("/api/v1/jobs").await.expect(200);
    let refused = program.get("/api/v1/jobs").await.refused(429, "API_DAILY_LIMIT");
    of_no_plan(&refused);
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test]
async fn a_limit_of_nothing_forbids_and_consumes_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let operator = TestOperator::over(&server.database.services);
    let (_, secret) = ada.key(&["read"]).await;
    operator.set(acme.id, hard(Meter::Concurrent, Some(0))).await.expect("set");
    for when_full in ["reject", "queue"] {
        let body = json!({"tool": "echo", "action": "say", "when_full": when_full});
        forbidden(&ada.post(DISPATCH, &body).await.refused(429, "CONCURRENT_LIMIT"));
    }
    assert_eq!(ada.usage().await["dispatches"]["used"], 0);
    assert_eq!(server.database.truth::<i64>("select count(*) from org.jobs").await, 0);

    operator.set(acme.id, hard(Meter::Dispatches, Some(0))).await.expect("set");
    forbidden(&ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED"));
    operator.set(acme.id, hard(Meter::ApiCalls, Some(0))).await.expect("set");
    forbidden(&server.with_key(&secret).get("/api/v1/jobs").await.refused(429, "API_DAILY_LIMIT"));
}

#[tokio::test]
async fn a_check_has_the_facts_of_the_limit_that_refuses() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let operator = TestOperator::over(&server.database.services);
    operator.set(acme.id, hard(Meter::Concurrent, Some(1))).await.expect("set");
    ada.post(DISPATCH, &json!({"tool": "echo", "action": "say"})).await.expect(202);
    let check = async || ada.post(CHECK, &json!({"tool": "echo"})).await.expect(200).json();
    let full = check().await;
    assert_eq!((&full["allowed"], &full["code"]), (&json!(false), &json!("CONCURRENT_LIMIT")));
    let facts = ["limit", "used", "remaining"].map(|name| full[name].clone());
    assert_eq!(facts, [json!(1), json!(1), json!(0)]);
    assert_eq!(full.get("resets_at"), Some(&Value::Null), "slots do not start anew");

    operator.set(acme.id, hard(Meter::Dispatches, Some(1))).await.expect("set");
    let spent = check().await;
    assert_eq!((&spent["code"], &spent["limit"]), (&json!("DISPATCH_QUOTA_EXCEEDED"), &json!(1)));
    assert!(spent["resets_at"].is_string());
}
