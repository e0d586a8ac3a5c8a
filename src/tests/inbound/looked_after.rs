//! Making, changing, listing and removing inbound webhooks.

use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_testkit::{TestServer, redacted};

use super::{SCHEMES, WEBHOOKS, event};

#[tokio::test]
async fn a_webhook_has_the_shapes_of_the_contract() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let wish =
        json!({"name": " crm ", "scheme": "stripe", "allowlist": ["160.16.120.186/32", "10.1.2.3/8"], "tool": "echo"});
    let made = ada.post(WEBHOOKS, &wish).await.expect(201);
    let id = made.text_at("/webhook/id");
    assert_eq!(made.text_at("/webhook/url"), format!("{}/hooks/{id}", server.base()));
    let mut shown = redacted(&made.json());
    shown["webhook"]["url"] = Value::from("[url]");
    assert_json_snapshot!("webhook_created", shown);
    let path = format!("{WEBHOOKS}/{id}");
    assert_eq!(ada.get(&path).await.expect(200).json(), json!({"webhook": made.at("/webhook")}));
    assert_eq!(ada.get(WEBHOOKS).await.expect(200).at("/data"), json!([made.at("/webhook")]));
    let change = json!({"name": "sales", "allowlist": [], "tool": null});
    let changed = ada.patch(&path, &change).await.expect(200);
    for (field, value) in change.as_object().expect("an object") {
        assert_eq!(changed.at("/webhook")[field], *value);
    }
    assert_eq!(ada.patch(&path, &json!({})).await.expect(200).json(), changed.json(), "nothing is nothing");
    assert_eq!(ada.call(Method::DELETE, &path).await.expect(204).text(), "");
    ada.get(&path).await.refused(404, "NOT_FOUND");
    ada.call(Method::DELETE, &path).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn every_field_out_of_bounds_is_named_and_nothing_is_made() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let many: Vec<String> = (0..101).map(|last| format!("10.0.0.{last}")).collect();
    let cases: [(Value, &[&str]); 9] = [
        (json!({}), &["name", "scheme"]),
        (json!({"name": "x", "scheme": "none"}), &["scheme"]),
        (json!({"name": "x".repeat(101), "scheme": "stripe"}), &["name"]),
        (json!({"name": "a\u{202e}b", "scheme": "stripe"}), &["name"]),
        (json!({"name": "x", "scheme": "stripe", "allowlist": ["everywhere"]}), &["allowlist"]),
        (json!({"name": "x", "scheme": "stripe", "allowlist": many}), &["allowlist"]),
        (json!({"name": "x", "scheme": "stripe", "tool": "nothing"}), &["tool"]),
        (json!({"name": "x", "scheme": "stripe", "tool": ""}), &["tool"]),
        (json!({"name": "x", "scheme": "stripe", "secret": "mine"}), &["secret"]),
    ];
    for (body, fields) in cases {
        assert_eq!(ada.post(WEBHOOKS, &body).await.refused(422, "INVALID").fields(), fields, "{body}");
    }
    let sender = ada.inbound("standard", &json!({})).await;
    let path = format!("{WEBHOOKS}/{}", sender.id);
    for (body, field) in [
        (json!({"name": ""}), "name"),
        (json!({"scheme": "stripe"}), "scheme"),
        (json!({"allowlist": null}), "allowlist"),
        (json!({"tool": "nothing"}), "tool"),
    ] {
        assert_eq!(ada.patch(&path, &body).await.refused(422, "INVALID").fields(), [field], "{body}");
    }
    ada.post(&format!("{path}/rotate"), &json!({"grace_period_hours": 721})).await.refused(422, "INVALID");
    let rows = "select count(*) from directory.inbound_webhooks";
    assert_eq!(server.database.truth::<i64>(rows).await, 1);
}

#[tokio::test]
async fn a_double_click_makes_one_and_shows_its_secret_once() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let wish = json!({"name": "crm", "scheme": "standard"});
    let first = ada.post(WEBHOOKS, &wish).once("once").await.expect(201);
    let again = ada.post(WEBHOOKS, &wish).once("once").await.expect(201);
    assert_eq!((again.at("/webhook"), again.at("/secret")), (first.at("/webhook"), Value::Null));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    ada.post(WEBHOOKS, &json!({"name": "other", "scheme": "standard"}))
        .once("once")
        .await
        .refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(ada.get(WEBHOOKS).await.expect(200).at("/data").as_array().map(Vec::len), Some(1));
    let all = "select (select string_agg(w::text, '') from directory.inbound_webhooks w)
        || (select string_agg(i::text, '') from org.idempotency i)";
    let (all, secret) = (server.database.truth::<String>(all).await, first.text_at("/secret"));
    assert!(!all.contains(&secret["whsec_".len()..]), "it lies nowhere in the clear");
}

#[tokio::test]
async fn a_workspace_has_a_thousand_at_most_and_lists_them_page_by_page() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    for number in 0..100 {
        ada.inbound(SCHEMES[number % 3], &json!({"name": format!("hook {number}")})).await;
    }
    let (mut names, mut path) = (Vec::new(), format!("{WEBHOOKS}?limit=33"));
    loop {
        let page = ada.get(&path).await.expect(200).json();
        names.extend(page["data"].as_array().expect("a page").iter().map(|webhook| webhook["name"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{WEBHOOKS}?limit=33&cursor={cursor}");
    }
    let expected: Vec<Value> = (0..100).rev().map(|number| json!(format!("hook {number}"))).collect();
    assert_eq!(names, expected);
    ada.get(&format!("{WEBHOOKS}?cursor=nonsense")).await.refused(422, "INVALID");
    let many = "insert into directory.inbound_webhooks
            (organization_id, inbound_id, tenant_id, name, scheme, allowlist, secret)
        select organization_id, gen_random_uuid(), tenant_id, 'hook', 'standard', '{}', '\\x00'
        from directory.tenants, generate_series(1, 899)";
    server.database.change(many).await;
    ada.inbound("standard", &json!({})).await;
    let wish = json!({"name": "one more", "scheme": "standard"});
    let refusal = ada.post(WEBHOOKS, &wish).await.refused(409, "CONFLICT");
    assert_eq!(refusal.text_at("/fix"), "Delete one that is not used any more.");
}

#[tokio::test]
async fn anothers_webhook_is_a_missing_one() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (eve, _) = server.owner("Eve", "free").await;
    let hers = ada.inbound("standard", &json!({})).await;
    hers.send("msg_1", &event("1")).await.expect(202);
    let receipt = ada.get(&format!("{WEBHOOKS}/{}/receipts", hers.id)).await.expect(200).text_at("/data/0/id");
    let never = "inb_7zzzzzzzzzzzzzzzzzzzzzzzzz";
    for (method, tail, body) in [
        (Method::GET, "", None),
        (Method::PATCH, "", Some(json!({"name": "mine"}))),
        (Method::PATCH, "", Some(json!({"name": 7}))),
        (Method::DELETE, "", None),
        (Method::POST, "/rotate", None),
        (Method::GET, "/receipts", None),
        (Method::GET, "/receipts?cursor=nonsense", None),
    ] {
        let call = |id: &str| {
            let call = eve.call(method.clone(), &format!("{WEBHOOKS}/{id}{tail}"));
            body.iter().fold(call, |call, body| call.json(body))
        };
        let (theirs, missing) = (call(&hers.id).await, call(never).await);
        let (theirs, missing) = (theirs.refused(404, "NOT_FOUND"), missing.refused(404, "NOT_FOUND"));
        assert_eq!(theirs.indistinguishable(), missing.indistinguishable(), "{method} {tail}");
    }
    let body = |receipt: &str| format!("{WEBHOOKS}/receipts/{receipt}/body");
    eve.get(&body(&receipt)).await.refused(404, "NOT_FOUND");
    let own = ada.get(&body(&receipt)).await.expect(200);
    assert_eq!((own.text(), own.header("content-disposition")), (event("1").to_string(), Some("attachment")));
}

#[tokio::test]
async fn a_key_needs_the_scope_manage() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (_, lacking) = ada.key(&["read", "dispatch", "usage", "verify"]).await;
    let (_, manage) = ada.key(&["manage"]).await;
    let wish = json!({"name": "crm", "scheme": "standard"});
    server.with_key(&lacking).get(WEBHOOKS).await.refused(403, "FORBIDDEN");
    server.with_key(&lacking).post(WEBHOOKS, &wish).await.refused(403, "FORBIDDEN");
    server.with_key(&manage).post(WEBHOOKS, &wish).await.expect(201);
}

#[tokio::test]
async fn with_a_webhook_everything_of_it_goes_and_its_jobs_stay() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let (with_tool, without) =
        (ada.inbound("standard", &json!({"tool": "echo"})).await, ada.inbound("standard", &json!({})).await);
    let job = with_tool.send("msg_1", &event("1")).await.expect(202).text_at("/receipt/job");
    without.send("msg_1", &event("1")).await.expect(202);
    for sender in [&with_tool, &without] {
        ada.call(Method::DELETE, &format!("{WEBHOOKS}/{}", sender.id)).await.expect(204);
        sender.send("msg_2", &event("2")).await.refused(404, "NOT_FOUND");
    }
    let left = "select (select count(*) from org.inbound_receipts) + (select count(*) from org.inbound_marks)
        + (select count(*) from tenant.inbound_bodies)";
    assert_eq!(server.database.truth::<i64>(left).await, 0);
    ada.get(&format!("/api/v1/jobs/{job}")).await.expect(200);
}
