//! The wizard's fourth step, and what it makes with the organization.

use serde_json::{Value, json};
use tenantry_testkit::{Person, Reply};

use super::scene::Scene;

/// Somebody who has answered the steps before.
async fn at_the_fourth_step(scene: &Scene) -> Person {
    let eve = scene.served.sign_up("Eve").await;
    for (verb, fields) in [
        ("onboarding/begin", &[][..]),
        ("onboarding/organization", &[("name", "Harbour Works")]),
        ("onboarding/plan", &[("plan", "free")]),
    ] {
        scene.calls_at(&eve, verb, fields).await;
    }
    eve
}

async fn completed(scene: &Scene, who: &Person, once: &str) -> Reply {
    scene.posts_nowhere(who, "complete", &[("once", once)]).await
}

async fn connected(choice: &str, address: &str, page: &str) -> (Scene, Person, String) {
    let scene = Scene::of("onboarding").await;
    let eve = at_the_fourth_step(&scene).await;
    let fields = [("connect", choice), ("address", address)];
    let next = scene.posts_nowhere(&eve, "integrations", &fields).await;
    assert_eq!(next.header("location"), Some("/onboarding/complete"));
    let left = completed(&scene, &eve, "a form's key").await;
    assert_eq!(left.header("location"), Some(page));
    let shown = scene.page_at(&eve, page, Some(&left)).await.expect(200).text();
    let again = scene.page_at(&eve, page, Some(&left)).await.expect(200).text();
    assert!(shown.contains("It is shown this once") && !again.contains("It is shown this once"), "{choice}");
    (scene, eve, shown)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_a_key_that_works() {
    let (_scene, eve, shown) = connected("key", "", "/keys").await;
    let text = shown.split("Bearer ").nth(1).expect("an example");
    let key: String = text.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    eve.with_key(&key).post("/api/v1/dispatch", &json!({"tool": "echo", "action": "greet"})).await.expect(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_the_work_becomes_a_tool() {
    let (_scene, eve, shown) = connected("tool", " https://crm.example.com/jobs ", "/tools").await;
    let tools = eve.get("/api/v1/tools").await.expect(200);
    let made = tools.json()["data"].as_array().expect("tools").iter().find(|tool| tool["kind"] == "webhook").cloned();
    assert_eq!(made.expect("it is made")["url"], "https://crm.example.com/jobs");
    assert!(shown.contains("whsec_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_tells_what_happened_gets_a_webhook_for_echo() {
    let (_scene, eve, shown) = connected("inbound", "", "/webhooks").await;
    let hook = eve.get("/api/v1/webhooks/inbound").await.expect(200).at("/data/0");
    assert_eq!((&hook["tool"], &hook["scheme"]), (&json!("echo"), &json!("standard")));
    assert!(shown.contains("whsec_") && shown.contains(hook["url"].as_str().expect("an address")));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_may_be_skipped_and_what_is_wrong_is_named() {
    let scene = Scene::of("onboarding").await;
    let eve = at_the_fourth_step(&scene).await;
    let answer = |fields: &'static [(&str, &str)]| scene.calls_at(&eve, "onboarding/integrations", fields);
    assert_eq!(answer(&[]).await.expect(422).fields(), ["connect"]);
    assert_eq!(answer(&[("connect", "everything")]).await.expect(422).fields(), ["connect"]);
    for address in ["", "nowhere", "http://10.0.0.1/"] {
        let fields = [("connect", "tool"), ("address", address)];
        let wrong = scene.calls_at(&eve, "onboarding/integrations", &fields).await.expect(422);
        assert_eq!(wrong.fields(), ["address"], "{address}");
    }
    let skipped = scene.posts_nowhere(&eve, "integrations", &[("skip", "true"), ("connect", "key")]).await;
    assert_eq!(skipped.header("location"), Some("/onboarding/complete"));
    assert_eq!(completed(&scene, &eve, "a form's key").await.header("location"), Some("/dashboard"));
    assert_eq!(eve.get("/api/v1/keys").await.expect(200).at("/data"), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_on_the_last_step_connects_one() {
    let scene = Scene::of("onboarding").await;
    let eve = at_the_fourth_step(&scene).await;
    scene.posts_nowhere(&eve, "integrations", &[("connect", "inbound")]).await;
    completed(&scene, &eve, "a form's key").await;
    let again = completed(&scene, &eve, "a form's key").await;
    assert_eq!(again.header("location"), Some("/dashboard"));
    let hooks = eve.get("/api/v1/webhooks/inbound").await.expect(200).at("/data");
    assert_eq!(hooks.as_array().map(Vec::len), Some(1));
    let organizations = eve.get("/api/tenant/organizations").await.expect(200).at("/organizations");
    assert_eq!(organizations.as_array().map(Vec::len), Some(1), "{}", organizations);
    assert_ne!(organizations, Value::Null);
}
