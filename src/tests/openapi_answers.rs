//! The OpenAPI document is true: what the server answers fits what the document says of it, by status, media type and schema.

mod schema;

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_http::router;
use tenantry_kernel::quota::Meter;
use tenantry_testkit::{Client, Reply, TestOperator, TestServer, hard};

/// The document, and which of its answers were seen.
struct Held {
    document: Value,
    seen: Vec<String>,
}

impl Held {
    fn new() -> Self {
        Self { document: serde_json::to_value(router::document()).expect("the document is JSON"), seen: Vec::new() }
    }

    /// Holds an answer against the document; `path` is as the document has it.
    fn hold(&mut self, method: &str, path: &str, reply: Reply) -> Reply {
        let place = format!("{method} {path} {}", reply.status);
        let operation = &self.document["paths"][path][method.to_lowercase()];
        let response = &operation["responses"][reply.status.to_string()];
        assert!(response.is_object(), "{place} is not declared: {}", reply.text());
        self.seen.push(place.clone());
        let Some(content) = response["content"].as_object() else {
            assert!(reply.body.is_empty(), "{place} has a body that is not declared");
            return reply;
        };
        let media_type = reply.header("content-type").unwrap_or_default();
        let described = content.get(media_type).unwrap_or_else(|| panic!("{place} is {media_type}"));
        let complaints = schema::complaints(&self.document, &described["schema"], &reply.json());
        assert!(complaints.is_empty(), "{place}: {complaints:#?}");
        let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
        assert!(
            reply.status < 400 || response["description"].as_str().unwrap_or_default().contains(&code),
            "{place} {code}"
        );
        reply
    }

    async fn get(&mut self, client: &Client, path: &str) -> Reply {
        let reply = client.get(path).await;
        self.hold("GET", path.split('?').next().unwrap_or(path), reply)
    }

    async fn post(&mut self, client: &Client, path: &str, body: &Value) -> Reply {
        let reply = client.post(path, body).await;
        self.hold("POST", path, reply)
    }
}

const LISTS: [&str; 12] = [
    "/api/v1/auth/me",
    "/api/v1/auth/sessions",
    "/api/tenant/organizations",
    "/api/tenant/organization",
    "/api/tenant/usage",
    "/api/tenant/role",
    "/api/v1/plans",
    "/api/v1/subscription",
    "/api/v1/jobs",
    "/api/v1/tools",
    "/api/v1/keys",
    "/api/v1/usage?meter=dispatches",
];

#[tokio::test]
async fn what_succeeds_is_as_the_document_says() {
    let server = TestServer::start().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let mut held = Held::new();
    let operator = TestOperator::over(&server.database.services);
    operator.set(acme.id, hard(Meter::ApiCalls, Some(50))).await.expect("set");
    let wish = json!({"tool": "echo", "action": "say", "payload": {"a": [1, null]}, "when_full": "queue"});
    let job = held.post(&ada, "/api/v1/dispatch", &wish).await.expect(202).text_at("/job/id");
    ada.job_over(&job).await;
    let reply = ada.get(&format!("/api/v1/jobs/{job}")).await;
    held.hold("GET", "/api/v1/jobs/{id}", reply.expect(200));
    held.post(&ada, "/api/v1/dispatch/check", &json!({"tool": "echo"})).await.expect(200);
    let key = held.post(&ada, "/api/v1/keys", &json!({"name": "ci", "scopes": ["read"]})).await.expect(201);
    let rotated = ada.post(&format!("/api/v1/keys/{}/rotate", key.text_at("/key/id")), &json!({})).await;
    held.hold("POST", "/api/v1/keys/{id}/rotate", rotated.expect(201));
    held.post(&ada, "/api/v1/keys/verify", &json!({"key": key.text_at("/secret")})).await.expect(200);
    let tool = json!({"name": "crm", "kind": "webhook", "url": "https://example.com/hook"});
    held.post(&ada, "/api/v1/tools", &tool).await.expect(201);
    held.post(&ada, "/api/v1/webhooks/inbound", &json!({"name": "in", "scheme": "stripe"})).await.expect(201);
    let endpoint = json!({"url": "https://example.com/hook", "events": ["job.succeeded"]});
    held.post(&ada, "/api/v1/webhooks/endpoints", &endpoint).await.expect(201);
    held.post(&ada, "/api/v1/auth/token", &json!({})).await.expect(200);
    for path in LISTS.into_iter().chain(["/api/v1/webhooks/inbound", "/api/v1/webhooks/endpoints"]) {
        held.get(&ada, path).await.expect(200);
    }
}

#[tokio::test]
async fn what_is_refused_is_as_the_document_says() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (_, eves) = server.owner("Eve", "free").await;
    let operator = TestOperator::over(&server.database.services);
    let (_, secret) = ada.key(&["read"]).await;
    let program = server.with_key(&secret);
    let mut held = Held::new();
    let (dispatch, jobs, keys) = ("/api/v1/dispatch", "/api/v1/jobs", "/api/v1/keys");

    held.get(&server, jobs).await.refused(401, "UNAUTHENTICATED");
    held.get(&ada.within(&eves), jobs).await.refused(404, "NOT_FOUND");
    held.get(&program, keys).await.refused(403, "FORBIDDEN");
    let both = server.get(jobs).header("authorization", "Bearer x").header("x-api-key", "x").await;
    held.hold("GET", jobs, both).refused(400, "MALFORMED");
    held.get(&ada, "/api/v1/jobs?limit=0").await.refused(422, "INVALID");
    held.post(&ada, dispatch, &json!({"tool": 5})).await.refused(422, "INVALID");
    let send = |media_type: &str, body: String| ada.call(Method::POST, keys).body(media_type, body);
    held.hold("POST", keys, send("application/json", "{".into()).await).refused(400, "MALFORMED");
    held.hold("POST", keys, send("text/plain", "{}".into()).await).refused(415, "UNSUPPORTED_MEDIA_TYPE");
    held.hold("POST", keys, send("application/json", " ".repeat(1024 * 1024 + 1)).await).refused(413, "BODY_TOO_LARGE");
    let elsewhere = ada.post(keys, &json!({})).header("sec-fetch-site", "cross-site").await;
    held.hold("POST", keys, elsewhere).refused(403, "CROSS_SITE");

    let wish = json!({"tool": "echo", "action": "say"});
    held.post(&ada, dispatch, &wish).await.expect(202);
    held.post(&ada, dispatch, &wish).await.refused(429, "CONCURRENT_LIMIT");
    operator.set(acme.id, hard(Meter::Dispatches, Some(1))).await.expect("set");
    held.post(&ada, dispatch, &wish).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    operator.set(acme.id, hard(Meter::ApiCalls, Some(0))).await.expect("set");
    held.get(&program, jobs).await.refused(429, "API_DAILY_LIMIT");
    server.database.services.clock.set_offset(TimeDelta::zero());
    server.database.take_away().await;
    held.get(&ada, jobs).await.refused(503, "GUARD_UNAVAILABLE");
    assert_eq!(held.seen.len(), 15);
}

#[tokio::test]
async fn an_access_token_opens_what_the_document_says_and_nothing_else() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let pair = ada.post("/api/v1/auth/token", &json!({})).await.expect(200);
    let bearer = format!("Bearer {}", pair.text_at("/access_token"));
    let held = Held::new();
    let (mut opened, mut closed) = (0, 0);
    for (path, item) in held.document["paths"].as_object().expect("paths") {
        let Some(security) = item["get"]["security"].as_array() else { continue };
        let id = "job_7zzzzzzzzzzzzzzzzzzzzzzzzz";
        let reply = server.get(&path.replace("{id}", id)).header("authorization", &bearer).await;
        if security.iter().any(|one| one.get("token").is_some()) {
            assert!(![401, 403].contains(&reply.status), "{path} answers {}", reply.text());
            opened += 1;
        } else {
            assert!([401, 403].contains(&reply.status), "{path} answers {}", reply.status);
            closed += 1;
        }
    }
    assert!(opened > 15 && closed == 1, "{opened} are opened, {closed} are not");
}

/// The check itself would be worth nothing if it let everything through.
#[test]
fn what_does_not_fit_is_found() {
    let held = Held::new();
    let problem = json!({"$ref": "#/components/schemas/Problem"});
    let right = json!({
        "type": "/problems/not-found", "title": "x", "status": 404, "detail": "x", "code": "NOT_FOUND", "reason": "x",
        "error": "x", "fix": "x"
    });
    let complaints = |value: &Value| schema::complaints(&held.document, &problem, value);
    assert_eq!(complaints(&right), Vec::<String>::new());
    for (name, wrong) in
        [("code", json!("NO_SUCH_CODE")), ("status", json!("404")), ("used", json!(-1)), ("resets_at", json!("now"))]
    {
        let mut value = right.clone();
        value[name] = wrong;
        assert_eq!(complaints(&value).len(), 1, "{name}");
    }
    assert_eq!(complaints(&json!({})).len(), 1);
}
