//! What a tool's jobs are signed with: shown once, sealed in the database, replaced without a gap.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_domain::keyring::Place;
use tenantry_testkit::TestServer;
use uuid::Uuid;

use super::{TOOLS, made, wish};

/// The bytes behind a secret's text.
fn bytes(text: &str) -> Vec<u8> {
    STANDARD.decode(text.strip_prefix("whsec_").expect("the prefix of Standard Webhooks")).expect("base64")
}

/// What the two columns of the only webhook hold, opened as whoever signs opens them, and until when the second counts.
async fn opened(server: &TestServer) -> (Option<Vec<u8>>, Option<Vec<u8>>, Option<DateTime<Utc>>) {
    type Row = (Uuid, Uuid, Option<Vec<u8>>, Option<Vec<u8>>, Option<DateTime<Utc>>);
    let query =
        "select tenant_id, tool_id, secret, previous_secret, previous_until from tenant.tools where url is not null";
    let mut superuser = server.database.superuser().await;
    let (owner, row, current, previous, until): Row =
        sqlx::query_as(query).fetch_one(&mut superuser).await.expect("there is one");
    let open = |column, sealed: Option<Vec<u8>>| {
        let place = Place { table: "tenant.tools", column, row, owner };
        sealed.map(|sealed| server.database.services.keyring.open(place, &sealed).expect("it opens in its place"))
    };
    (open("secret", current), open("previous_secret", previous), until)
}

#[tokio::test]
async fn a_secret_is_shown_once_and_a_repeat_makes_nothing_and_tells_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let created = ada.post(TOOLS, &wish(&json!({}))).once("once").await.expect(201);
    let secret = created.text_at("/secret");
    assert_eq!(bytes(&secret).len(), 32);
    let repeat = ada.post(TOOLS, &wish(&json!({}))).once("once").await.expect(201);
    assert_eq!((repeat.at("/tool"), repeat.at("/secret")), (created.at("/tool"), Value::Null));
    assert_eq!(repeat.header("idempotency-replayed"), Some("true"));
    ada.post(TOOLS, &wish(&json!({"name": "b"}))).once("once").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(opened(&server).await, (Some(bytes(&secret)), None, None));

    let rotate = format!("{TOOLS}/{}/rotate", created.text_at("/tool/id"));
    let rotated = ada.call(Method::POST, &rotate).once("again").await.expect(201);
    let repeat = ada.call(Method::POST, &rotate).once("again").await.expect(201);
    assert_eq!((repeat.at("/previous"), repeat.at("/secret")), (rotated.at("/previous"), Value::Null));
    assert_eq!(opened(&server).await.0, Some(bytes(&rotated.text_at("/secret"))), "it was rotated once");
    // The same words for another effect are another request.
    ada.post(&rotate, &json!({})).once("again").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    for path in [TOOLS.to_owned(), format!("{TOOLS}/{}", created.text_at("/tool/id"))] {
        assert!(!ada.get(&path).await.expect(200).text().contains("whsec_"));
    }
}

#[tokio::test]
async fn a_stolen_copy_of_the_tables_holds_no_secret_in_the_clear() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let created = ada.post(TOOLS, &wish(&json!({}))).once("a").await.expect(201);
    let rotate = format!("{TOOLS}/{}/rotate", created.text_at("/tool/id"));
    let rotated = ada.call(Method::POST, &rotate).once("b").await.expect(201);
    let copy: String = server
        .database
        .truth(
            "select string_agg(query_to_xml(format('select t::text as row from %s t', c.oid::regclass), true, false, '')::text, '')
             from pg_class c where c.relkind = 'r'
               and c.relnamespace::regnamespace::text in ('platform', 'directory', 'org', 'tenant')",
        )
        .await;
    assert!(copy.contains("https://example.com/hook"), "the copy holds the tool");
    for secret in [created.text_at("/secret"), rotated.text_at("/secret")] {
        let bytes = bytes(&secret);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = secret.trim_start_matches("whsec_").to_owned();
        for form in [text, hex, STANDARD.encode(&secret)] {
            assert!(!copy.to_lowercase().contains(&form.to_lowercase()), "it holds a secret");
        }
    }
}

#[tokio::test]
async fn the_secret_before_a_rotation_signs_for_a_day_and_the_one_before_that_no_more() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let created = ada.post(TOOLS, &wish(&json!({}))).await.expect(201);
    let rotate = format!("{TOOLS}/{}/rotate", created.text_at("/tool/id"));
    let first = ada.post(&rotate, &json!({})).await.expect(201);
    let (current, previous, until) = opened(&server).await;
    assert_eq!(current, Some(bytes(&first.text_at("/secret"))));
    assert_eq!(previous, Some(bytes(&created.text_at("/secret"))));
    assert_eq!(first.at("/previous/expires_at"), json!(until));
    let left = until.expect("a moment") - server.database.services.clock.now();
    assert!(left > TimeDelta::hours(24) - TimeDelta::minutes(5) && left <= TimeDelta::hours(24), "{left}");
    let second = ada.post(&rotate, &json!({})).await.expect(201);
    let (current, previous, _) = opened(&server).await;
    assert_eq!(current, Some(bytes(&second.text_at("/secret"))));
    assert_eq!(previous, Some(bytes(&first.text_at("/secret"))));
}

#[tokio::test]
async fn a_secret_that_cannot_be_opened_any_more_is_replaced_all_the_same() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let path = made(&ada, &json!({})).await;
    server.database.change("update tenant.tools set secret = '\\x00' where url is not null").await;
    let rotated = ada.call(Method::POST, &format!("{path}/rotate")).await.expect(201);
    assert_eq!(opened(&server).await, (Some(bytes(&rotated.text_at("/secret"))), None, None));
    let ends: DateTime<Utc> = rotated.text_at("/previous/expires_at").parse().expect("a time");
    assert!(ends <= server.database.services.clock.now() + TimeDelta::minutes(1), "it has signed nothing");
}

#[tokio::test]
async fn the_database_keeps_a_webhook_from_lacking_what_it_needs() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    made(&ada, &json!({})).await;
    let mut superuser = server.database.superuser().await;
    for change in [
        "update tenant.tools set url = null where url is not null",
        "update tenant.tools set secret = null where url is not null",
        "update tenant.tools set url = 'https://example.com/' where name = 'echo'",
        "update tenant.tools set secret = 'x' where name = 'echo'",
        "update tenant.tools set previous_secret = 'x' where url is not null",
        "update tenant.tools set kind = 'builtin' where url is not null",
        "update tenant.tools set kind = 'plugin' where name = 'echo'",
    ] {
        let error = sqlx::raw_sql(change).execute(&mut superuser).await.expect_err(change);
        assert_eq!(error.as_database_error().and_then(|error| error.code()).as_deref(), Some("23514"), "{change}");
    }
}
