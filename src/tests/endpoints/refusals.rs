//! What is refused to whom, and what is wrong with a wish.

use reqwest::Method;
use serde_json::{Value, json};
use tenantry_kernel::{Role, endpoint::MOST_ENDPOINTS};

use super::{ENDPOINTS, Stage};

#[tokio::test]
async fn every_field_out_of_bounds_is_named() {
    let stage = Stage::idle().await;
    let (id, _) = stage.endpoint("/hook", &["job.failed"]).await;
    let path = format!("{ENDPOINTS}/{id}");
    let wish = |changes: &Value| {
        let mut wish = json!({"url": "https://example.com/hook", "events": ["job.failed"]});
        wish.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        wish
    };
    for (changes, field, code) in [
        (json!({"url": ""}), "url", "REQUIRED"),
        (json!({"url": "nowhere"}), "url", "FORMAT"),
        (json!({"url": "http://10.0.0.1/"}), "url", "ADDRESS_NOT_ALLOWED"),
        (json!({"url": "http://169.254.169.254/latest"}), "url", "ADDRESS_NOT_ALLOWED"),
        (json!({"url": "https://ada:secret@example.com/"}), "url", "FORMAT"),
        (json!({"url": format!("https://example.com/{}", "x".repeat(2048))}), "url", "TOO_LONG"),
        (json!({"events": []}), "events", "REQUIRED"),
        (json!({"description": "x".repeat(101)}), "description", "TOO_LONG"),
        (json!({"description": "a\u{202e}b"}), "description", "CHARACTER_NOT_ALLOWED"),
        (json!({"secret": "mine"}), "secret", "UNKNOWN_FIELD"),
    ] {
        for reply in [stage.ada.post(ENDPOINTS, &wish(&changes)).await, stage.ada.patch(&path, &changes).await] {
            let reply = reply.refused(422, "INVALID");
            assert_eq!((reply.fields(), reply.text_at("/errors/0/code")), (vec![field.to_owned()], code.into()));
        }
    }
    for unknown in [json!(["job.invented"]), json!(["endpoint.test"]), json!("job.failed"), Value::Null] {
        stage.ada.post(ENDPOINTS, &wish(&json!({"events": unknown}))).await.refused(422, "INVALID");
        stage.ada.patch(&path, &json!({"events": unknown})).await.refused(422, "INVALID");
    }
    assert_eq!(stage.ada.post(ENDPOINTS, &json!({})).await.refused(422, "INVALID").fields(), ["url", "events"]);
    for action in ["rotate", "test"] {
        let reply = stage.ada.post(&format!("{path}/{action}"), &json!({"now": true})).await;
        assert_eq!(reply.refused(422, "INVALID").fields(), ["now"]);
    }
}

#[tokio::test]
async fn what_is_missing_is_missing_whatever_the_body_holds() {
    let stage = Stage::idle().await;
    let (id, _) = stage.endpoint("/hook", &["job.failed"]).await;
    let delivery = stage.trial(&id).await["id"].as_str().expect("an id").to_owned();
    let (eve, _) = stage.server.owner("Eve", "empire").await;
    let never = |id: &str| {
        let (front, last) = id.split_at(id.len() - 1);
        format!("{front}{}", if last == "0" { "1" } else { "0" })
    };
    let doors = |endpoint: &str, delivery: &str| {
        [
            (Method::GET, format!("{ENDPOINTS}/{endpoint}")),
            (Method::PATCH, format!("{ENDPOINTS}/{endpoint}")),
            (Method::DELETE, format!("{ENDPOINTS}/{endpoint}")),
            (Method::POST, format!("{ENDPOINTS}/{endpoint}/rotate")),
            (Method::POST, format!("{ENDPOINTS}/{endpoint}/test")),
            (Method::GET, format!("{ENDPOINTS}/{endpoint}/deliveries")),
            (Method::POST, format!("{ENDPOINTS}/deliveries/{delivery}/replay")),
        ]
    };
    let strange = doors(&never(&id), &never(&delivery));
    for ((method, path), (_, missing)) in doors(&id, &delivery).into_iter().zip(strange) {
        for body in ["{}", "no json", "{\"x\": 1}"] {
            let ask = |path: &str| eve.call(method.clone(), path).body("application/json", body.to_owned());
            let (theirs, nobodys) = (ask(&path).await, ask(&missing).await);
            assert_eq!(theirs.status, 404, "{method} {path} {body}: {}", theirs.text());
            assert_eq!(theirs.indistinguishable(), nobodys.indistinguishable(), "{method} {path} {body}");
        }
    }
    for malformed in ["end_x", "dlv_01h2xcejqtf2nbrexx3vqjhp41"] {
        stage.ada.get(&format!("{ENDPOINTS}/{malformed}")).await.refused(404, "NOT_FOUND");
    }
    assert_eq!(stage.deliveries(&id).await.len(), 1, "nothing was done to it");
    stage.ada.call(Method::DELETE, &format!("{ENDPOINTS}/{id}")).await.expect(204);
    stage.ada.call(Method::DELETE, &format!("{ENDPOINTS}/{id}")).await.refused(404, "NOT_FOUND");
    let left = "select (select count(*) from org.deliveries) + (select count(*) from org.endpoints)";
    assert_eq!(stage.server.database.truth::<i64>(left).await, 0);
}

#[tokio::test]
async fn roles_and_scopes_decide_who_may() {
    let stage = Stage::idle().await;
    let viewer = stage.server.member(&stage.acme, Role::Viewer).await;
    let runner = stage.server.member(&stage.acme, Role::Operator).await;
    let wish = json!({"url": "https://example.com/hook", "events": ["job.failed"]});
    for path in [ENDPOINTS, "/api/v1/webhooks/endpoints/end_01h2xcejqtf2nbrexx3vqjhp41"] {
        viewer.get(path).await.refused(403, "FORBIDDEN");
    }
    viewer.post(ENDPOINTS, &wish).await.refused(403, "FORBIDDEN");
    runner.post(ENDPOINTS, &wish).await.expect(201);
    let (_, manages) = stage.ada.key(&["manage"]).await;
    let (_, reads) = stage.ada.key(&["read", "dispatch", "usage", "verify"]).await;
    let made = stage.server.with_key(&manages).post(ENDPOINTS, &wish).await.expect(201).text_at("/endpoint/id");
    stage.server.with_key(&manages).get(&format!("{ENDPOINTS}/{made}/deliveries")).await.expect(200);
    stage.server.with_key(&reads).get(ENDPOINTS).await.refused(403, "FORBIDDEN");
    stage.server.get(ENDPOINTS).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_has_so_many_and_a_repeat_makes_no_second() {
    let stage = Stage::idle().await;
    let wish = json!({"url": "https://example.com/hook", "events": ["job.failed"]});
    let another = stage.server.another().await;
    let beside = stage.ada.moved_to(&another);
    let (one, two) = tokio::join!(stage.ada.post(ENDPOINTS, &wish).once("a"), beside.post(ENDPOINTS, &wish).once("a"));
    let shown: Vec<bool> = [&one, &two].iter().map(|reply| reply.at("/secret").is_string()).collect();
    assert_eq!((one.status, two.status), (201, 201), "{} {}", one.text(), two.text());
    assert_eq!(shown.iter().filter(|shown| **shown).count(), 1, "one of them shows it");
    assert_eq!(one.at("/endpoint"), two.at("/endpoint"));
    let other = json!({"url": "https://example.com/other", "events": ["job.failed"]});
    stage.ada.post(ENDPOINTS, &other).once("a").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    for _ in 2..MOST_ENDPOINTS {
        stage.ada.post(ENDPOINTS, &wish).await.expect(201);
    }
    let (one, two) = tokio::join!(stage.ada.post(ENDPOINTS, &wish), beside.post(ENDPOINTS, &wish));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "two never take the last place");
    let page = stage.ada.get(&format!("{ENDPOINTS}?limit=30")).await.expect(200);
    let rest =
        stage.ada.get(&format!("{ENDPOINTS}?limit=30&cursor={}", page.text_at("/next_cursor"))).await.expect(200);
    assert_eq!(page.at("/data").as_array().map(Vec::len), Some(30));
    assert_eq!((rest.at("/data").as_array().map(Vec::len), rest.at("/next_cursor")), (Some(20), Value::Null));
}

#[tokio::test]
async fn an_endpoint_as_it_is_shown() {
    let stage = Stage::idle().await;
    let body =
        json!({"url": "https://example.com/hook", "events": ["plan.changed", "job.failed"], "description": "CRM"});
    let made = stage.ada.post(ENDPOINTS, &body).await.expect(201);
    assert!(made.text_at("/secret").starts_with("whsec_"));
    let id = made.text_at("/endpoint/id");
    assert_eq!(stage.shown(&id).await, made.at("/endpoint"), "the same, without the secret");
    let stored = "select not exists (select from org.idempotency where body like '%whsec_%')
                     and (select octet_length(secret) from org.endpoints) = 61";
    assert!(stage.server.database.truth::<bool>(stored).await, "sealed: format, nonce, 32 bytes and tag");
    insta::assert_json_snapshot!(tenantry_testkit::redacted(&made.at("/endpoint")));
}
