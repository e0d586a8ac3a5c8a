//! Another's thing is a missing thing: the same answer to the byte, whichever way it is named.

use reqwest::Method;
use serde_json::{Value, json};
use tenantry_kernel::{JobId, OrganizationId, TenantId, ToolId};
use tenantry_testkit::{Client, Reply, TestServer};
use uuid::Uuid;

/// An id of the right form that nothing has.
fn nothing<T: From<Uuid> + ToString>(server: &TestServer) -> String {
    server.database.services.new_id::<T>().to_string()
}

/// All answers are the same 404.
fn all_missing(replies: Vec<Reply>) {
    let replies: Vec<Reply> = replies.into_iter().map(|reply| reply.refused(404, "NOT_FOUND")).collect();
    for reply in &replies[1..] {
        assert_eq!(replies[0].indistinguishable(), reply.indistinguishable(), "{}", reply.asked);
    }
}

#[tokio::test]
async fn a_strangers_tenant_is_a_missing_tenant() {
    let server = TestServer::without_worker().await;
    let (_, hers) = server.owner("Ada", "free").await;
    let (eve, _) = server.owner("Eve", "free").await;
    let names = [
        hers.tenant.to_string(),
        hers.tenant_slug.clone(),
        nothing::<TenantId>(&server),
        "no-such-slug".to_owned(),
        // What cannot be a tenant at all, an organization's id among it.
        hers.id.to_string(),
        "??".to_owned(),
        String::new(),
        "ünï".to_owned(),
        "x".repeat(4000),
    ];
    for path in ["/api/v1/jobs", "/api/tenant/usage", "/api/tenant/role", "/api/v1/auth/me"] {
        let mut replies = Vec::new();
        for name in &names {
            replies.push(eve.get(path).header("x-tenant", name).await);
        }
        all_missing(replies);
    }
}

#[tokio::test]
async fn a_strangers_organization_is_a_missing_organization() {
    let server = TestServer::without_worker().await;
    let (ada, hers) = server.owner("Ada", "free").await;
    let (eve, own) = server.owner("Eve", "free").await;
    let mut replies = Vec::new();
    for wish in [
        json!({"organization": hers.id}),
        json!({"organization": hers.slug}),
        json!({"organization": nothing::<OrganizationId>(&server)}),
        json!({"organization": "no-such-slug"}),
        json!({"organization": "No Slug At All"}),
        json!({"organization": hers.tenant}),
        json!({"organization": own.id, "tenant": hers.tenant}),
        json!({"organization": own.id, "tenant": hers.tenant_slug}),
        json!({"organization": own.id, "tenant": nothing::<TenantId>(&server)}),
        json!({"organization": own.id, "tenant": "??"}),
        json!({"organization": hers.id, "tenant": own.tenant}),
    ] {
        replies.push(eve.put("/api/tenant/organizations/current", &wish).await);
    }
    all_missing(replies);
    let current = eve.get("/api/tenant/organizations").await.expect(200).at("/current");
    assert_eq!(current, json!({"organization": own.id, "tenant": own.tenant}), "nothing has moved");
    assert_eq!(ada.get("/api/tenant/role").await.expect(200).text_at("/organization"), hers.id.to_string());
}

#[tokio::test]
async fn a_strangers_job_or_tool_is_a_missing_one() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (eve, _) = server.owner("Eve", "free").await;
    let job = ada.dispatched(json!({"secret": "canary"})).await;
    let tool = ada.get("/api/v1/tools").await.expect(200).text_at("/data/0/id");
    let asked = |client: &Client, method: &Method, path: String| client.call(method.clone(), &path);
    for (method, before, after, hers, missing) in [
        (Method::GET, "/api/v1/jobs/", "", &job, nothing::<JobId>(&server)),
        (Method::POST, "/api/v1/jobs/", "/cancel", &job, nothing::<JobId>(&server)),
        (Method::GET, "/api/v1/tools/", "", &tool, nothing::<ToolId>(&server)),
    ] {
        let mut replies = Vec::new();
        for id in [hers.as_str(), &missing, "nonsense", "%00", "job_", &hers.to_uppercase(), "null"] {
            replies.push(asked(&eve, &method, format!("{before}{id}{after}")).await);
        }
        all_missing(replies);
    }
    let mut replies = Vec::new();
    for id in [tool, nothing::<ToolId>(&server), "no-such-tool".to_owned()] {
        let body = json!({"tool": id, "action": "say", "when_full": "queue"});
        replies.push(eve.post("/api/v1/dispatch", &body).await);
    }
    all_missing(replies);
    assert_eq!(ada.get(&format!("/api/v1/jobs/{job}")).await.expect(200).text_at("/job/status"), "queued");
}

#[tokio::test]
async fn a_strangers_cursor_and_key_tell_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let (eve, _) = server.owner("Eve", "empire").await;
    let body = json!({"tool": "echo", "action": "say", "payload": "canary", "when_full": "queue"});
    let first = ada.post("/api/v1/dispatch", &body).once("shared").await.expect(202);
    ada.dispatched(json!("canary")).await;
    let own = eve.dispatched(json!("own")).await;
    let cursor = eve.get(&format!("/api/v1/jobs?cursor={own}")).await.expect(200);
    assert_eq!(cursor.json(), json!({"data": [], "next_cursor": null}));
    let reply = eve.post("/api/v1/dispatch", &body).once("shared").await.expect(202);
    assert_eq!(reply.header("idempotency-replayed"), None);
    assert_ne!(reply.at("/job/id"), first.at("/job/id"));
}

#[tokio::test]
async fn no_answer_to_one_carries_anything_of_the_other() {
    let server = TestServer::start().await;
    let (ada, hers) = server.owner("Ada Canary", "pro").await;
    let job = ada.dispatched(json!({"value": "canary"})).await;
    ada.job_over(&job).await;
    let (eve, _) = server.owner("Eve", "pro").await;
    let forbidden =
        ["canary".to_owned(), hers.id.to_string(), hers.tenant.to_string(), hers.slug.clone(), job, ada.id.to_string()];
    for path in [
        "/api/v1/auth/me",
        "/api/tenant/organizations",
        "/api/tenant/usage",
        "/api/tenant/role",
        "/api/v1/subscription",
        "/api/v1/jobs",
        "/api/v1/tools",
        "/api/v1/plans",
        "/api/openapi.json",
    ] {
        let text = eve.get(path).await.expect(200).text().to_lowercase();
        for word in &forbidden {
            assert!(!text.contains(&word.to_lowercase()), "{path} tells of {word}");
        }
    }
}

#[tokio::test]
async fn a_member_of_two_acts_in_the_one_that_the_call_names() {
    let server = TestServer::without_worker().await;
    let (_, first) = server.owner("Ada", "pro").await;
    let (eve, second) = server.owner("Eve", "pro").await;
    server.database.add_member(first.id, eve.id, tenantry_kernel::Role::Viewer).await;
    let (there, here) = (eve.within(&first), eve.within(&second));
    here.dispatched(json!("here")).await;
    there.dispatch(json!("there")).await.refused(403, "FORBIDDEN");
    assert_eq!(there.get("/api/v1/jobs").await.expect(200).at("/data"), json!([]));
    let role = |reply: Reply| (reply.text_at("/role"), reply.at("/owner"));
    assert_eq!(role(there.get("/api/tenant/role").await), ("viewer".into(), Value::Bool(false)));
    assert_eq!(role(here.get("/api/tenant/role").await), ("admin".into(), Value::Bool(true)));
}
