//! The OpenAPI document: what the server says of itself, held by a snapshot and against its own form.

use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tenantry_http::router;
use tenantry_kernel::{
    Code, Permission,
    endpoint::{DeliveryState, DisabledReason, EventType},
    metering::EventFault,
};
use tenantry_testkit::TestServer;

fn document() -> Value {
    serde_json::to_value(router::document()).expect("the document is JSON")
}

/// Every operation: its name (`GET /path`) and itself.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let operation = |path: &String, item: &Value| -> Vec<(String, Value)> {
        let entries = item.as_object().expect("operations").iter();
        entries.map(|(method, operation)| (format!("{} {path}", method.to_uppercase()), operation.clone())).collect()
    };
    paths.iter().flat_map(|(path, item)| operation(path, item)).collect()
}

/// The same with every object in the order of its names, so that the snapshot does not depend on how maps are built.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(entries) => {
            let mut names: Vec<&String> = entries.keys().collect();
            names.sort();
            Value::Object(names.into_iter().map(|name| (name.clone(), sorted(&entries[name]))).collect())
        }
        plain => plain.clone(),
    }
}

#[test]
fn the_document_changes_only_where_somebody_sees_it() {
    let mut document = sorted(&document());
    document["info"]["version"] = Value::from("[version]");
    assert_json_snapshot!("openapi", document);
}

#[tokio::test]
async fn the_server_serves_it_to_anybody() {
    let server = TestServer::without_worker().await;
    let reply = server.get("/api/openapi.json").await.expect(200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.json(), document());
}

#[test]
fn it_is_openapi_3_1_and_every_operation_says_what_it_answers() {
    let document = document();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let operations = operations(&document);
    assert!(operations.len() >= 19);
    for (name, operation) in &operations {
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        assert!(
            responses.values().all(|response| response["description"].as_str().is_some_and(|text| !text.is_empty()))
        );
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name} says nothing of itself");
        assert!(operation["operationId"].is_string(), "{name} has no name for programs");
        let guarded = operation.get("security").is_some();
        assert_eq!(guarded, responses.contains_key("401") && !name.ends_with("sign-in"), "{name}");
        let sends = ["POST", "PUT", "PATCH"].iter().any(|method| name.starts_with(method));
        let bodiless = name.ends_with("sign-out") || name.ends_with("cancel");
        assert_eq!(operation.get("requestBody").is_some(), sends && !bodiless, "{name}");
    }
    let mut names: Vec<&str> =
        operations.iter().filter_map(|(_, operation)| operation["operationId"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), operations.len(), "two operations have one name");
}

/// Words that macros write, which a generator may see differently than serde does.
#[test]
fn the_words_that_it_lists_are_those_that_are_sent() {
    let document = document();
    for (name, words) in [
        ("Code", json!(Code::ALL)),
        ("DeliveryState", json!(DeliveryState::ALL)),
        ("DisabledReason", json!(DisabledReason::ALL)),
        ("EventFault", json!(EventFault::ALL)),
        ("EventType", json!(EventType::ALL)),
        ("Permission", json!(Permission::ALL)),
    ] {
        assert_eq!(document["components"]["schemas"][name]["enum"], words, "{name}");
    }
    // Whatever else is a list of words is written as words are here: in lower case, or as codes are.
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        let listed = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for word in listed {
            let one_case = word.to_lowercase() == word || word.to_uppercase() == word;
            assert!(one_case, "{name} lists {word}, which is a name in the source");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Object(entries) => {
                if let Some(reference) = entries.get("$ref").and_then(Value::as_str) {
                    found.push(reference.to_owned());
                }
                entries.values().for_each(|item| references(item, found));
            }
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("within the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}
