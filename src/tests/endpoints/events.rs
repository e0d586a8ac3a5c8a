//! What endpoints are told of: all that the list names, in the transaction of its cause, and nothing where nobody asks.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use sqlx::Connection as _;
use tenantry_kernel::{Role, endpoint::EventType, quota::Meter};
use tenantry_testkit::{Answer, TestOperator, hard};

use super::{ENDPOINTS, Stage};

/// Everything that can happen today.
async fn make_everything_happen(stage: &Stage) {
    let ada = &stage.ada;
    stage.job().await;
    let fails = json!({"tool": "http-request", "action": "get", "payload": {"url": "nowhere"}, "when_full": "queue"});
    let failed = ada.post("/api/v1/dispatch", &fails).await.expect(202).text_at("/job/id");
    ada.job_over(&failed).await;
    stage.receiver.will("/tool", Answer::Never);
    let tool = json!({"name": "slow", "kind": "webhook", "url": stage.receiver.url("/tool")});
    ada.post("/api/v1/tools", &tool).await.expect(201);
    let slow = json!({"tool": "slow", "action": "run", "when_full": "queue"});
    let canceled = ada.post("/api/v1/dispatch", &slow).await.expect(202).text_at("/job/id");
    ada.post(&format!("/api/v1/jobs/{canceled}/cancel"), &json!({})).await.expect(200);
    let (key, _) = ada.key(&["read"]).await;
    let rotated = ada.post(&format!("/api/v1/keys/{key}/rotate"), &json!({})).await.expect(201);
    let successor = rotated.text_at("/key/id");
    ada.call(reqwest::Method::DELETE, &format!("/api/v1/keys/{successor}")).await.expect(204);
    // The fourth dispatch of five.
    let operator = TestOperator::over(&stage.server.database.services);
    operator.set(stage.acme.id, hard(Meter::Dispatches, Some(5))).await.expect("set");
    stage.job().await;
    ada.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    stage.server.member(&stage.acme, Role::Viewer).await;
    let database = &stage.server.database;
    database.change("update directory.memberships set role = 'operator' where role = 'viewer'").await;
    database.change("delete from directory.memberships where role = 'operator'").await;
}

#[tokio::test]
async fn the_list_of_events_is_what_is_really_sent() {
    let stage = Stage::new().await;
    let all: Vec<&str> = EventType::ALL.iter().map(|event| event.as_str()).collect();
    let (id, _) = stage.endpoint("/hook", &all).await;
    make_everything_happen(&stage).await;
    let types = |deliveries: &[Value]| -> BTreeSet<String> {
        let done = deliveries.iter().filter(|delivery| delivery["state"] == "delivered");
        done.filter_map(|delivery| delivery["type"].as_str().map(str::to_owned)).collect()
    };
    let expected: BTreeSet<String> = all.iter().map(|word| (*word).to_owned()).collect();
    stage.until(&id, "every type", |deliveries| types(deliveries) == expected).await;
    let mut told: HashMap<String, Value> = HashMap::new();
    for message in stage.receiver.received().iter().filter(|message| message.path == "/hook") {
        let body = message.json();
        assert_eq!(body["data"]["organization"], stage.acme.id.to_string(), "{body}");
        told.insert(body["type"].as_str().expect("a type").to_owned(), body["data"].clone());
    }
    assert_eq!(told["job.canceled"]["status"], "canceled");
    assert_eq!(told["job.failed"]["tool"], "http-request");
    assert_eq!((&told["usage.warning"]["percent"], &told["usage.warning"]["limit"]), (&json!(80), &json!(5)));
    assert_eq!((&told["plan.changed"]["plan"], &told["plan.changed"]["previous"]), (&json!("pro"), &json!("empire")));
    assert!(told["key.rotated"]["expires_at"].is_string(), "{}", told["key.rotated"]);
    assert_ne!(told["key.rotated"]["key"], told["key.revoked"]["key"]);
    assert_eq!(told["membership.updated"]["roles"], json!([{"id": "operator", "name": "Operator"}]));
    assert!(told["key.created"]["key"].as_str().is_some_and(|key| key.starts_with("key_")));
    let database = &stage.server.database;
    let written = "select count(distinct type) from org.endpoint_events";
    assert_eq!(database.truth::<i64>(written).await, i64::try_from(all.len()).expect("few"));
}

#[tokio::test]
async fn an_endpoint_is_told_of_what_it_asked_for_alone() {
    let stage = Stage::new().await;
    let (plan, _) = stage.endpoint("/plan", &["plan.changed"]).await;
    make_everything_happen(&stage).await;
    stage.until_all(&plan, "delivered", 1).await;
    let database = &stage.server.database;
    assert_eq!(database.truth::<i64>("select count(*) from org.endpoint_events").await, 1, "nothing else is written");
    let change = json!({"events": ["key.created"], "description": " Billing "});
    let changed = stage.ada.patch(&format!("{ENDPOINTS}/{plan}"), &change).await.expect(200).at("/endpoint");
    assert_eq!((&changed["events"], &changed["description"]), (&json!(["key.created"]), &json!("Billing")));
    stage.ada.put("/api/v1/subscription", &json!({"plan": "empire"})).await.expect(200);
    stage.ada.key(&["read"]).await;
    let told = stage.until_all(&plan, "delivered", 2).await;
    assert_eq!(told[0]["type"], "key.created");
}

#[tokio::test]
async fn whoever_has_no_endpoint_writes_nothing_for_it() {
    let stage = Stage::new().await;
    let (zoe, _) = stage.server.owner("Zoe", "free").await;
    let body = json!({"url": stage.receiver.url("/hook"), "events": ["job.succeeded", "usage.warning"]});
    let zoes = zoe.post(ENDPOINTS, &body).await.expect(201).text_at("/endpoint/id");
    make_everything_happen(&stage).await;
    let written =
        "select (select count(*) from org.endpoint_events) + (select count(*) from directory.delivery_backlog)";
    assert_eq!(stage.server.database.truth::<i64>(written).await, 0);
    assert_eq!(zoe.get(&format!("{ENDPOINTS}/{zoes}/deliveries")).await.expect(200).at("/data"), json!([]));
}

#[tokio::test]
async fn a_workspace_hears_of_its_own_and_of_the_organization() {
    let stage = Stage::new().await;
    let second = stage.server.database.add_tenant(stage.acme.id, "acme-second").await;
    let beside = stage.ada.client.naming(second);
    let body = json!({"url": stage.receiver.url("/second"), "events": ["job.succeeded", "plan.changed"]});
    let made = beside.post(ENDPOINTS, &body).await.expect(201).text_at("/endpoint/id");
    let (first, _) = stage.endpoint("/first", &["job.succeeded", "plan.changed"]).await;
    stage.job().await;
    stage.ada.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    stage.until_all(&first, "delivered", 2).await;
    let received = stage.receiver.until_received(3).await;
    let told: Vec<_> =
        received.iter().filter(|message| message.path == "/second").map(|message| message.json()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["type"], &told[0]["data"]["tenant"]), (&json!("plan.changed"), &json!(second.to_string())));
    // What is the one's is not the other's, within an organization too.
    let delivery = stage.deliveries(&first).await[0]["id"].as_str().expect("an id").to_owned();
    beside.get(&format!("{ENDPOINTS}/{first}")).await.refused(404, "NOT_FOUND");
    beside.get(&format!("{ENDPOINTS}/{first}/deliveries")).await.refused(404, "NOT_FOUND");
    beside.patch(&format!("{ENDPOINTS}/{first}"), &json!({"enabled": false})).await.refused(404, "NOT_FOUND");
    beside.post(&format!("{ENDPOINTS}/deliveries/{delivery}/replay"), &json!({})).await.refused(404, "NOT_FOUND");
    beside.call(reqwest::Method::DELETE, &format!("{ENDPOINTS}/{first}")).await.refused(404, "NOT_FOUND");
    let listed = beside.get(ENDPOINTS).await.expect(200).at("/data");
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["id"]), (Some(1), &json!(made)));
}

/// The event and its cause are one transaction: where that is undone, nothing is told.
#[tokio::test]
async fn what_is_undone_is_not_told_and_what_is_repeated_is_told_once() {
    let stage = Stage::new().await;
    let (id, _) = stage.endpoint("/hook", &["plan.changed", "key.created"]).await;
    let mut superuser = stage.server.database.superuser().await;
    let mut tx = superuser.begin().await.expect("the database is there");
    sqlx::query("update directory.organizations set plan_id = 'pro'").execute(&mut *tx).await.expect("done");
    let noted: i64 =
        sqlx::query_scalar("select count(*) from org.endpoint_events").fetch_one(&mut *tx).await.expect("there");
    assert_eq!(noted, 1, "it was written with its cause");
    tx.rollback().await.expect("undone");
    let wish = json!({"name": "ci", "scopes": ["read"]});
    for _ in 0..3 {
        stage.ada.post("/api/v1/keys", &wish).once("the same").await.expect(201);
    }
    let told = stage.until_all(&id, "delivered", 1).await;
    assert_eq!((told.len(), &told[0]["type"]), (1, &json!("key.created")));
    assert_eq!(stage.server.database.truth::<i64>("select count(*) from org.endpoint_events").await, 1);
}
