//! Tools that live elsewhere: made, changed, given another secret and removed, and what all of that is refused for.

mod races;
mod refusals;
mod secrets;

use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tenantry_domain::db::roles;
use tenantry_kernel::ToolId;
use tenantry_testkit::{Client, TestServer, redacted};

const TOOLS: &str = "/api/v1/tools";
const CHECK: &str = "/api/v1/dispatch/check";

/// A right wish, with some fields changed.
fn wish(changes: &Value) -> Value {
    let mut body = json!({"name": "crm", "kind": "webhook", "url": "https://example.com/hook"});
    for (name, value) in changes.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

/// The path of a tool that was just made.
async fn made(client: &Client, changes: &Value) -> String {
    format!("{TOOLS}/{}", client.post(TOOLS, &wish(changes)).await.expect(201).text_at("/tool/id"))
}

/// The path of a built-in tool.
async fn builtin(client: &Client, name: &str) -> String {
    let tools = client.get(TOOLS).await.expect(200).at("/data");
    let tool = tools.as_array().expect("tools").iter().find(|tool| tool["name"] == name).expect("it is there");
    format!("{TOOLS}/{}", tool["id"].as_str().expect("an id"))
}

async fn webhooks(server: &TestServer) -> i64 {
    server.database.truth("select count(*) from tenant.tools where kind = 'webhook'").await
}

#[tokio::test]
async fn a_tool_has_the_shapes_of_the_contract() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let body = wish(&json!({"feature": "listing-auto", "timeout_seconds": 86_400}));
    let created = ada.post(TOOLS, &body).await.expect(201);
    assert_json_snapshot!("tool_created", redacted(&created.json()));
    let path = format!("{TOOLS}/{}", created.text_at("/tool/id"));
    assert_eq!(ada.get(&path).await.expect(200).json(), json!({"tool": created.at("/tool")}));
    let names: Vec<_> = ada.get(TOOLS).await.expect(200).json()["data"]
        .as_array()
        .expect("tools")
        .iter()
        .map(|tool| (tool["name"].clone(), tool["kind"].clone(), tool.get("url").is_some()))
        .collect();
    let (builtin, webhook) = (json!("builtin"), json!("webhook"));
    assert_eq!(
        names,
        [
            (json!("crm"), webhook, true),
            (json!("echo"), builtin.clone(), false),
            (json!("http-request"), builtin, false)
        ]
    );
    let change = json!({"name": "sales", "url": "http://example.org", "feature": null, "timeout_seconds": 1});
    let changed = ada.patch(&path, &change).await.expect(200);
    assert_json_snapshot!("tool_changed", redacted(&changed.json()));
    assert_eq!(ada.get(&path).await.expect(200).json(), changed.json());
    assert_eq!(ada.patch(&path, &json!({})).await.expect(200).json(), changed.json(), "nothing is nothing");
    let rotated = ada.call(Method::POST, &format!("{path}/rotate")).await.expect(201);
    assert_json_snapshot!("tool_rotated", redacted(&rotated.json()));
    assert_eq!(ada.call(Method::DELETE, &path).await.expect(204).text(), "");
    ada.get(&path).await.refused(404, "NOT_FOUND");
    ada.call(Method::DELETE, &path).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_built_in_tool_can_be_fenced_off_but_not_renamed_or_removed() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let path = builtin(&ada, "http-request").await;
    for reply in [
        ada.patch(&path, &json!({"name": "fetch"})).await,
        ada.patch(&path, &json!({"url": "https://example.com/"})).await,
        ada.call(Method::POST, &format!("{path}/rotate")).await,
        ada.call(Method::DELETE, &path).await,
    ] {
        let problem = reply.refused(409, "CONFLICT").json();
        assert!(problem["detail"].as_str().is_some_and(|text| text.contains("http-request")), "{problem}");
        assert_ne!(problem["fix"], "Read it again and decide anew.", "it says what to do instead");
    }
    let change = json!({"name": "http-request", "feature": "listing-auto", "timeout_seconds": 5});
    let changed = ada.patch(&path, &change).await.expect(200);
    assert_eq!((changed.at("/tool/feature"), changed.at("/tool/timeout_seconds")), (json!("listing-auto"), json!(5)));
    let dispatch = json!({"tool": "http-request", "action": "get"});
    ada.post("/api/v1/dispatch", &dispatch).await.refused(402, "FEATURE_NOT_IN_PLAN");
}

#[tokio::test]
async fn a_tool_with_a_feature_is_for_plans_that_have_it() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    made(&ada, &json!({"feature": "listing-auto"})).await;
    let dispatch = json!({"tool": "crm", "action": "sync"});
    let refusal = ada.post("/api/v1/dispatch", &dispatch).await.refused(402, "FEATURE_NOT_IN_PLAN");
    assert!(refusal.text_at("/detail").contains("listing-auto"));
    assert_eq!(ada.usage().await["dispatches"]["used"], 0, "a refusal costs nothing");
    ada.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    ada.post("/api/v1/dispatch", &dispatch).await.expect(202);
}

#[tokio::test]
async fn what_a_check_answered_a_moment_ago_does_not_outlive_a_change() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    ada.post(CHECK, &json!({"tool": "crm"})).await.refused(404, "NOT_FOUND");
    let path = made(&ada, &json!({"feature": "listing-auto"})).await;
    let code = async |tool: &str| ada.post(CHECK, &json!({"tool": tool})).await.expect(200).at("/code");
    assert_eq!(code("crm").await, "FEATURE_NOT_IN_PLAN");
    ada.patch(&path, &json!({"feature": null})).await.expect(200);
    assert_eq!(code("crm").await, Value::Null);
    ada.patch(&path, &json!({"feature": "listing-auto"})).await.expect(200);
    assert_eq!(code("crm").await, "FEATURE_NOT_IN_PLAN");
    ada.patch(&path, &json!({"name": "sales"})).await.expect(200);
    ada.post(CHECK, &json!({"tool": "crm"})).await.refused(404, "NOT_FOUND");
    assert_eq!(code("sales").await, "FEATURE_NOT_IN_PLAN");
    ada.call(Method::DELETE, &path).await.expect(204);
    ada.post(CHECK, &json!({"tool": "sales"})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_name_is_free_again_when_its_tool_is_gone_and_what_was_done_stays() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let path = made(&ada, &json!({})).await;
    let taken = ada.post(TOOLS, &wish(&json!({}))).await.refused(409, "NAME_TAKEN");
    assert_eq!(taken.text_at("/detail"), "This workspace has a tool called crm already.");
    ada.post(TOOLS, &wish(&json!({"name": " echo "}))).await.refused(409, "NAME_TAKEN");
    let job = ada.post("/api/v1/dispatch", &json!({"tool": "crm", "action": "sync"})).await.expect(202);
    ada.call(Method::DELETE, &path).await.expect(204);
    let again = made(&ada, &json!({})).await;
    assert_ne!(again, path, "it is another tool");
    let job = ada.get(&format!("/api/v1/jobs/{}", job.text_at("/job/id"))).await.expect(200);
    assert_eq!(job.text_at("/job/tool"), "crm");
}

#[tokio::test]
async fn a_tenant_has_a_thousand_tools_at_most() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let many = "insert into tenant.tools (tenant_id, tool_id, name, kind)
        select tenant_id, gen_random_uuid(), 'tool ' || number, 'builtin'
        from directory.tenants, generate_series(1, 997) number";
    server.database.change(many).await;
    let last = made(&ada, &json!({})).await;
    let refusal = ada.post(TOOLS, &wish(&json!({"name": "one more"}))).await.refused(409, "CONFLICT");
    assert_eq!(refusal.text_at("/fix"), "Delete one that is not used any more.");
    ada.call(Method::DELETE, &last).await.expect(204);
    made(&ada, &json!({"name": "one more"})).await;
}

#[tokio::test]
async fn while_the_database_is_away_nothing_is_made_and_nothing_promised() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let path = made(&ada, &json!({})).await;
    server.database.take_away().await;
    let rotate = format!("{path}/rotate");
    for call in [
        ada.post(TOOLS, &wish(&json!({"name": "other"}))).once("once"),
        ada.patch(&path, &json!({"name": "other"})),
        ada.call(Method::POST, &rotate),
        ada.call(Method::DELETE, &path),
    ] {
        call.await.refused(503, "GUARD_UNAVAILABLE");
    }
    server.database.give_back().await;
    while ada.get(&path).await.status != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(webhooks(&server).await, 1);
    // Who did not hear an answer tries again with the same key.
    ada.post(TOOLS, &wish(&json!({"name": "other"}))).once("once").await.expect(201);
}

#[tokio::test]
async fn tenants_of_an_older_installation_get_http_request_too() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (_, suspended) = server.owner("Eve", "free").await;
    server.database.change("delete from tenant.tools where name = 'http-request'").await;
    server.database.set_suspended(suspended.tenant, true).await;
    // The statements of the migration, as the owner, who is filtered by forced policies too.
    let migration = include_str!("../../migrations/0012_tools_elsewhere.sql");
    let start = migration.find("alter table directory.tenants no force").expect("it lifts the force");
    let end = "alter table directory.tenants force row level security;";
    let end = migration.find(end).expect("it puts it back") + end.len();
    let owner = server.database.connections.migrator.clone().options([("role", roles::OWNER)]);
    let mut owner = PgConnection::connect_with(&owner).await.expect("the owner");
    sqlx::raw_sql(&migration[start..end]).execute(&mut owner).await.expect("it runs");
    let path = builtin(&ada, "http-request").await;
    assert!(path.rsplit('/').next().is_some_and(|id| id.parse::<ToolId>().is_ok()));
    let rows = "select count(*) from tenant.tools where name = 'http-request' and substr(tool_id::text, 15, 1) = '7'
        and abs(('x' || substr(replace(tool_id::text, '-', ''), 1, 12))::bit(48)::bigint
                - extract(epoch from app.now()) * 1000) < 600000";
    assert_eq!(server.database.truth::<i64>(rows).await, 2, "UUIDv7, of now");
}
