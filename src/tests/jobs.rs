//! Jobs as those see them who dispatched them.

use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tenantry_testkit::{TestServer, redacted};

#[tokio::test]
async fn echo_returns_its_payload() {
    let server = TestServer::start().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let id = ada.dispatched(json!({"hello": "world", "list": [1, 2.5, null, "ü"]})).await;
    let mut job = ada.job_over(&id).await;
    assert!(job["duration_ms"].as_i64().is_some_and(|duration| duration >= 0));
    job["duration_ms"] = json!("[milliseconds]");
    assert_json_snapshot!("job_succeeded", redacted(&job));
    assert_eq!(ada.usage().await["concurrent"]["used"], 0);
    assert_eq!(server.database.truth::<i64>("select count(*) from org.slots").await, 0);
}

#[tokio::test]
async fn a_list_shows_the_newest_first_a_page_at_a_time() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    assert_eq!(ada.get("/api/v1/jobs").await.expect(200).json(), json!({"data": [], "next_cursor": null}));
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(ada.dispatched(json!(number)).await);
    }
    ids.reverse();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ada.get(&format!("/api/v1/jobs?limit=2{cursor}")).await.expect(200).json();
        seen.extend(page["data"].as_array().expect("entries").clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let listed: Vec<&str> = seen.iter().filter_map(|job| job["id"].as_str()).collect();
    assert_eq!(listed, ids);
    assert_json_snapshot!("job_in_a_list", redacted(&seen[0]));
}

#[tokio::test]
async fn a_waiting_job_is_canceled_once_and_leaves_its_slot() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let body = json!({"tool": "echo", "action": "say"});
    let id = ada.post("/api/v1/dispatch", &body).await.expect(202).text_at("/job/id");
    let cancel = format!("/api/v1/jobs/{id}/cancel");
    let first = ada.post(&cancel, &Value::Null).await.expect(200);
    assert_eq!(first.text_at("/job/status"), "canceled");
    let second = ada.post(&cancel, &Value::Null).await.expect(200);
    assert_eq!(first.json(), second.json());
    assert_eq!(ada.usage().await["concurrent"]["used"], 0);
    // It was dispatched, and so it counts.
    assert_eq!(ada.usage().await["dispatches"]["used"], 1);
    ada.post("/api/v1/dispatch", &body).await.expect(202);
}

#[tokio::test]
async fn a_job_that_has_ended_cannot_be_canceled() {
    let server = TestServer::start().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let id = ada.dispatched(json!({})).await;
    ada.job_over(&id).await;
    ada.post(&format!("/api/v1/jobs/{id}/cancel"), &Value::Null).await.refused(409, "CONFLICT");
    assert_eq!(ada.get(&format!("/api/v1/jobs/{id}")).await.expect(200).text_at("/job/status"), "succeeded");
}

#[tokio::test]
async fn a_workspace_sees_its_own_jobs_alone() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let lab = ada.naming(server.database.add_tenant(acme.id, "lab").await);
    let (here, there) = (ada.dispatched(json!("here")).await, lab.dispatched(json!("there")).await);
    for (client, own, other) in [(&ada.client, &here, &there), (&lab, &there, &here)] {
        let list = client.get("/api/v1/jobs").await.expect(200);
        assert_eq!(list.text_at("/data/0/id"), *own);
        assert_eq!(list.at("/data").as_array().map(Vec::len), Some(1));
        client.get(&format!("/api/v1/jobs/{other}")).await.refused(404, "NOT_FOUND");
        client.post(&format!("/api/v1/jobs/{other}/cancel"), &Value::Null).await.refused(404, "NOT_FOUND");
    }
    // The quota is the organization's.
    assert_eq!(lab.usage().await["dispatches"]["used"], 2);
}
