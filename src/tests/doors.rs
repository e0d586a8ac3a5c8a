//! Every door walked: the routes come from the document that the router itself writes, so none can be forgotten. A new
//! one without a line in the permission table fails with the sentence to read.

use reqwest::Method;
use serde_json::{Value, json};
use tenantry_http::{
    doors::{self, DOORS, Door},
    router,
};
use tenantry_kernel::{InboundId, JobId, KeyId, ReceiptId, Role, SessionId, TenantId, ToolId, permission::Standing};
use tenantry_testkit::{Call, Client, Reply, TestServer};

/// Every operation of the document with its line in the table.
fn doors() -> Vec<(Method, String, Door)> {
    let document = serde_json::to_value(router::document()).expect("the document is JSON");
    let mut doors = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let door = doors::door(method.as_str(), path).unwrap_or_else(|sentence| panic!("{sentence}"));
            doors.push((method, path.clone(), door));
        }
    }
    doors
}

/// A call that would be right in form for whoever may make it.
fn call(client: &Client, method: &Method, path: &str) -> Call {
    let id = match path {
        path if path.contains("/tools/") => some::<ToolId>(),
        path if path.contains("/keys/") => some::<KeyId>(),
        path if path.contains("/sessions/") => some::<SessionId>(),
        path if path.contains("/receipts/{id}") => some::<ReceiptId>(),
        path if path.contains("/inbound/") || path.contains("/hooks/") => some::<InboundId>(),
        _ => some::<JobId>(),
    };
    let call = client.call(method.clone(), &path.replace("{id}", &id));
    match path {
        "/api/v1/auth/sign-up" | "/api/v1/auth/sign-in" => call.json(&json!({"name": "", "email": "", "password": ""})),
        "/api/tenant/organizations" if *method == Method::POST => call.json(&json!({"name": "Another"})),
        "/api/tenant/organizations/current" => call.json(&json!({"organization": "nowhere-at-all"})),
        "/api/tenant/organization" if *method == Method::PATCH => call.json(&json!({"name": "Another"})),
        "/api/v1/subscription" if *method == Method::PUT => call.json(&json!({"plan": "pro"})),
        "/api/v1/dispatch" => call.json(&json!({"tool": "echo", "action": "say", "when_full": "queue"})),
        "/api/v1/dispatch/check" => call.json(&json!({"tool": "echo"})),
        "/api/v1/keys" if *method == Method::POST => call.json(&json!({"name": "ci", "scopes": ["read"]})),
        "/api/v1/tools" if *method == Method::POST => {
            call.json(&json!({"name": "crm", "kind": "webhook", "url": "https://example.com/hook"}))
        }
        "/api/v1/tools/{id}" if *method == Method::PATCH => call.json(&json!({"timeout_seconds": 5})),
        "/api/v1/webhooks/inbound" if *method == Method::POST => {
            call.json(&json!({"name": "crm", "scheme": "standard"}))
        }
        "/api/v1/webhooks/inbound/{id}" if *method == Method::PATCH => call.json(&json!({"name": "sales"})),
        "/api/v1/usage/events" => call.body(
            "application/cloudevents+json",
            json!({"specversion": "1.0", "id": "1", "source": "/doors", "type": "doors"}).to_string(),
        ),
        "/api/v1/keys/verify" => call.json(&json!({"key": "tnt_live_x"})),
        _ => call,
    }
}

/// An id of the right form that nothing has.
fn some<T: From<uuid::Uuid> + ToString>() -> String {
    T::from(uuid::Uuid::max()).to_string()
}

/// Was the caller let in? What the handler then makes of the request is not the question here.
fn let_in(reply: &Reply) -> bool {
    !matches!(reply.code().as_str(), "UNAUTHENTICATED" | "FORBIDDEN" | "TENANT_SUSPENDED")
}

#[tokio::test]
async fn the_table_has_no_line_too_many() {
    let doors = doors();
    for (method, path, _) in DOORS {
        let known = doors.iter().any(|(known, at, _)| known == method && at == path);
        assert!(known, "{method} {path} is in the permission table but not in the API");
    }
}

#[tokio::test]
async fn nobody_comes_in_but_through_the_public_doors() {
    let server = TestServer::without_worker().await;
    for (method, path, door) in doors() {
        let reply = call(&server, &method, &path).await;
        match door {
            Door::Public => assert_ne!(reply.status, 401, "{method} {path}"),
            _ => drop(reply.refused(401, "UNAUTHENTICATED")),
        }
    }
}

#[tokio::test]
async fn a_stranger_finds_nothing_behind_any_door() {
    let server = TestServer::without_worker().await;
    let (_, hers) = server.owner("Ada", "empire").await;
    let (eve, _) = server.owner("Eve", "empire").await;
    for (method, path, door) in doors() {
        if !door.asks_who() {
            continue;
        }
        let stranger = call(&eve.within(&hers), &method, &path).await.refused(404, "NOT_FOUND");
        let missing = call(&eve.naming(some::<TenantId>()), &method, &path).await.refused(404, "NOT_FOUND");
        assert_eq!(stranger.indistinguishable(), missing.indistinguishable(), "{method} {path}");
    }
    let counts = "select (select count(*) from org.jobs) + (select count(*) from directory.organizations)";
    assert_eq!(server.database.truth::<i64>(counts).await, 2, "nothing was written");
}

#[tokio::test]
async fn a_person_without_an_organization_comes_no_further_than_the_hall() {
    let server = TestServer::without_worker().await;
    for (method, path, door) in doors() {
        if matches!(door, Door::Member | Door::Organization(_) | Door::Tenant(_)) {
            let somebody = server.sign_up("Somebody").await;
            call(&somebody, &method, &path).await.refused(404, "NOT_FOUND");
        }
    }
}

#[tokio::test]
async fn every_role_comes_in_where_the_matrix_says_and_nowhere_else() {
    let server = TestServer::without_worker().await;
    let (owner, acme) = server.owner("Ada", "empire").await;
    let mut people = vec![(Standing::Owner, owner)];
    for role in Role::ALL {
        people.push((Standing::of(role, false), server.member(&acme, role).await));
    }
    for (method, path, door) in doors() {
        for (standing, person) in &people {
            // A session that this door ends is not the one that the next is tried with.
            let client =
                if path.ends_with("sign-out") { person.signed_in_again().await.client } else { person.client.clone() };
            let reply = call(&client, &method, &path).await;
            let expected = door.opens_for(*standing);
            assert_eq!(let_in(&reply), expected, "{standing:?} at {method} {path}: {} {}", reply.status, reply.text());
            assert!(reply.status < 500, "{standing:?} at {method} {path}: {}", reply.text());
            match door {
                Door::Token => drop(reply.refused(401, "UNAUTHENTICATED")),
                _ if !expected => drop(reply.refused(403, "FORBIDDEN")),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_suspended_workspace_closes_its_own_doors_alone() {
    let server = TestServer::without_worker().await;
    let (owner, acme) = server.owner("Ada", "empire").await;
    server.database.set_suspended(acme.tenant, true).await;
    for (method, path, door) in doors() {
        let client =
            if path.ends_with("sign-out") { owner.signed_in_again().await.client } else { owner.client.clone() };
        let reply = call(&client, &method, &path).await;
        match door {
            Door::Tenant(_) => drop(reply.refused(403, "TENANT_SUSPENDED")),
            Door::Token => drop(reply.refused(401, "UNAUTHENTICATED")),
            _ => assert!(let_in(&reply), "{method} {path}: {}", reply.text()),
        }
    }
}

#[tokio::test]
async fn no_door_that_is_safe_changes_anything() {
    let server = TestServer::without_worker().await;
    let (owner, _) = server.owner("Ada", "empire").await;
    owner.dispatched(json!({})).await;
    let everything = "select string_agg(row, e'\\n' order by row) from (
        select 'job ' || j::text as row from org.jobs j union all select 'gate ' || g::text from org.gates g
        union all select 'counter ' || c::text from org.usage_counters c union all select 'slot ' || s::text from org.slots s
        union all select 'organization ' || o::text from directory.organizations o
        union all select 'session ' || s::text from platform.sessions s union all select 'user ' || u::text from platform.users u
    ) rows";
    let before: String = server.database.truth(everything).await;
    for (method, path, _) in doors().into_iter().filter(|(method, ..)| *method == Method::GET) {
        call(&owner, &method, &path).await;
        call(&owner, &Method::HEAD, &path).await;
    }
    assert_eq!(server.database.truth::<String>(everything).await, before);
}

#[tokio::test]
async fn every_refusal_at_a_door_has_the_form_of_the_contract() {
    let server = TestServer::without_worker().await;
    for (method, path, door) in doors() {
        if matches!(door, Door::Public) {
            continue;
        }
        let reply = call(&server, &method, &path).await.refused(401, "UNAUTHENTICATED");
        let body = reply.json();
        for member in ["type", "title", "status", "detail", "code", "reason", "error", "fix", "request_id"] {
            assert_ne!(body[member], Value::Null, "{method} {path} lacks {member}");
        }
        assert_eq!(body["request_id"].as_str(), reply.header("x-request-id"));
    }
}
