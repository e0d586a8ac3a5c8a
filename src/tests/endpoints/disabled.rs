//! Endpoints that are told nothing: switched off, gone, or failing for days.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantry_kernel::Role;
use tenantry_testkit::{Answer, PostOffice};

use super::{ENDPOINTS, Stage};

/// The subjects of the mails about endpoints to an address.
async fn mails(office: &PostOffice, to: &str) -> Vec<String> {
    let mails = office.mails(to).await;
    mails.into_iter().filter(|mail| mail.subject.contains("endpoint")).map(|mail| mail.text).collect()
}

#[tokio::test]
async fn what_is_switched_off_gets_nothing_and_hears_nothing_later() {
    let stage = Stage::new().await;
    let (id, _) = stage.endpoint("/hook", &["job.succeeded"]).await;
    stage.receiver.will("/hook", Answer::status(500));
    stage.job().await;
    stage
        .until(&id, "put off", |all| !all.is_empty() && all[0]["attempts"] == 1 && !all[0]["next_attempt_at"].is_null())
        .await;
    let path = format!("{ENDPOINTS}/{id}");
    let off = stage.ada.patch(&path, &json!({"enabled": false})).await.expect(200).at("/endpoint");
    assert_eq!((&off["enabled"], &off["disabled"]["reason"]), (&json!(false), &json!("by_hand")));
    let dropped = stage.until_all(&id, "dropped", 1).await;
    stage.job().await;
    stage.hurry().await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(stage.receiver.received().len(), 1, "it gets nothing");
    for refused in [format!("{path}/test"), replay_of(&dropped[0])] {
        stage.ada.post(&refused, &json!({})).await.refused(409, "CONFLICT");
    }
    stage.receiver.will("/hook", Answer::default());
    let on = stage.ada.patch(&path, &json!({"enabled": true})).await.expect(200).at("/endpoint");
    assert_eq!((&on["enabled"], &on["disabled"], &on["failing_since"]), (&json!(true), &Value::Null, &Value::Null));
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(stage.receiver.received().len(), 1, "what has happened meanwhile is not told");
    // But what was dropped can be asked for.
    stage.ada.post(&replay_of(&dropped[0]), &json!({})).await.expect(202);
    stage.until_all(&id, "delivered", 1).await;
}

fn replay_of(delivery: &Value) -> String {
    format!("{ENDPOINTS}/deliveries/{}/replay", delivery["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn what_says_that_it_is_gone_is_disabled_at_once_and_owners_are_told() {
    let stage = Stage::new().await;
    let office = PostOffice::open(&stage.server.database.services, None);
    stage.server.database.change("update platform.users set email_verified_at = app.now()").await;
    let admin = stage.server.member(&stage.acme, Role::Admin).await;
    let (id, _) = stage.endpoint("/hook?token=hush", &["job.succeeded"]).await;
    stage.receiver.will_in_turn("/hook", [Answer::status(500), Answer::status(410)]);
    stage.job().await;
    stage
        .until(&id, "put off", |all| !all.is_empty() && !all[0]["next_attempt_at"].is_null() && all[0]["attempts"] == 1)
        .await;
    stage.job().await;
    stage.until_all(&id, "failed", 1).await;
    let gone = stage.shown(&id).await;
    assert_eq!((&gone["enabled"], &gone["disabled"]["reason"]), (&json!(false), &json!("gone")));
    stage.until_all(&id, "dropped", 1).await;
    stage.hurry().await;
    stage.job().await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(stage.receiver.received().len(), 2);
    let told = mails(&office, &stage.ada.email).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("127.0.0.1") && told[0].contains("410") && !told[0].contains("hush"), "{}", told[0]);
    assert!(told[0].contains(&format!("/webhooks?tenant={}", stage.acme.tenant)), "{}", told[0]);
    assert_eq!(mails(&office, &admin.email).await.len(), 0, "it is the owners who are told");
}

#[tokio::test]
async fn what_takes_nothing_for_days_is_disabled_when_a_message_is_given_up() {
    let stage = Stage::new().await;
    let office = PostOffice::open(&stage.server.database.services, None);
    stage.server.database.change("update platform.users set email_verified_at = app.now()").await;
    let (id, _) = stage.endpoint("/hook", &["job.succeeded"]).await;
    stage.receiver.will("/hook", Answer::status(500));
    stage.job().await;
    stage
        .until(&id, "put off", |all| !all.is_empty() && all[0]["attempts"] == 1 && !all[0]["next_attempt_at"].is_null())
        .await;
    stage.server.database.change("update org.deliveries set tries = 8").await;
    stage.hurry().await;
    stage.until_all(&id, "failed", 1).await;
    assert_eq!(stage.shown(&id).await["enabled"], true, "one message alone does not end it");
    stage.server.database.turn_clock(TimeDelta::days(4)).await;
    stage.job().await;
    stage.until(&id, "put off", |all| all[0]["attempts"] == 1 && !all[0]["next_attempt_at"].is_null()).await;
    assert_eq!(stage.shown(&id).await["enabled"], true, "it has a day to take this one");
    stage.server.database.change("update org.deliveries set tries = 8").await;
    stage.hurry().await;
    stage.until_all(&id, "failed", 2).await;
    let failing = stage.shown(&id).await;
    assert_eq!((&failing["enabled"], &failing["disabled"]["reason"]), (&json!(false), &json!("failing")));
    assert_eq!(mails(&office, &stage.ada.email).await.len(), 1);
}

#[tokio::test]
async fn what_waits_in_a_suspended_workspace_goes_out_when_it_is_not_any_more() {
    let stage = Stage::new().await;
    let (id, _) = stage.endpoint("/hook", &["job.succeeded"]).await;
    stage.receiver.will_in_turn("/hook", [Answer::status(500), Answer::default()]);
    stage.job().await;
    stage
        .until(&id, "put off", |all| !all.is_empty() && all[0]["attempts"] == 1 && !all[0]["next_attempt_at"].is_null())
        .await;
    stage.server.database.set_suspended(stage.acme.tenant, true).await;
    stage.hurry().await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(stage.receiver.received().len(), 1);
    stage.ada.get(ENDPOINTS).await.refused(403, "TENANT_SUSPENDED");
    stage.server.database.set_suspended(stage.acme.tenant, false).await;
    stage.receiver.until_received(2).await;
    stage.until_all(&id, "delivered", 1).await;
}
