//! What is decided before a body is read, at every door whose path names a thing, and what every list asks of its cursor.

use reqwest::Method;
use serde_json::Value;
use tenantry_http::{
    doors::{self, Door},
    router,
};
use tenantry_testkit::TestServer;

/// Every operation of the document, with its line in the permission table.
fn operations() -> Vec<(Method, String, Door, Value)> {
    let document = serde_json::to_value(router::document()).expect("the document is JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let door = doors::door(method.as_str(), path).expect("a line in the table");
            operations.push((method, path.clone(), door, operation.clone()));
        }
    }
    operations
}

/// An id of the kind that the path takes, and that nothing has.
fn never(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let id = parameters.clone().find(|parameter| parameter["name"] == "id").expect("a path has an id");
    let document = serde_json::to_value(router::document()).expect("the document is JSON");
    let schema = match id["schema"]["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).cloned().expect("it leads somewhere"),
        None => id["schema"].clone(),
    };
    let pattern = schema["pattern"].as_str().expect("an id has a form");
    let prefix = pattern.trim_start_matches('^').split('_').next().expect("a prefix");
    format!("{prefix}_7zzzzzzzzzzzzzzzzzzzzzzzzz")
}

#[tokio::test]
async fn that_there_is_no_such_thing_is_told_whatever_the_body_holds() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let mut walked = 0;
    for (method, path, door, operation) in operations() {
        if !path.contains("{id}") || !door.asks_who() || operation.get("requestBody").is_none() {
            continue;
        }
        let path = path.replace("{id}", &never(&operation));
        for (media_type, body) in [
            ("application/json", "{"),
            ("application/json", "[]"),
            ("application/json", r#"{"no_such_field": 1}"#),
            ("application/json", r#"{"grace_period_hours": 721}"#),
            ("text/plain", "x"),
        ] {
            ada.call(method.clone(), &path).body(media_type, body).await.refused(404, "NOT_FOUND");
        }
        walked += 1;
    }
    assert!(walked >= 8, "{walked}");
}

#[tokio::test]
async fn every_list_refuses_a_cursor_that_is_none_of_its_own() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let mut walked = 0;
    for (method, path, _, operation) in operations() {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let takes_one = parameters.clone().any(|parameter| parameter["name"] == "cursor");
        if method != Method::GET || path.contains('{') || !takes_one {
            continue;
        }
        for cursor in ["", "garbage", "echo", "rct_7zzzzzzzzzzzzzzzzzzzzzzzzz", "after.", "after.AA"] {
            let refused = ada.get(&format!("{path}?cursor={cursor}")).await.refused(422, "INVALID");
            assert_eq!(refused.fields(), ["cursor"], "{path} {cursor}");
        }
        walked += 1;
    }
    assert!(walked >= 5, "{walked}");
}

#[tokio::test]
async fn tools_are_read_page_by_page_each_once() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ada.get(&format!("/api/v1/tools?limit=1{cursor}")).await.expect(200);
        names.push(page.text_at("/data/0/name"));
        let Some(next) = page.at("/next_cursor").as_str().map(str::to_owned) else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names, ["echo", "http-request"]);
}
