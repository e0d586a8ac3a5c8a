//! `http-request`, the built-in tool through which a tenant calls an address of its choice.

use std::time::Duration;

use serde_json::{Value, json};
use tenantry_testkit::{Answer, Person, Receiver, ServerOptions, TestServer};

/// Dispatches it and answers the job when it is over.
async fn requested(person: &Person, payload: Value) -> Value {
    let body = json!({"tool": "http-request", "action": "call", "payload": payload, "when_full": "queue"});
    let id = person.post("/api/v1/dispatch", &body).await.expect(202).text_at("/job/id");
    person.job_over(&id).await
}

/// Demands that the job has failed, and answers its sentence.
#[track_caller]
fn failed(job: &Value) -> &str {
    assert_eq!((&job["status"], &job["result"]), (&json!("failed"), &Value::Null), "{job}");
    job["error"].as_str().unwrap_or_else(|| panic!("no sentence: {job}"))
}

#[tokio::test]
async fn an_address_is_called_and_its_answer_is_the_result() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (ada, _) = server.owner("Ada", "pro").await;
    receiver.will("/orders", Answer::json(201, &json!({"id": 7})).with("x-told", "yes"));
    let job = requested(
        &ada,
        json!({
            "method": "put", "url": receiver.url("/orders?dry=1"), "headers": {"Authorization": "Bearer of the customer"},
            "body": {"order": 1}, "timeout_seconds": 10,
        }),
    )
    .await;
    assert_eq!((&job["status"], &job["error"]), (&json!("succeeded"), &Value::Null), "{job}");
    let headers = json!({"content-type": "application/json", "content-length": "8", "x-told": "yes"});
    assert_eq!(job["result"], json!({"status": 201, "headers": headers, "body": {"id": 7}}));

    let [received] = receiver.received().try_into().expect("one request");
    assert_eq!((received.method.as_str(), received.path.as_str()), ("PUT", "/orders?dry=1"));
    assert_eq!(received.json(), json!({"order": 1}));
    assert_eq!(received.header("authorization"), Some("Bearer of the customer"));
    assert_eq!(received.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_refusal_and_a_redirect_are_answers_too() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (ada, _) = server.owner("Ada", "pro").await;
    receiver.will("/broken", Answer::of(500, "text/plain", "no"));
    receiver.will("/moved", Answer::redirect(302, "http://169.254.169.254/latest/"));
    receiver.will("/picture", Answer::of(200, "image/png", b"\x89PNG".to_vec()));
    receiver.will("/zero", Answer::of(200, "text/plain", "a\0b"));
    for (path, status, body) in
        [("/broken", 500, json!("no")), ("/moved", 302, json!("")), ("/picture", 200, json!("iVBORw=="))]
    {
        let job = requested(&ada, json!({"url": receiver.url(path)})).await;
        assert_eq!(job["status"], "succeeded", "{job}");
        assert_eq!((&job["result"]["status"], &job["result"]["body"]), (&json!(status), &body), "{job}");
    }
    let job = requested(&ada, json!({"url": receiver.url("/zero")})).await;
    assert_eq!(job["result"]["body"], "a\0b", "every letter is kept: {job}");
    assert_eq!(receiver.received().len(), 4, "nothing is asked twice");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_the_jobs_error() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (ada, _) = server.owner("Ada", "pro").await;
    let gone = Receiver::start().await.url("/");
    receiver.will("/endless", Answer::Endless);
    receiver.will("/bomb", Answer::Bomb);
    receiver.will("/never", Answer::Never);
    receiver.will("/garbage", Answer::Garbage);
    let too_long = "The answer is longer than 262144 bytes.";
    for (payload, sentence) in [
        (json!({}), "Say in url whom to call, such as https://example.com/."),
        (
            json!({"url": "http://x/", "\0": 1}),
            r#"There is no field "\0". Use method, url, headers, body, timeout_seconds."#,
        ),
        (json!({"url": "ftp://example.com/"}), "Only http and https addresses can be called."),
        (
            json!({"url": "https://me:secret@example.com/"}),
            "The address must not hold a user name or a password; send them in a header.",
        ),
        (
            json!({"url": "http://169.254.169.254/"}),
            "169.254.169.254 is not on the public internet, so it is not called.",
        ),
        (json!({"url": "http://0xa000001/"}), "10.0.0.1 is not on the public internet, so it is not called."),
        (
            json!({"url": receiver.url("/"), "headers": {"Host": "x"}}),
            "The header host is written by this server and cannot be set.",
        ),
        (json!({"url": receiver.url("/endless")}), too_long),
        (json!({"url": receiver.url("/bomb")}), too_long),
        (json!({"url": receiver.url("/garbage")}), "127.0.0.1 broke off, or its answer was no HTTP."),
        (json!({"url": receiver.url("/never"), "timeout_seconds": 1}), "There was no whole answer within 1 s."),
        (json!({"url": gone}), "127.0.0.1 takes no connection."),
    ] {
        assert_eq!(failed(&requested(&ada, payload.clone()).await), sentence, "{payload}");
    }
}

#[tokio::test]
async fn the_tools_own_time_out_holds_whatever_the_payload_says() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (ada, _) = server.owner("Ada", "pro").await;
    server.database.change("update tenant.tools set timeout_seconds = 1 where name = 'http-request'").await;
    receiver.will("/", Answer::status(200).after(Duration::from_secs(60)));
    let job = requested(&ada, json!({"url": receiver.url("/"), "timeout_seconds": 50})).await;
    assert_eq!(failed(&job), "The tool took longer than 1 s.");
}

#[tokio::test]
async fn without_the_explicit_setting_this_machine_is_not_called() {
    let options = ServerOptions { loopback_tools: false, ..ServerOptions::default() };
    let (server, receiver) = (TestServer::with(options).await, Receiver::start().await);
    let (ada, _) = server.owner("Ada", "pro").await;
    for url in [receiver.url("/"), format!("http://localhost:{}/", receiver.port())] {
        let job = requested(&ada, json!({"url": url})).await;
        assert!(failed(&job).ends_with(" is not on the public internet, so it is not called."), "{job}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn one_workspaces_slow_call_does_not_hold_up_another() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let ((ada, _), (bob, _)) = (server.owner("Ada", "pro").await, server.owner("Bob", "pro").await);
    receiver.will("/never", Answer::Never);
    let slow = json!({"tool": "http-request", "action": "call", "payload": {"url": receiver.url("/never")}});
    for _ in 0..5 {
        ada.post("/api/v1/dispatch", &slow).await.expect(202);
    }
    receiver.until_received(5).await;
    let job = requested(&bob, json!({"url": receiver.url("/")})).await;
    assert_eq!(job["result"]["status"], 200, "{job}");
}
