//! Every field has bounds: what is beyond them is refused by the field's name, and nothing is written.

use serde_json::{Value, json};
use tenantry_testkit::TestServer;

const SIGN_UP: &str = "/api/v1/auth/sign-up";
const SIGN_IN: &str = "/api/v1/auth/sign-in";
const ORGANIZATIONS: &str = "/api/tenant/organizations";
const DISPATCH: &str = "/api/v1/dispatch";

/// A right sign-up with some fields changed.
fn sign_up_with(changes: &Value) -> Value {
    changed(json!({"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}), changes)
}

fn changed(mut body: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn every_field_of_a_sign_up_that_is_out_of_bounds_is_named() {
    let server = TestServer::without_worker().await;
    let cases: [(Value, &[&str]); 18] = [
        (json!({"name": "", "email": "", "password": ""}), &["name", "email", "password"]),
        (json!({"name": " \t "}), &["name"]),
        (json!({"name": "x".repeat(101)}), &["name"]),
        (json!({"name": "Ada\u{202e}ecalevoL"}), &["name"]),
        (json!({"name": "Ada\u{0}"}), &["name"]),
        (json!({"name": "Ada\nLovelace"}), &["name"]),
        (json!({"name": "\u{200b}"}), &["name"]),
        (json!({"email": "ada"}), &["email"]),
        (json!({"email": "ada@example"}), &["email"]),
        (json!({"email": "a da@example.com"}), &["email"]),
        (json!({"email": "ada@example.com\u{0}"}), &["email"]),
        (json!({"email": "\"<script>\"@example.com"}), &["email"]),
        (json!({"email": format!("{}@example.com", "x".repeat(65))}), &["email"]),
        (json!({"email": format!("ada@{}.com", "x.".repeat(124))}), &["email"]),
        (json!({"password": "ninechars"}), &["password"]),
        (json!({"password": "x".repeat(129)}), &["password"]),
        (json!({"password": "Password123!"}), &["password"]),
        (json!({"password": "aaaaaaaaaaaa"}), &["password"]),
    ];
    for (changes, fields) in cases {
        let reply = server.post(SIGN_UP, &sign_up_with(&changes)).await.refused(422, "INVALID");
        assert_eq!(reply.fields(), fields, "{changes}");
        assert!(reply.cookie().is_none());
    }
    server.post(SIGN_UP, &json!({})).await.refused(422, "INVALID");
    assert_eq!(server.database.truth::<i64>("select count(*) from platform.users").await, 0);
}

#[tokio::test]
async fn every_field_of_a_sign_in_that_is_out_of_bounds_is_named() {
    let server = TestServer::without_worker().await;
    let cases: [(Value, &[&str]); 4] = [
        (json!({}), &["email", "password"]),
        (json!({"email": "ada", "password": "x"}), &["email"]),
        (json!({"email": "ada@example.com", "password": "x".repeat(129)}), &["password"]),
        (json!({"email": "ada@example.com", "password": "x", "remember": true}), &["remember"]),
    ];
    for (body, fields) in cases {
        let reply = server.post(SIGN_IN, &body).await.refused(422, "INVALID");
        assert_eq!(reply.fields(), fields, "{body}");
    }
    // What cannot be a right password may still be a wrong one.
    server
        .post(SIGN_IN, &json!({"email": "ada@example.com", "password": "x"}))
        .await
        .refused(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn what_lies_exactly_at_the_bounds_is_taken() {
    let server = TestServer::without_worker().await;
    let host = format!("{}.{}.{}.com", "b".repeat(63), "c".repeat(63), "d".repeat(57));
    let longest = format!("{}@{host}", "a".repeat(64));
    assert_eq!(longest.len(), 254);
    for changes in [
        json!({"name": "é".repeat(100)}),
        json!({"email": longest}),
        json!({"email": "ten@example.com", "password": "ten chars!"}),
        json!({"email": "long@example.com", "password": "Ünï".repeat(42)}),
    ] {
        server.post(SIGN_UP, &sign_up_with(&changes)).await.expect(201);
    }
}

#[tokio::test]
async fn text_that_only_looks_hostile_comes_back_as_it_went_in() {
    let server = TestServer::without_worker().await;
    let names = ["<script>alert(1)</script>", "'; drop table platform.users; --", "👩‍👩‍👧‍👦", "مرحبا", "{{7*7}}", "\u{e9}"];
    for (number, name) in names.into_iter().enumerate() {
        let email = format!("somebody{number}@example.com");
        let reply = server.post(SIGN_UP, &sign_up_with(&json!({"name": name, "email": email}))).await.expect(201);
        assert_eq!(reply.text_at("/user/name"), name);
    }
    let decomposed = sign_up_with(&json!({"name": "Cafe\u{301}"}));
    assert_eq!(server.post(SIGN_UP, &decomposed).await.expect(201).text_at("/user/name"), "Café");
}

#[tokio::test]
async fn a_password_may_be_typed_on_two_keyboards() {
    let server = TestServer::without_worker().await;
    server.post(SIGN_UP, &sign_up_with(&json!({"password": "cafe\u{301} au lait"}))).await.expect(201);
    server.post(SIGN_IN, &json!({"email": "ada@example.com", "password": "caf\u{e9} au lait"})).await.expect(200);
}

#[tokio::test]
async fn a_field_that_is_unknown_or_of_the_wrong_type_is_named() {
    let server = TestServer::without_worker().await;
    let cases = [
        (json!({"admin": true}), "admin", "UNKNOWN_FIELD"),
        (json!({"name": 7}), "name", "WRONG_TYPE"),
        (json!({"password": ["correct horse battery"]}), "password", "WRONG_TYPE"),
        (json!({"email": null}), "email", "WRONG_TYPE"),
    ];
    for (changes, field, code) in cases {
        let reply = server.post(SIGN_UP, &sign_up_with(&changes)).await.refused(422, "INVALID");
        assert_eq!(reply.text_at("/errors/0/field"), field);
        assert_eq!(reply.text_at("/errors/0/code"), code, "{changes}");
    }
    let twice = r#"{"name": "Ada", "name": "Eve", "email": "ada@example.com", "password": "correct horse battery"}"#;
    let reply = server.call("POST".parse().expect("a method"), SIGN_UP).body("application/json", twice).await;
    assert_eq!(reply.refused(422, "INVALID").text_at("/errors/0/code"), "DUPLICATE_FIELD");
    assert_eq!(server.database.truth::<i64>("select count(*) from platform.users").await, 0);
}

#[tokio::test]
async fn the_fields_of_an_organization_have_bounds() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let cases: [(Value, &[&str]); 11] = [
        (json!({}), &["name"]),
        (json!({"name": "x".repeat(101), "slug": "ab"}), &["name", "slug"]),
        (json!({"name": "Acme", "slug": "Acme"}), &["slug"]),
        (json!({"name": "Acme", "slug": "-acme"}), &["slug"]),
        (json!({"name": "Acme", "slug": "acme-"}), &["slug"]),
        (json!({"name": "Acme", "slug": "ac--me"}), &["slug"]),
        (json!({"name": "Acme", "slug": "x".repeat(41)}), &["slug"]),
        (json!({"name": "Acme", "slug": "www"}), &["slug"]),
        (json!({"name": "Acme", "slug": "acme\u{0}"}), &["slug"]),
        (json!({"name": "Acme", "plan": "imaginary"}), &["plan"]),
        (json!({"name": "Acme", "plan": "free\u{0}"}), &["plan"]),
    ];
    for (body, fields) in cases {
        let reply = ada.post(ORGANIZATIONS, &body).await.refused(422, "INVALID");
        assert_eq!(reply.fields(), fields, "{body}");
    }
    assert_eq!(server.database.truth::<i64>("select count(*) from directory.organizations").await, 0);
}

#[tokio::test]
async fn any_name_of_an_organization_gives_an_address() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    for name in ["日本", "é", "API", "Ünïcode & Söhne", "a", "Ada's company"] {
        let organization = ada.create_organization(name, "pro").await;
        assert!((3..=40).contains(&organization.slug.len()), "{}", organization.slug);
    }
    let again = ada.create_organization("日本", "pro").await;
    assert!(again.slug.starts_with("workspace-"), "{}", again.slug);
}

#[tokio::test]
async fn the_fields_of_a_dispatch_have_bounds() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let right = json!({"tool": "echo", "action": "say", "payload": {}, "when_full": "queue"});
    let nested = |levels: usize| (1..levels).fold(Value::Null, |inner, _| json!([inner]));
    let text = |bytes: usize| Value::String("x".repeat(bytes - 2));
    let cases: [(Value, &str); 9] = [
        (json!({"tool": ""}), "tool"),
        (json!({"tool": "x".repeat(65)}), "tool"),
        (json!({"action": ""}), "action"),
        (json!({"action": "x".repeat(65)}), "action"),
        (json!({"action": "say\u{0}"}), "action"),
        (json!({"payload": nested(33)}), "payload"),
        (json!({"payload": text(256 * 1024 + 1)}), "payload"),
        (json!({"when_full": "wait"}), "when_full"),
        (json!({"priority": 1}), "priority"),
    ];
    for (changes, field) in cases {
        let reply = ada.post(DISPATCH, &changed(right.clone(), &changes)).await.refused(422, "INVALID");
        assert_eq!(reply.fields(), [field]);
    }
    assert_eq!(server.database.truth::<i64>("select count(*) from org.jobs").await, 0);
    for payload in [nested(32), text(256 * 1024), Value::Null, json!("\u{0}"), json!(1e300)] {
        let id = ada
            .post(DISPATCH, &changed(right.clone(), &json!({"payload": payload})))
            .await
            .expect(202)
            .text_at("/job/id");
        assert_eq!(ada.get(&format!("/api/v1/jobs/{id}")).await.expect(200).at("/job/payload"), payload);
    }
    ada.post(DISPATCH, &json!({"tool": "echo", "action": "x".repeat(64), "when_full": "queue"})).await.expect(202);
}

#[tokio::test]
async fn an_idempotency_key_has_bounds() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let body = json!({"tool": "echo", "action": "say", "when_full": "queue"});
    for key in ["", " ", &"k".repeat(256), "clé"] {
        let reply = ada.post(DISPATCH, &body).once(key).await.refused(422, "INVALID");
        assert_eq!(reply.fields(), ["Idempotency-Key"], "{key}");
    }
    ada.post(DISPATCH, &body).once(&"k".repeat(255)).await.expect(202);
}

#[tokio::test]
async fn a_page_of_a_list_has_bounds() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    for path in ["/api/v1/jobs", "/api/v1/tools"] {
        for limit in ["0", "101", "-1", "x", "", "1e3", "99999999999999999999"] {
            let reply = ada.get(&format!("{path}?limit={limit}")).await.refused(422, "INVALID");
            assert_eq!(reply.fields(), ["limit"], "{limit}");
        }
        for cursor in ["%00".to_owned(), "x".repeat(513)] {
            let reply = ada.get(&format!("{path}?cursor={cursor}")).await.refused(422, "INVALID");
            assert_eq!(reply.fields(), ["cursor"]);
        }
        ada.get(&format!("{path}?limit=1&limit=2")).await.refused(422, "INVALID");
    }
    ada.get("/api/v1/jobs?cursor=job_nonsense").await.refused(422, "INVALID");
}
