//! Workers that are killed, stopped or cut off in the middle of a call, and tools that are slow.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tenantry_domain::webhooks::standard;
use tenantry_testkit::{Answer, Binary, Receiver, TestServer, chaos::Chance};

use super::Stage;
use crate::program::Folder;

impl Stage {
    /// The same without a worker of its own: programs beside it run the jobs.
    async fn of_programs(plan: &str) -> Self {
        let server = TestServer::without_worker().await;
        let (ada, acme) = server.owner("Ada", plan).await;
        Self { server, ada, acme, receiver: Receiver::start().await }
    }

    /// Starts a program over the same database.
    async fn program(&self) -> Binary {
        let address = self.server.database.address();
        let start = move || Binary::serve_beside(&address);
        tokio::task::spawn_blocking(start).await.expect("it starts")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_tools_delay_nobody_else() {
    let stage = Stage::on("empire").await;
    stage.receiver.will("/slow", Answer::Never);
    let mut slow = Vec::new();
    // More of them than a worker runs at once.
    for number in 0..4 {
        let (owner, _) = stage.server.owner(&format!("Slow {number}"), "empire").await;
        let tool =
            json!({"name": "slow", "kind": "webhook", "url": stage.receiver.url("/slow"), "timeout_seconds": 600});
        owner.post("/api/v1/tools", &tool).await.expect(201);
        for _ in 0..20 {
            let body = json!({"tool": "slow", "action": "run", "when_full": "queue"});
            slow.push((owner.clone(), owner.post("/api/v1/dispatch", &body).await.expect(202).text_at("/job/id")));
        }
    }
    stage.receiver.until_received(80).await;
    let began = Instant::now();
    let echo = stage.ada.dispatched(json!("quick")).await;
    assert_eq!(stage.ada.job_over(&echo).await["status"], "succeeded");
    assert!(began.elapsed() < Duration::from_secs(5), "it waited {:?} for others' tools", began.elapsed());
    for (owner, id) in slow {
        owner.post(&format!("/api/v1/jobs/{id}/cancel"), &Value::Null).await.expect(200);
    }
}

#[tokio::test]
async fn a_job_that_is_canceled_while_its_tool_runs_lets_go_of_it() {
    let stage = Stage::on("free").await;
    stage.tool("n8n", "/hook", 60).await;
    let (late, hold) = Answer::json(200, &json!("too late")).held();
    stage.receiver.will("/hook", late);
    let id = stage.send("n8n", json!({})).await;
    stage.receiver.until_received(1).await;
    stage.ada.post(&format!("/api/v1/jobs/{id}/cancel"), &Value::Null).await.expect(200);
    let next = stage.ada.dispatched(json!({})).await;
    assert_eq!(stage.ada.job_over(&next).await["status"], "succeeded", "the slot is free at once");
    hold.let_go();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let job = stage.job(&id).await;
    assert_eq!((&job["status"], &job["result"]), (&json!("canceled"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_outlives_a_database_that_is_away() {
    let stage = Stage::on("pro").await;
    stage.tool("n8n", "/hook", 60).await;
    let (kept, hold) = Answer::json(200, &json!("kept")).held();
    stage.receiver.will("/hook", kept);
    let id = stage.send("n8n", json!({})).await;
    stage.receiver.until_received(1).await;
    stage.server.database.take_away().await;
    hold.let_go();
    tokio::time::sleep(Duration::from_secs(4)).await;
    stage.server.database.give_back().await;
    let job = stage.until(&id, "over", |job| job["status"] == "succeeded").await;
    assert_eq!((&job["result"], &job["attempts"]), (&json!("kept"), &json!(1)));
    assert_eq!(stage.receiver.received().len(), 1, "the tool was called once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stops_in_order_hands_over_what_it_has() {
    let stage = Stage::of_programs("pro").await;
    stage.tool("n8n", "/hook", 600).await;
    stage.receiver.will_in_turn("/hook", [Answer::Never, Answer::json(200, &json!("second"))]);
    let first = stage.program().await;
    let id = stage.send("n8n", json!({})).await;
    stage.receiver.until_received(1).await;
    let second = stage.program().await;
    let began = Instant::now();
    assert!(tokio::task::spawn_blocking(move || first.stop()).await.expect("not panicked"), "it ends in order");
    let job = stage.until(&id, "over", |job| job["status"] == "succeeded").await;
    assert!(began.elapsed() < Duration::from_secs(30), "it waited for a lease: {:?}", began.elapsed());
    assert_eq!((&job["result"], &job["attempts"]), (&json!("second"), &json!(1)), "handing over is no attempt");
    assert_eq!(job["timeline"][0]["outcome"], "handed_over", "{job}");
    let ids: Vec<_> =
        stage.receiver.received().iter().map(|message| message.header(standard::ID).map(str::to_owned)).collect();
    assert_eq!(ids, [Some(id.clone()), Some(id)]);
    second.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn web_and_workers_may_be_programs_of_their_own() {
    let stage = Stage::of_programs("free").await;
    let (address, folder) = (stage.server.database.address(), Folder::new());
    let start = |half: &'static str| {
        let (address, folder) = (address.clone(), folder.as_ref().to_owned());
        let start = move || Binary::serve_over_with(&folder, &address, &["--only", half]);
        async { tokio::task::spawn_blocking(start).await.expect("it starts") }
    };
    let web = start("web").await;
    let ada = stage.ada.moved_to(web.client());
    let id = ada.dispatched(json!("for a worker")).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        ada.get(&format!("/api/v1/jobs/{id}")).await.expect(200).at("/job/status"),
        "queued",
        "web runs no jobs"
    );
    let worker = start("worker").await;
    assert_eq!(ada.job_over(&id).await["status"], "succeeded");
    assert_eq!(worker.client().get("/readyz").await.expect(200).text(), "ready\n");
    assert_eq!(worker.client().get("/api/v1/plans").await.status, 404, "a worker says how it is, and no more");
    // It tells tools where the other half is.
    stage.tool("n8n", "/hook", 60).await;
    let job = stage.send("n8n", json!({})).await;
    ada.job_over(&job).await;
    let message = stage.receiver.received().pop().expect("it was called").json();
    assert_eq!(message["callback_url"], format!("{}/api/v1/jobs/{job}/complete", web.client().base()));
    for half in [web, worker] {
        assert!(tokio::task::spawn_blocking(move || half.stop()).await.expect("not panicked"), "it ends in order");
    }
}

/// Answers of every kind, by chance; an end is told apart by its body.
fn any_answer(chance: &mut Chance) -> Answer {
    let end = Answer::json(200, &json!({"done": true}));
    match chance.below(5) {
        0 => Answer::status(503),
        1 => Answer::Reset,
        2 => end.after(Duration::from_millis(chance.below(300) as u64)),
        _ => end,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_a_worker_is_killed_each_job_ends_once() {
    let seed = Chance::seed();
    let mut chance = Chance::new(seed);
    let stage = Stage::of_programs("empire").await;
    stage.tool("n8n", "/hook", 60).await;
    stage.receiver.will_in_turn("/hook", (0..400).map(|_| any_answer(&mut chance)).chain([Answer::default()]));
    let mut jobs = Vec::new();
    for _ in 0..6 {
        let program = stage.program().await;
        for number in 0..8 {
            jobs.push(stage.send("n8n", json!(number)).await);
        }
        tokio::time::sleep(Duration::from_millis(chance.below(900) as u64)).await;
        program.kill();
    }
    let last = stage.program().await;
    let over = async {
        let left = "select count(*) from org.jobs where status in ('queued', 'running')";
        while stage.server.database.truth::<i64>(left).await > 0 {
            // What was under way in a killed one, and what waits for its next attempt.
            stage
                .server
                .database
                .change(
                    "begin; select from org.gates for update;
                     update org.jobs set retry_at = app.now() where status = 'queued' and retry_at is not null; commit",
                )
                .await;
            stage.server.database.lose_workers(stage.acme.id).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), over)
        .await
        .unwrap_or_else(|_| panic!("seed {seed}: jobs do not end"));
    last.kill();
    let mut calls: HashMap<String, u32> = HashMap::new();
    for message in stage.receiver.received() {
        let id = message.header(standard::ID).expect("an id").to_owned();
        assert_eq!(message.json()["job"], id.as_str(), "seed {seed}");
        *calls.entry(id).or_default() += 1;
    }
    for id in &jobs {
        let job = stage.job(id).await;
        let status = job["status"].as_str().expect("a status");
        let (attempts, before) = (job["attempts"].as_i64(), job["timeline"].as_array().map(Vec::len));
        assert!(matches!(status, "succeeded" | "failed"), "seed {seed}: {job}");
        assert_eq!(status == "succeeded", job["result"] == json!({"done": true}), "seed {seed}: {job}");
        assert!(status == "succeeded" || attempts == Some(5), "seed {seed}: {job}");
        assert_eq!(attempts.map(|attempts| attempts as usize), before.map(|before| before + 1), "seed {seed}: {job}");
        let called = calls.remove(id).unwrap_or_default();
        assert!((1..=5).contains(&called), "seed {seed}: called {called} times: {job}");
    }
    assert!(calls.is_empty(), "seed {seed}: called for no job: {calls:?}");
    let sums = "select (select count(*) from org.jobs) = 48
                   and (select sum(used) from org.usage_counters where meter = 'dispatches') = 48
                   and (select count(*) from org.slots) = 0";
    assert!(stage.server.database.truth::<bool>(sums).await, "seed {seed}");
}
