//! The calls of the webhooks pages, as forms with and without a script send them, in every role.

use serde_json::{Value, json};
use tenantry_kernel::Role;

use super::scene::{Scene, secret_in, with};

const WISH: [(&str, &str); 4] =
    [("name", "Payments"), ("scheme", "stripe"), ("allowlist", "10.0.0.0/8\r\n192.0.2.7"), ("tool", "echo")];

#[tokio::test(flavor = "multi_thread")]
async fn a_script_gets_a_secret_and_a_list_without_it() {
    let scene = Scene::of("webhooks").await;
    let made = scene.calls(&scene.owner, "create-inbound", &WISH).await.expect(200);
    let (secret, id) = (made.text_at("/secret"), made.text_at("/id"));
    assert!(secret.starts_with("whsec_") && made.text_at("/example").contains(&secret), "{}", made.text());
    let list = scene.calls(&scene.owner, "list-inbound", &[]).await.expect(200);
    let hook = list.at("/hooks/0");
    assert_eq!((&hook["id"], &hook["tool"]), (&json!(id), &json!("echo")));
    assert_eq!(hook["allowlist"], "10.0.0.0/8\n192.0.2.7/32");
    assert_eq!(list.at("/tools"), json!(["echo", "http-request"]));
    let sheet = scene.calls(&scene.owner, "inbound", &[("webhook", &id)]).await.expect(200);
    assert_eq!((sheet.at("/hook"), sheet.at("/receipts")), (hook, json!([])));
    assert!(!list.text().contains("whsec_") && secret_in(&sheet.text()).is_none_or(|text| text.len() < 20));
    let change = [("webhook", id.as_str()), ("name", "Bills"), ("allowlist", ""), ("tool", "")];
    scene.calls(&scene.owner, "change-inbound", &change).await.expect(200);
    let list = scene.calls(&scene.owner, "list-inbound", &[]).await.expect(200);
    let hook = list.at("/hooks/0");
    assert_eq!((&hook["name"], &hook["allowlist"], &hook["tool"]), (&json!("Bills"), &json!(""), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_script_is_shown_the_secret_once_and_in_no_address() {
    let scene = Scene::of("webhooks").await;
    let left = scene.posts(&scene.owner, "create-inbound", &WISH).await;
    assert_eq!(left.header("location"), Some("/webhooks"));
    let page = scene.page(&scene.owner, Some(&left)).await.expect(200);
    let first = secret_in(&page.text()).expect("it is shown");
    let again = scene.page(&scene.owner, Some(&left)).await.expect(200);
    assert!(!again.text().contains(&first), "it was shown before");

    let id = scene.calls(&scene.owner, "list-inbound", &[]).await.text_at("/hooks/0/id");
    let left = scene.posts(&scene.owner, "rotate-inbound", &[("webhook", &id), ("grace_period_hours", "1")]).await;
    let own = format!("/webhooks/{id}");
    assert_eq!(left.header("location"), Some(own.as_str()));
    let page = scene.page_at(&scene.owner, &own, Some(&left)).await.expect(200).text();
    assert!(secret_in(&page).is_some_and(|second| second != first) && page.contains("The old secret is good until"));

    let left = scene.posts(&scene.owner, "remove-inbound", &[("webhook", &id)]).await;
    assert_eq!(left.header("location"), Some("/webhooks"));
    scene.page_at(&scene.owner, &own, None).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_come_is_shown_with_the_rule_that_turned_it_away() {
    let scene = Scene::of("webhooks").await;
    let sender = scene.owner.inbound("standard", &json!({})).await;
    sender.send("msg_1", &json!({"type": "invoice.paid", "note": "<b>bold</b>"})).await.expect(202);
    sender.call(&[], "{}").await.expect(401);
    let sheet = scene.calls(&scene.owner, "inbound", &[("webhook", &sender.id)]).await.expect(200);
    assert_eq!(
        (sheet.text_at("/receipts/0/outcome"), sheet.at("/receipts/0/refused")),
        ("SIGNATURE_INVALID".into(), json!(true))
    );
    assert_eq!(
        (sheet.text_at("/receipts/1/outcome"), sheet.text_at("/receipts/1/title")),
        ("let in".into(), "invoice.paid".into())
    );
    let page = scene.page_at(&scene.owner, &format!("/webhooks/{}", sender.id), None).await.expect(200).text();
    assert!(page.contains("Signature invalid") && page.contains("invoice.paid"), "both are on the page");
    assert!(!page.contains("<b>bold</b>"), "what a stranger says is text");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_twice_makes_one_webhook_and_one_secret() {
    let scene = Scene::of("webhooks").await;
    let wish = with(&WISH, &[("once", "a form's key")]);
    let first = scene.calls(&scene.owner, "create-inbound", &wish).await.expect(200);
    let repeat = scene.calls(&scene.owner, "create-inbound", &wish).await.expect(200);
    assert_eq!((repeat.at("/id"), repeat.at("/secret")), (first.at("/id"), Value::Null));
    let other = with(&wish[1..], &[("name", "Other")]);
    assert_ne!(scene.calls(&scene.owner, "create-inbound", &other).await.expect(200).at("/id"), first.at("/id"));
    let id = first.text_at("/id");
    let turn = [("webhook", id.as_str()), ("once", "a dialog's key")];
    let new = scene.calls(&scene.owner, "rotate-inbound", &turn).await.expect(200).text_at("/secret");
    assert_ne!(new, first.text_at("/secret"));
    assert_eq!(scene.calls(&scene.owner, "rotate-inbound", &turn).await.expect(200).at("/secret"), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_the_operators_and_a_viewer_is_told_so() {
    let scene = Scene::of("webhooks").await;
    let (viewer, operator) = (scene.member(Role::Viewer).await, scene.member(Role::Operator).await);
    let id = scene.calls(&operator, "create-inbound", &WISH).await.expect(200).text_at("/id");
    // Whatever the fields hold, who may not is told so first.
    for (verb, fields) in [
        ("list-inbound", &[][..]),
        ("inbound", &[("webhook", "no id")]),
        ("create-inbound", &[("scheme", "none")]),
        ("change-inbound", &[("webhook", "no id")]),
        ("rotate-inbound", &[("webhook", id.as_str()), ("grace_period_hours", "soon")]),
        ("remove-inbound", &[("webhook", id.as_str())]),
    ] {
        scene.calls(&viewer, verb, fields).await.refused(403, "FORBIDDEN");
    }
    for path in ["/webhooks", &format!("/webhooks/{id}")] {
        let page = scene.page_at(&viewer, path, None).await.expect(403).text();
        assert!(page.contains("Your role here is viewer. Looking after webhooks needs operator"), "{path}");
        assert!(!page.contains(&id) || path.contains(&id), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_by_its_field() {
    let scene = Scene::of("webhooks").await;
    let wrong = |fields: &'static [(&str, &str)]| scene.calls(&scene.owner, "create-inbound", fields);
    assert_eq!(wrong(&[]).await.expect(422).fields(), ["name", "scheme"]);
    let all = &[("name", " "), ("scheme", "none"), ("allowlist", "everywhere"), ("tool", "")];
    assert_eq!(wrong(all).await.expect(422).fields(), ["name", "scheme", "allowlist"]);
    assert_eq!(wrong(&[("name", "x"), ("scheme", "stripe"), ("tool", "nothing")]).await.expect(422).fields(), ["tool"]);
    for (verb, id) in
        [("inbound", ""), ("rotate-inbound", "nonsense"), ("remove-inbound", "inb_7zzzzzzzzzzzzzzzzzzzzzzzzz")]
    {
        scene.calls(&scene.owner, verb, &[("webhook", id)]).await.refused(404, "NOT_FOUND");
    }
}
