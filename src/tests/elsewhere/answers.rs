//! One call: what the tool is sent, and what its answer means.

use std::time::Duration;

use serde_json::{Value, json};
use tenantry_domain::webhooks::standard::{self, Secret};
use tenantry_testkit::Answer;

use super::Stage;

fn secret(text: &str) -> Secret {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    Secret::from(BASE64_STANDARD.decode(text.strip_prefix("whsec_").expect("its prefix")).expect("base64"))
}

#[tokio::test]
async fn the_tool_is_sent_a_signed_message() {
    let stage = Stage::on("pro").await;
    let secret = secret(&stage.tool("n8n", "/hook", 60).await);
    let id = stage.send("n8n", json!({"order": 7, "name": "Ünï"})).await;
    stage.ada.job_over(&id).await;
    let received = stage.receiver.received();
    let [message] = received.as_slice() else { panic!("one message, not {received:?}") };
    let body = message.json();
    assert_eq!((message.method.as_str(), message.header("content-type")), ("POST", Some("application/json")));
    assert_eq!(body["job"], id.as_str());
    assert_eq!(body["tenant"], stage.acme.tenant.to_string());
    assert_eq!(body["organization"], stage.acme.id.to_string());
    assert_eq!((&body["tool"], &body["action"]), (&json!("n8n"), &json!("run")));
    assert_eq!(body["payload"], json!({"order": 7, "name": "Ünï"}));
    assert_eq!(body["callback_url"], format!("{}/api/v1/jobs/{id}/complete", stage.server.base()));
    assert!(body["callback_token"].as_str().is_some_and(|token| token.starts_with("tcb_")));
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(8), "{body}");
    assert_eq!(message.header(standard::ID), Some(id.as_str()));
    let at: i64 = message.header(standard::TIMESTAMP).and_then(|at| at.parse().ok()).expect("a time");
    let now = stage.server.database.services.clock.now().timestamp();
    assert!((now - 60..=now).contains(&at), "{at} is not about {now}");
    let signature = standard::signatures(&[secret], &id, at, &message.body);
    assert_eq!(message.header(standard::SIGNATURE), Some(signature.as_str()));
    assert_eq!(message.header("cookie"), None);
    assert_eq!(message.header("referer"), None);
}

#[tokio::test]
async fn an_answer_with_a_body_ends_the_job() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    for (answer, result) in [
        (Answer::json(200, &json!({"done": [1, 2]})), json!({"done": [1, 2]})),
        (Answer::of(201, "text/plain", "started"), json!("started")),
        (Answer::packed("application/json", b"[true]"), json!([true])),
        (Answer::status(204), Value::Null),
    ] {
        stage.receiver.will("/hook", answer);
        let job = stage.outcome("n8n").await;
        assert_eq!((&job["status"], &job["result"], &job["attempts"]), (&json!("succeeded"), &result, &json!(1)));
        assert_eq!(job["timeline"], json!([]));
    }
}

#[tokio::test]
async fn what_was_answered_to_the_last_attempt_is_kept_where_it_failed() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    for (answer, status, said) in [
        (Answer::status(403), "failed", json!(403)),
        (Answer::of(200, "application/json", "{"), "failed", json!(200)),
        (Answer::status(204), "succeeded", Value::Null),
    ] {
        stage.receiver.will("/hook", answer);
        let job = stage.outcome("n8n").await;
        assert_eq!((&job["status"], &job["http_status"]), (&json!(status), &said), "{job}");
        assert_eq!(job["timeline"], json!([]), "the last attempt is the job's own: {job}");
    }
}

#[tokio::test]
async fn what_the_tool_says_it_used_is_counted_with_the_end() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    let used = Answer::json(200, &json!({}))
        .with("tenantry-tokens-used", "1200")
        .with("tenantry-api-calls", "3")
        .with("tenantry-cost-estimate", "0.018");
    stage.receiver.will("/hook", used);
    let job = stage.outcome("n8n").await;
    assert_eq!(
        (&job["tokens_used"], &job["api_calls"], &job["cost_estimate"]),
        (&json!(1200), &json!(3), &json!(0.018))
    );
    stage.outcome("n8n").await;
    let usage = stage.ada.usage().await;
    assert_eq!((&usage["tokens_used"], &usage["cost_estimate"]), (&json!(2400), &json!(0.036)));
    let counted = "select (select sum(used) from org.usage_counters where meter = 'tokens') = 2400
                      and (select sum(quantity) from org.usage_events where meter = 'tokens') = 2400
                      and (select sum(quantity) from org.usage_events where meter = 'cost') = 36000";
    assert!(stage.server.database.truth::<bool>(counted).await);
}

#[tokio::test]
async fn garbage_and_refusals_end_the_job_and_are_not_tried_again() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    let inside = Answer::redirect(307, &stage.receiver.url("/inside"));
    for (answer, word) in [
        (Answer::of(200, "application/json", "{\"half\": "), "JSON"),
        (Answer::of(200, "application/octet-stream", vec![0xff, 0xfe]), "neither JSON nor text"),
        (Answer::of(200, "text/plain", vec![b'x'; 300_000]), "bounds"),
        (Answer::Endless, "longer than"),
        (Answer::Bomb, "longer than"),
        (inside, "redirects are not followed"),
        (Answer::status(404), "404"),
        (Answer::status(410), "410"),
    ] {
        let said = format!("{answer:.40?}");
        stage.receiver.will("/hook", answer);
        let job = stage.outcome("n8n").await;
        assert_eq!((&job["status"], &job["attempts"]), (&json!("failed"), &json!(1)), "{said}: {job}");
        assert!(job["error"].as_str().is_some_and(|error| error.contains(word)), "{said}: {}", job["error"]);
    }
    assert!(stage.receiver.received().iter().all(|received| received.path == "/hook"), "a redirect was followed");
}

#[tokio::test]
async fn a_tool_has_its_time_and_no_more() {
    let stage = Stage::on("pro").await;
    stage.tool("slow", "/hook", 1).await;
    for answer in
        [Answer::Never, Answer::Drip(Duration::from_millis(100)), Answer::default().after(Duration::from_secs(5))]
    {
        stage.receiver.will("/hook", answer);
        let job = stage.outcome("slow").await;
        assert_eq!((&job["status"], &job["attempts"]), (&json!("failed"), &json!(1)), "{job}");
        assert_eq!(job["error"], "The tool took longer than 1 s.");
    }
    assert_eq!(stage.ada.usage().await["concurrent"]["used"], 0);
}

#[tokio::test]
async fn an_address_inside_is_never_called() {
    let stage = Stage::on("pro").await;
    // Saved as a name, and by then it led elsewhere.
    stage.tool_at("inside", "http://10.0.0.1.example.com/", 60).await;
    stage.server.database.change("update tenant.tools set url = 'http://10.0.0.1/' where name = 'inside'").await;
    let job = stage.outcome("inside").await;
    assert_eq!((&job["status"], &job["attempts"]), (&json!("failed"), &json!(1)), "{job}");
    assert!(job["error"].as_str().is_some_and(|error| error.contains("not on the public internet")), "{job}");
}

#[tokio::test]
async fn a_tool_that_was_deleted_meanwhile_fails_its_job() {
    let stage = Stage::on("free").await;
    stage.tool("slow", "/slow", 600).await;
    stage.tool("gone", "/gone", 30).await;
    // It keeps the only slot.
    stage.receiver.will("/slow", Answer::status(202));
    let (slow, gone) = (stage.send("slow", json!({})).await, stage.send("gone", json!({})).await);
    stage.server.database.change("delete from tenant.tools where name = 'gone'").await;
    stage.ada.post(&format!("/api/v1/jobs/{slow}/cancel"), &Value::Null).await.expect(200);
    let job = stage.ada.job_over(&gone).await;
    assert_eq!(
        (&job["status"], &job["error"]),
        (&json!("failed"), &json!("The tool was deleted before it was the job's turn."))
    );
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_sign() {
    let stage = Stage::on("pro").await;
    let old = secret(&stage.tool("n8n", "/hook", 60).await);
    let tools = stage.ada.get("/api/v1/tools").await.expect(200).json();
    let tool =
        tools["data"].as_array().expect("a list").iter().find(|tool| tool["name"] == "n8n").expect("it is there");
    let path = format!("/api/v1/tools/{}/rotate", tool["id"].as_str().expect("an id"));
    let new = secret(&stage.ada.post(&path, &json!({})).await.expect(201).text_at("/secret"));
    let signature = async || {
        let id = stage.send("n8n", json!({})).await;
        stage.ada.job_over(&id).await;
        let message = stage.receiver.received().pop().expect("it was called");
        let at = message.header(standard::TIMESTAMP).and_then(|at| at.parse().ok()).expect("a time");
        (message.header(standard::SIGNATURE).expect("signed").to_owned(), id, at, message.body)
    };
    let (both, id, at, body) = signature().await;
    assert_eq!(both, standard::signatures(&[new.clone(), old], &id, at, &body));
    stage.server.database.turn_clock(chrono::TimeDelta::hours(24)).await;
    let (alone, id, at, body) = signature().await;
    assert_eq!(alone, standard::signatures(&[new], &id, at, &body));
}
