//! A suspended workspace: closed to those who belong to it, missing to everybody else, its organization open.

use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tenantry_domain::dispatch::worker;
use tenantry_kernel::Role;
use tenantry_testkit::{TestServer, redacted};

#[tokio::test]
async fn its_own_routes_are_closed_and_its_organizations_are_open() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let id = ada.dispatched(json!({})).await;
    server.database.set_suspended(acme.tenant, true).await;
    let viewer = server.member(&acme, Role::Viewer).await;
    for member in [&ada, &viewer] {
        for path in ["/api/v1/jobs", "/api/v1/tools", &format!("/api/v1/jobs/{id}")] {
            member.get(path).await.refused(403, "TENANT_SUSPENDED");
        }
        member.dispatch(json!({})).await.refused(403, "TENANT_SUSPENDED");
        member.post("/api/v1/dispatch/check", &json!({"tool": "echo"})).await.refused(403, "TENANT_SUSPENDED");
        member.post(&format!("/api/v1/jobs/{id}/cancel"), &Value::Null).await.refused(403, "TENANT_SUSPENDED");
        for path in ["/api/tenant/usage", "/api/tenant/role", "/api/v1/subscription", "/api/v1/auth/me"] {
            member.get(path).await.expect(200);
        }
    }
    let list = ada.get("/api/tenant/organizations").await.expect(200);
    assert_eq!(list.text_at("/organizations/0/tenants/0/status"), "suspended");
    ada.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    assert_json_snapshot!("tenant_suspended", redacted(&ada.get("/api/v1/jobs").await.json()));
    server.database.set_suspended(acme.tenant, false).await;
    ada.get(&format!("/api/v1/jobs/{id}")).await.expect(200);
}

#[tokio::test]
async fn a_stranger_cannot_tell_a_suspended_workspace_from_none() {
    let server = TestServer::without_worker().await;
    let (_, acme) = server.owner("Ada", "free").await;
    let (eve, _) = server.owner("Eve", "free").await;
    server.database.set_suspended(acme.tenant, true).await;
    let suspended = eve.within(&acme).get("/api/v1/jobs").await.refused(404, "NOT_FOUND");
    let missing = eve.naming("no-such-place").get("/api/v1/jobs").await.refused(404, "NOT_FOUND");
    assert_eq!(suspended.indistinguishable(), missing.indistinguishable());
}

#[tokio::test]
async fn its_sister_goes_on() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let lab = ada.naming(server.database.add_tenant(acme.id, "lab").await);
    server.database.set_suspended(acme.tenant, true).await;
    lab.dispatch(json!({})).await.expect(202);
    ada.within(&acme).dispatch(json!({})).await.refused(403, "TENANT_SUSPENDED");
}

#[tokio::test]
async fn its_jobs_wait_until_the_suspension_is_lifted() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let lab = server.database.add_tenant(acme.id, "lab").await;
    let waiting = ada.dispatched(json!("waits")).await;
    let running = ada.naming(lab).dispatched(json!("runs")).await;
    server.database.set_suspended(acme.tenant, true).await;
    let services = &server.database.services;
    assert_eq!(worker::drain(services, acme.id).await.expect("the database is there"), 1);
    assert_eq!(ada.naming(lab).job_over(&running).await["status"], "succeeded");
    server.database.set_suspended(acme.tenant, false).await;
    assert_eq!(ada.get(&format!("/api/v1/jobs/{waiting}")).await.expect(200).text_at("/job/status"), "queued");
    assert_eq!(worker::drain(services, acme.id).await.expect("the database is there"), 1);
    assert_eq!(ada.job_over(&waiting).await["status"], "succeeded");
}
