//! Tools that answer later, each with the token of its own attempt.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantry_testkit::{Answer, Client, Reply};

use super::Stage;

/// What a tool has of a job that it was given: where to answer, and with what.
struct Given {
    tool: Client,
    path: String,
}

impl Given {
    async fn from(stage: &Stage, number: usize) -> Self {
        let messages = stage.receiver.until_received(number).await;
        let message = messages[number - 1].json();
        let token = message["callback_token"].as_str().expect("a token");
        let path = message["callback_url"].as_str().expect("an address").replace(stage.server.base(), "");
        Self { tool: stage.server.with_key(token), path }
    }

    async fn says(&self, word: &Value) -> Reply {
        self.tool.post(&self.path, word).await
    }
}

async fn waiting() -> (Stage, String, Given) {
    let stage = Stage::on("free").await;
    stage.tool("n8n", "/hook", 60).await;
    stage.receiver.will("/hook", Answer::status(202));
    let id = stage.send("n8n", json!({})).await;
    let given = Given::from(&stage, 1).await;
    stage.until(&id, "left to its tool", |job| !job["waits_until"].is_null()).await;
    (stage, id, given)
}

#[tokio::test]
async fn a_tool_may_answer_later() {
    let (stage, id, given) = waiting().await;
    assert_eq!(stage.job(&id).await["status"], "running");
    assert_eq!(stage.ada.usage().await["concurrent"]["used"], 1, "its slot is its own until it ends");
    let word =
        json!({"status": "succeeded", "result": {"a": [1]}, "tokens_used": 9, "api_calls": 2, "cost_estimate": 0.5});
    let reply = given.says(&word).await.expect(200);
    assert_eq!((reply.text_at("/job/id"), reply.text_at("/job/status")), (id.clone(), "succeeded".to_owned()));
    let job = stage.job(&id).await;
    assert_eq!(
        (&job["status"], &job["result"], &job["waits_until"]),
        (&json!("succeeded"), &json!({"a": [1]}), &Value::Null)
    );
    assert_eq!((&job["tokens_used"], &job["api_calls"], &job["cost_estimate"]), (&json!(9), &json!(2), &json!(0.5)));
    let usage = stage.ada.usage().await;
    assert_eq!(
        (&usage["tokens_used"], &usage["cost_estimate"], &usage["concurrent"]["used"]),
        (&json!(9), &json!(0.5), &json!(0))
    );
}

#[tokio::test]
async fn the_same_word_twice_is_one_and_another_is_refused() {
    let (stage, id, given) = waiting().await;
    let word = json!({"status": "succeeded", "result": 1, "tokens_used": 5});
    let replies = futures::future::join_all((0..8).map(|_| given.says(&word))).await;
    for reply in replies {
        assert_eq!(reply.expect(200).text_at("/job/status"), "succeeded");
    }
    given.says(&json!({"status": "failed"})).await.refused(409, "CONFLICT");
    assert_eq!(stage.job(&id).await["result"], 1);
    assert_eq!(stage.ada.usage().await["tokens_used"], 5, "counted once");
}

#[tokio::test]
async fn no_other_credential_ends_a_job() {
    let (stage, id, given) = waiting().await;
    let word = json!({"status": "succeeded"});
    let other = {
        let second = stage.send("n8n", json!({})).await;
        let (_, key) = stage.ada.key(&["dispatch", "manage", "read"]).await;
        stage.ada.post(&format!("/api/v1/jobs/{second}/cancel"), &Value::Null).await.expect(200);
        (second, key)
    };
    let path = format!("/api/v1/jobs/{id}/complete");
    let refusals = [
        stage.server.post(&path, &word).await,
        stage.ada.post(&path, &word).await,
        stage.server.with_key(&other.1).post(&path, &word).await,
        given.tool.post(&format!("/api/v1/jobs/{}/complete", other.0), &word).await,
        given.tool.post("/api/v1/jobs/job_01h2xcejqtf2nbrexx3vqjhp41/complete", &word).await,
        given.tool.post("/api/v1/jobs/nonsense/complete", &word).await,
        given.tool.with_key("tcb_AAAA").post(&path, &word).await,
    ];
    let told: Vec<_> =
        refusals.into_iter().map(|reply| reply.refused(401, "UNAUTHENTICATED").indistinguishable()).collect();
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "they tell apart what is there: {told:?}");
    // Decided before the body is read.
    stage.server.post(&path, &json!({"unknown": true})).await.refused(401, "UNAUTHENTICATED");
    given.says(&json!({"status": "succeeded", "unknown": true})).await.refused(422, "INVALID");
    given.says(&json!({"status": "canceled"})).await.refused(422, "INVALID");
    assert_eq!(stage.job(&id).await["status"], "running");
    // The token opens nothing else.
    given.tool.get("/api/v1/jobs").await.refused(401, "UNAUTHENTICATED");
    given.says(&word).await.expect(200);
}

#[tokio::test]
async fn a_tool_that_never_answers_fails_its_job_when_its_time_is_over() {
    let (stage, id, given) = waiting().await;
    stage.server.database.turn_clock(TimeDelta::seconds(61)).await;
    let job = stage.ada.job_over(&id).await;
    assert_eq!(
        (&job["status"], &job["attempts"], &job["error"]),
        (&json!("failed"), &json!(1), &json!("The tool did not answer within its time."))
    );
    assert_eq!(stage.ada.usage().await["concurrent"]["used"], 0);
    given.says(&json!({"status": "succeeded"})).await.refused(409, "CONFLICT");
    assert_eq!(stage.receiver.received().len(), 1, "it is not asked again");
}

#[tokio::test]
async fn a_canceled_job_is_nobodys() {
    let (stage, id, given) = waiting().await;
    stage.ada.post(&format!("/api/v1/jobs/{id}/cancel"), &Value::Null).await.expect(200);
    given.says(&json!({"status": "succeeded"})).await.refused(409, "CONFLICT");
    let job = stage.job(&id).await;
    assert_eq!((&job["status"], &job["result"]), (&json!("canceled"), &Value::Null));
}

#[tokio::test]
async fn the_word_of_an_attempt_that_was_left_behind_is_refused() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    stage.receiver.will_in_turn("/hook", [Answer::status(500), Answer::status(202)]);
    let id = stage.send("n8n", json!({})).await;
    let (first, second) = (Given::from(&stage, 1).await, Given::from(&stage, 2).await);
    first.says(&json!({"status": "failed", "error": "old"})).await.refused(409, "CONFLICT");
    second.says(&json!({"status": "succeeded", "result": "new"})).await.expect(200);
    assert_eq!(stage.job(&id).await["result"], "new");
}

#[tokio::test]
async fn a_tool_that_said_it_cannot_may_still_bring_the_end_before_it_is_asked_again() {
    let stage = Stage::on("free").await;
    stage.tool("n8n", "/hook", 60).await;
    stage.receiver.will("/hook", Answer::status(503).with("retry-after", "200"));
    let id = stage.send("n8n", json!({})).await;
    let given = Given::from(&stage, 1).await;
    stage.until(&id, "put off", |job| !job["retry_at"].is_null()).await;
    given.says(&json!({"status": "succeeded", "result": "after all"})).await.expect(200);
    let job = stage.job(&id).await;
    assert_eq!((&job["status"], &job["result"]), (&json!("succeeded"), &json!("after all")));
    assert_eq!(stage.ada.usage().await["concurrent"]["used"], 0);
    stage.server.database.turn_clock(TimeDelta::seconds(300)).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(stage.receiver.received().len(), 1);
}

#[tokio::test]
async fn a_word_that_comes_before_the_answer_ends_the_job_at_once() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    let (late, hold) = Answer::json(200, &json!("late")).held();
    stage.receiver.will("/hook", late);
    let id = stage.send("n8n", json!({})).await;
    let given = Given::from(&stage, 1).await;
    given.says(&json!({"status": "succeeded", "result": "early"})).await.expect(200);
    assert_eq!(stage.job(&id).await["result"], "early");
    hold.let_go();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let job = stage.job(&id).await;
    assert_eq!((&job["result"], &job["attempts"]), (&json!("early"), &json!(1)), "what came later is not written");
}

#[tokio::test]
async fn a_suspended_workspaces_jobs_take_no_word() {
    let (stage, id, given) = waiting().await;
    stage.server.database.set_suspended(stage.acme.tenant, true).await;
    given.says(&json!({"status": "succeeded"})).await.refused(403, "TENANT_SUSPENDED");
    stage.server.database.set_suspended(stage.acme.tenant, false).await;
    given.says(&json!({"status": "succeeded"})).await.expect(200);
    assert_eq!(stage.job(&id).await["status"], "succeeded");
}
