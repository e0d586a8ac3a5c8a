//! A tool that cannot now is tried again, with the same id, and not for ever.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantry_domain::webhooks::standard;
use tenantry_testkit::Answer;

use super::Stage;

fn waits(job: &Value) -> bool {
    job["status"] == "queued" && !job["retry_at"].is_null()
}

#[tokio::test]
async fn a_tool_that_was_away_is_tried_again_with_the_same_id() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    stage
        .receiver
        .will_in_turn("/hook", [Answer::status(503), Answer::Reset, Answer::json(200, &json!({"at": "last"}))]);
    let id = stage.send("n8n", json!({"once": 1})).await;
    let job = stage.ada.job_over(&id).await;
    assert_eq!(
        (&job["status"], &job["result"], &job["attempts"]),
        (&json!("succeeded"), &json!({"at": "last"}), &json!(3))
    );
    let timeline = job["timeline"].as_array().expect("a list");
    let told: Vec<_> = timeline.iter().map(|attempt| (&attempt["outcome"], &attempt["http_status"])).collect();
    assert_eq!(told, [(&json!("failed"), &json!(503)), (&json!("failed"), &Value::Null)], "{job}");
    assert!(timeline.iter().all(|attempt| attempt["error"].is_string() && attempt["ended_at"].is_string()), "{job}");
    let received = stage.receiver.received();
    assert_eq!(received.len(), 3);
    let ids: Vec<_> = received.iter().map(|message| message.header(standard::ID)).collect();
    assert_eq!(ids, [Some(id.as_str()); 3], "one id over all attempts");
    let tokens: std::collections::HashSet<_> =
        received.iter().map(|message| message.json()["callback_token"].to_string()).collect();
    assert_eq!(tokens.len(), 3, "each attempt has a token of its own");
    assert_eq!(stage.ada.usage().await["dispatches"]["used"], 1, "attempts cost nothing more");
}

#[tokio::test]
async fn a_tool_that_stays_away_fails_its_job_after_five_attempts() {
    let stage = Stage::on("free").await;
    stage.tool("n8n", "/hook", 60).await;
    // The first waits are a second, and turning the clock cuts whoever begins meanwhile: so the tool asks for longer ones.
    let away = || Answer::status(500).with("retry-after", "60");
    stage.receiver.will_in_turn("/hook", [away(), away(), Answer::status(500)]);
    let id = stage.send("n8n", json!({})).await;
    for attempt in 1..=4 {
        let job = stage.until(&id, "put off", |job| waits(job) && job["attempts"] == attempt).await;
        assert_eq!(stage.ada.usage().await["concurrent"]["used"], 1, "it keeps its slot: {job}");
        stage.server.database.turn_clock(TimeDelta::seconds(70 * attempt)).await;
    }
    let job = stage.ada.job_over(&id).await;
    assert_eq!((&job["status"], &job["attempts"]), (&json!("failed"), &json!(5)));
    assert_eq!(job["error"], "The tool answered 500. It was tried 5 times.");
    assert_eq!(job["timeline"].as_array().map(Vec::len), Some(4), "{job}");
    assert_eq!(job["http_status"], 500, "what was answered at last is said beside the end");
    assert_eq!(stage.receiver.received().len(), 5);
    let usage = stage.ada.usage().await;
    assert_eq!((&usage["concurrent"]["used"], &usage["dispatches"]["used"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn a_tool_may_ask_to_be_left_alone_for_a_while() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    let busy = Answer::status(429).with("retry-after", "120");
    stage.receiver.will_in_turn("/hook", [busy, Answer::default()]);
    let id = stage.send("n8n", json!({})).await;
    stage.until(&id, "put off", waits).await;
    let asked = "select retry_at - app.now() between interval '100 seconds' and interval '120 seconds' from org.jobs";
    assert!(stage.server.database.truth::<bool>(asked).await);
    stage.server.database.turn_clock(TimeDelta::seconds(60)).await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert_eq!(stage.receiver.received().len(), 1, "it was called too early");
    stage.server.database.turn_clock(TimeDelta::seconds(121)).await;
    assert_eq!(stage.ada.job_over(&id).await["status"], "succeeded");
}

#[tokio::test]
async fn a_job_that_waits_for_its_next_attempt_can_be_canceled() {
    let stage = Stage::on("free").await;
    stage.tool("n8n", "/hook", 60).await;
    stage.receiver.will("/hook", Answer::status(503).with("retry-after", "200"));
    let id = stage.send("n8n", json!({})).await;
    stage.until(&id, "put off", waits).await;
    stage.ada.post(&format!("/api/v1/jobs/{id}/cancel"), &Value::Null).await.expect(200);
    assert_eq!(stage.ada.usage().await["concurrent"]["used"], 0, "the slot is free");
    stage.server.database.turn_clock(TimeDelta::seconds(300)).await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert_eq!(stage.receiver.received().len(), 1);
    assert_eq!(stage.job(&id).await["status"], "canceled");
}

#[tokio::test]
async fn what_waits_for_its_next_attempt_holds_up_nobody_else() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    stage.receiver.will("/hook", Answer::status(503).with("retry-after", "200"));
    let stuck = stage.send("n8n", json!({})).await;
    stage.until(&stuck, "put off", waits).await;
    for number in 0..10 {
        let id = stage.ada.dispatched(json!(number)).await;
        assert_eq!(stage.ada.job_over(&id).await["status"], "succeeded");
    }
    assert!(waits(&stage.job(&stuck).await));
}
