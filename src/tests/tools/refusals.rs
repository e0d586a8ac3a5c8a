//! What is refused to whom, and in which order: first who asks, then what.

use reqwest::Method;
use serde_json::{Value, json};
use tenantry_kernel::{Role, ToolId};
use tenantry_testkit::{Client, Reply, ServerOptions, TestServer};

use super::{TOOLS, made, webhooks, wish};

/// The field that was refused and why.
fn refused(reply: Reply) -> (String, String) {
    let reply = reply.refused(422, "INVALID");
    assert_eq!(reply.fields().len(), 1, "{}", reply.text());
    (reply.text_at("/errors/0/field"), reply.text_at("/errors/0/code"))
}

#[tokio::test]
async fn every_field_out_of_bounds_is_named() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let path = made(&ada, &json!({})).await;
    let id = path.rsplit('/').next().expect("an id").to_owned();
    let cases: [(Value, &str, &str); 17] = [
        (json!({"name": ""}), "name", "REQUIRED"),
        (json!({"name": "x".repeat(65)}), "name", "TOO_LONG"),
        (json!({"name": "crm\u{202e}"}), "name", "CHARACTER_NOT_ALLOWED"),
        (json!({"name": id}), "name", "RESERVED"),
        (json!({"name": 7}), "name", "WRONG_TYPE"),
        (json!({"url": ""}), "url", "REQUIRED"),
        (json!({"url": "nowhere"}), "url", "FORMAT"),
        (json!({"url": "ftp://example.com/"}), "url", "FORMAT"),
        (json!({"url": "https://ada:secret@example.com/"}), "url", "FORMAT"),
        (json!({"url": format!("https://example.com/{}", "x".repeat(2048))}), "url", "TOO_LONG"),
        (json!({"url": "http://10.0.0.1/"}), "url", "ADDRESS_NOT_ALLOWED"),
        (json!({"url": "http://169.254.169.254/latest"}), "url", "ADDRESS_NOT_ALLOWED"),
        (json!({"feature": "Listing Auto"}), "feature", "FORMAT"),
        (json!({"timeout_seconds": 0}), "timeout_seconds", "OUT_OF_RANGE"),
        (json!({"timeout_seconds": 86_401}), "timeout_seconds", "OUT_OF_RANGE"),
        (json!({"timeout_seconds": 1.5}), "timeout_seconds", "WRONG_TYPE"),
        (json!({"secret": "mine"}), "secret", "UNKNOWN_FIELD"),
    ];
    for (changes, field, code) in cases {
        let expected = (field.to_owned(), code.to_owned());
        assert_eq!(refused(ada.post(TOOLS, &wish(&changes)).await), expected, "made with {changes}");
        assert_eq!(refused(ada.patch(&path, &changes).await), expected, "changed to {changes}");
    }
    for (changes, code) in [
        (json!({"kind": "builtin"}), "NOT_ALLOWED"),
        (json!({"kind": "plugin"}), "WRONG_TYPE"),
        (json!({"kind": null}), "REQUIRED"),
    ] {
        assert_eq!(refused(ada.post(TOOLS, &wish(&changes)).await), ("kind".into(), code.into()), "{changes}");
    }
    // What a tool is never changes, and what it must have cannot be taken away.
    assert_eq!(refused(ada.patch(&path, &json!({"kind": "webhook"})).await).1, "UNKNOWN_FIELD");
    for field in ["name", "url", "timeout_seconds"] {
        assert_eq!(refused(ada.patch(&path, &json!({field: null})).await), (field.into(), "WRONG_TYPE".into()));
    }
    assert_eq!(ada.post(TOOLS, &json!({})).await.refused(422, "INVALID").fields(), ["name", "kind", "url"]);
    let rotate = ada.post(&format!("{path}/rotate"), &json!({"grace_period_hours": 1})).await;
    assert_eq!(refused(rotate), ("grace_period_hours".into(), "UNKNOWN_FIELD".into()));
    assert_eq!(webhooks(&server).await, 1);
}

#[tokio::test]
async fn this_machine_is_called_only_where_the_operator_says_so() {
    let options = ServerOptions { worker: false, loopback_tools: false, ..Default::default() };
    let server = TestServer::with(options).await;
    let (ada, _) = server.owner("Ada", "free").await;
    for url in ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/", "http://2130706433/"] {
        let refusal = refused(ada.post(TOOLS, &wish(&json!({"url": url}))).await);
        assert_eq!(refusal, ("url".into(), "ADDRESS_NOT_ALLOWED".into()), "{url}");
    }
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    made(&ada, &json!({"url": "http://127.0.0.1:8080/"})).await;
}

#[tokio::test]
async fn who_may_not_is_told_so_whatever_the_body_holds() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let path = made(&ada, &json!({})).await;
    let (viewer, operator) = (server.member(&acme, Role::Viewer).await, server.member(&acme, Role::Operator).await);
    let (eve, _) = server.owner("Eve", "free").await;
    let gone = format!("{TOOLS}/{}", ToolId::from(uuid::Uuid::max()));
    let rotate = format!("{path}/rotate");
    for body in ["", "{", r#"{"unknown": 1}"#, &"x".repeat(2 * 1024 * 1024)] {
        let send = |client: &Client, method: Method, path: &str| {
            client.call(method, path).body("application/json", body.to_owned())
        };
        for (method, path) in [(Method::POST, TOOLS), (Method::PATCH, path.as_str()), (Method::POST, &rotate)] {
            send(&server, method.clone(), path).await.refused(401, "UNAUTHENTICATED");
            send(&viewer, method, path).await.refused(403, "FORBIDDEN");
        }
        for (method, tail) in [(Method::PATCH, ""), (Method::POST, "/rotate")] {
            let theirs = send(&eve, method.clone(), &format!("{path}{tail}")).await.refused(404, "NOT_FOUND");
            let nobodys = send(&eve, method, &format!("{gone}{tail}")).await.refused(404, "NOT_FOUND");
            assert_eq!(theirs.indistinguishable(), nobodys.indistinguishable());
        }
        if !body.is_empty() {
            assert_ne!(send(&operator, Method::PATCH, &path).await.status, 403);
        }
    }
    operator.patch(&path, &json!({"timeout_seconds": 5})).await.expect(200);
}

#[tokio::test]
async fn another_tenants_tool_is_missing_at_every_door() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (eve, _) = server.owner("Eve", "free").await;
    let path = made(&ada, &json!({})).await;
    let gone = format!("{TOOLS}/{}", ToolId::from(uuid::Uuid::max()));
    let before: String = server.database.truth("select string_agg(t::text, '') from tenant.tools t").await;
    for (method, tail) in [(Method::GET, ""), (Method::PATCH, ""), (Method::DELETE, ""), (Method::POST, "/rotate")] {
        let call = |path: &str| {
            let call = eve.call(method.clone(), &format!("{path}{tail}"));
            if method == Method::PATCH { call.json(&json!({"name": "mine"})) } else { call }
        };
        let theirs = call(&path).await.refused(404, "NOT_FOUND");
        assert_eq!(theirs.indistinguishable(), call(&gone).await.indistinguishable(), "{method}");
    }
    assert_eq!(server.database.truth::<String>("select string_agg(t::text, '') from tenant.tools t").await, before);
    // A name is a tenant's own affair.
    made(&eve, &json!({})).await;
}

#[tokio::test]
async fn a_key_needs_the_scope_manage() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let path = made(&ada, &json!({})).await;
    let (_, others) = ada.key(&["read", "dispatch", "usage", "verify"]).await;
    let others = server.with_key(&others);
    others.get(&path).await.expect(200);
    others.post(TOOLS, &wish(&json!({"name": "other"}))).await.refused(403, "FORBIDDEN");
    others.patch(&path, &json!({})).await.refused(403, "FORBIDDEN");
    others.call(Method::DELETE, &path).await.refused(403, "FORBIDDEN");
    others.call(Method::POST, &format!("{path}/rotate")).await.refused(403, "FORBIDDEN");
    let before = ada.usage().await["api_calls"]["used"].as_u64().expect("a number");
    let (_, manager) = ada.key(&["manage"]).await;
    let manager = server.with_key(&manager);
    let own = made(&manager, &json!({"name": "other"})).await;
    manager.patch(&own, &json!({"name": "others"})).await.expect(200);
    manager.call(Method::POST, &format!("{own}/rotate")).await.expect(201);
    manager.call(Method::DELETE, &own).await.expect(204);
    assert_eq!(ada.usage().await["api_calls"]["used"], before + 4, "each is an API call of the day");
}
