//! Plans on offer, the one that is held, and changing it.

use chrono::TimeDelta;
use insta::assert_json_snapshot;
use serde_json::json;
use tenantry_domain::services::PlanChoice;
use tenantry_kernel::Role;
use tenantry_testkit::{ServerOptions, TestServer, redacted};

const SUBSCRIPTION: &str = "/api/v1/subscription";

#[tokio::test]
async fn anybody_may_read_the_plans() {
    let server = TestServer::without_worker().await;
    assert_json_snapshot!("plans", server.get("/api/v1/plans").await.expect(200).json());
}

#[tokio::test]
async fn everybody_reads_the_plan_and_admins_change_it() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    assert_json_snapshot!("subscription_of_free", redacted(&ada.get(SUBSCRIPTION).await.expect(200).json()));
    let pro = json!({"plan": "pro"});
    for role in Role::ALL {
        let member = server.member(&acme, role).await;
        member.get(SUBSCRIPTION).await.expect(200);
        match role {
            Role::Admin => {
                assert_eq!(member.put(SUBSCRIPTION, &pro).await.expect(200).text_at("/subscription/plan"), "pro")
            }
            _ => {
                let reply = member.put(SUBSCRIPTION, &pro).await.refused(403, "FORBIDDEN");
                assert!(reply.text_at("/detail").contains("billing:manage"));
            }
        }
    }
    assert_json_snapshot!("subscription_of_pro", redacted(&ada.get(SUBSCRIPTION).await.expect(200).json()));
    let reply = ada.put(SUBSCRIPTION, &json!({"plan": "imaginary"})).await.refused(422, "INVALID");
    assert_eq!(reply.fields(), ["plan"]);
    ada.put(SUBSCRIPTION, &json!({})).await.refused(422, "INVALID");
}

#[tokio::test]
async fn an_upgrade_counts_for_the_very_next_dispatch() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.set_used(acme.id, 500).await;
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    ada.put(SUBSCRIPTION, &json!({"plan": "pro"})).await.expect(200);
    ada.dispatch(json!({})).await.expect(202);
    let usage = ada.usage().await;
    assert_eq!(usage["plan"], "pro");
    // A paid plan's month begins with it.
    assert_eq!((&usage["dispatches"]["used"], &usage["dispatches"]["limit"]), (&json!(1), &json!(5000)));
    assert_eq!(usage["period"]["end"], usage["dispatches"]["resets_at"]);
    assert_eq!(usage["period"]["end"], ada.get(SUBSCRIPTION).await.at("/subscription/current_period_end"));
}

#[tokio::test]
async fn a_downgrade_takes_nothing_back_and_grants_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.set_used(acme.id, 500).await;
    ada.put(SUBSCRIPTION, &json!({"plan": "pro"})).await.expect(200);
    for _ in 0..3 {
        ada.post("/api/v1/dispatch", &json!({"tool": "echo", "action": "say"})).await.expect(202);
    }
    ada.put(SUBSCRIPTION, &json!({"plan": "free"})).await.expect(200);
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    let usage = ada.usage().await;
    assert_eq!(
        usage["dispatches"],
        json!({"used": 500, "limit": 500, "remaining": 0, "resets_at": usage["period"]["end"]})
    );
    assert_eq!(usage["concurrent"], json!({"used": 3, "limit": 1}));
}

#[tokio::test]
async fn changing_to_and_fro_begins_no_new_month() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    ada.dispatched(json!({})).await;
    ada.put(SUBSCRIPTION, &json!({"plan": "free"})).await.expect(200);
    server.database.turn_clock(TimeDelta::hours(1)).await;
    ada.put(SUBSCRIPTION, &json!({"plan": "pro"})).await.expect(200);
    assert_eq!(ada.usage().await["dispatches"]["used"], 1);
}

#[tokio::test]
async fn a_plan_may_expire_and_counts_three_days_more() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    server.database.change("update directory.organizations set plan_expires_at = now() + interval '1 day'").await;
    server.database.set_used(acme.id, 600).await;
    server.database.turn_clock(TimeDelta::days(2)).await;
    assert_eq!(ada.get(SUBSCRIPTION).await.expect(200).text_at("/subscription/state"), "grace");
    ada.dispatch(json!({})).await.expect(202);
    server.database.turn_clock(TimeDelta::days(4) + TimeDelta::hours(1)).await;
    server.database.set_used(acme.id, 600).await;
    assert_eq!(ada.get(SUBSCRIPTION).await.expect(200).text_at("/subscription/state"), "expired");
    ada.dispatch(json!({})).await.refused(402, "PLAN_EXPIRED");
    assert_eq!(ada.usage().await["dispatches"]["limit"], 500);
}

#[tokio::test]
async fn where_the_platform_operator_changes_plans_nobody_else_does() {
    let options = ServerOptions { worker: false, plans: PlanChoice::Operator, ..ServerOptions::default() };
    let server = TestServer::with(options).await;
    let (ada, _) = server.owner("Ada", "free").await;
    ada.put(SUBSCRIPTION, &json!({"plan": "pro"})).await.refused(403, "FORBIDDEN");
    // Nor by the back door of a new organization.
    let body = json!({"name": "Second", "plan": "empire"});
    ada.post("/api/tenant/organizations", &body).await.refused(403, "FORBIDDEN");
    assert_eq!(ada.get(SUBSCRIPTION).await.expect(200).text_at("/subscription/plan"), "free");
}
