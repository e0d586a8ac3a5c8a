//! The calls of the pages of endpoints, as forms with and without a script send them, in every role.

use serde_json::{Value, json};
use tenantry_domain::webhooks::endpoints::worker;
use tenantry_kernel::Role;
use tenantry_testkit::{Answer, Receiver};

use super::scene::{Scene, secret_in, with};

const WISH: [(&str, &str); 4] = [
    ("url", "https://hooks.example.com/in?token=x"),
    ("description", ""),
    ("events[]", "job.failed"),
    ("events[]", "key.created"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_script_gets_a_secret_and_a_list_without_it() {
    let scene = Scene::of("webhooks").await;
    let made = scene.calls(&scene.owner, "create_endpoint", &WISH).await.expect(200);
    let secret = made.text_at("/secret");
    assert!(secret.starts_with("whsec_") && made.text_at("/example").contains(&secret), "{}", made.text());
    let list = scene.calls(&scene.owner, "endpoints", &[]).await.expect(200);
    assert_eq!(list.at("/endpoints/0/name"), "hooks.example.com");
    assert_eq!(list.at("/endpoints/0/events"), json!(["job.failed", "key.created"]));
    assert_eq!(list.at("/endpoints/0/mark"), json!({"tone": "success", "word": "enabled"}));
    let id = made.text_at("/id");
    let sheet = scene.calls(&scene.owner, "endpoint", &[("endpoint", &id)]).await.expect(200);
    assert_eq!((sheet.at("/endpoint"), sheet.at("/deliveries")), (list.at("/endpoints/0"), json!([])));
    assert!(!list.text().contains("whsec_") && !sheet.text().contains("whsec_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_script_is_shown_the_secret_once_and_in_no_address() {
    let scene = Scene::of("webhooks").await;
    let left = scene.posts(&scene.owner, "create_endpoint", &WISH).await;
    assert_eq!(left.header("location"), Some("/webhooks"));
    let page = scene.page(&scene.owner, Some(&left)).await.expect(200);
    assert_eq!(page.header("cache-control"), Some("private, no-store"));
    let first = secret_in(&page.text()).expect("it is shown");
    assert!(secret_in(&scene.page(&scene.owner, Some(&left)).await.expect(200).text()).is_none(), "shown before");
    let id = scene.calls(&scene.owner, "endpoints", &[]).await.text_at("/endpoints/0/id");
    let left = scene.posts(&scene.owner, "rotate_endpoint", &[("endpoint", &id)]).await;
    let own = format!("/webhooks/endpoints/{id}");
    assert_eq!(left.header("location"), Some(own.as_str()));
    let second = secret_in(&scene.page_at(&scene.owner, &own, Some(&left)).await.expect(200).text());
    assert!(second.is_some_and(|second| second != first));
    let left = scene.posts(&scene.owner, "remove_endpoint", &[("endpoint", &id)]).await;
    assert_eq!(left.header("location"), Some("/webhooks"));
    scene.page_at(&scene.owner, &own, None).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_twice_happens_once() {
    let scene = Scene::of("webhooks").await;
    let wish = with(&WISH, &[("once", "a form's key")]);
    let first = scene.calls(&scene.owner, "create_endpoint", &wish).await.expect(200);
    let repeat = scene.calls(&scene.owner, "create_endpoint", &wish).await.expect(200);
    assert_eq!((repeat.at("/id"), repeat.at("/secret")), (first.at("/id"), Value::Null));
    let id = first.text_at("/id");
    for verb in ["rotate_endpoint", "test_endpoint"] {
        let turn = [("endpoint", id.as_str()), ("once", verb)];
        scene.calls(&scene.owner, verb, &turn).await.expect(200);
        scene.calls(&scene.owner, verb, &turn).await.expect(200);
    }
    let sheet = scene.calls(&scene.owner, "endpoint", &[("endpoint", &id)]).await.expect(200);
    assert_eq!(sheet.at("/deliveries").as_array().map(Vec::len), Some(1), "one trial");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_no_endpoint_and_is_told_whom_to_ask() {
    let scene = Scene::of("webhooks").await;
    let (viewer, operator) = (scene.member(Role::Viewer).await, scene.member(Role::Operator).await);
    let id = scene.calls(&operator, "create_endpoint", &WISH).await.expect(200).text_at("/id");
    for (verb, fields) in [
        ("endpoints", &[][..]),
        ("endpoint", &[("endpoint", id.as_str())]),
        ("create_endpoint", &WISH),
        ("create_endpoint", &[("url", "no address")]),
        ("change_endpoint", &[("endpoint", "no id")]),
        ("switch_endpoint", &[("endpoint", id.as_str()), ("enabled", "false")]),
        ("rotate_endpoint", &[("endpoint", id.as_str())]),
        ("test_endpoint", &[("endpoint", id.as_str())]),
        ("remove_endpoint", &[("endpoint", id.as_str())]),
        ("replay", &[("delivery", "no id")]),
    ] {
        scene.calls(&viewer, verb, fields).await.refused(403, "FORBIDDEN");
    }
    let page = scene.page(&viewer, None).await.expect(403).text();
    assert!(page.contains("Webhooks are not for your role") && !page.contains("hooks.example.com"), "{page}");
    scene.page_at(&viewer, &format!("/webhooks/endpoints/{id}"), None).await.expect(403);
    assert!(scene.page(&operator, None).await.expect(200).text().contains("hooks.example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_by_its_field() {
    let scene = Scene::of("webhooks").await;
    let wrong = scene.calls(&scene.owner, "create_endpoint", &[]).await.expect(422);
    assert_eq!(wrong.fields(), ["url", "events"]);
    let unknown = [("url", "https://example.com"), ("events[]", "job.invented")];
    assert_eq!(scene.calls(&scene.owner, "create_endpoint", &unknown).await.expect(422).fields(), ["events"]);
    let id = scene.calls(&scene.owner, "create_endpoint", &WISH).await.expect(200).text_at("/id");
    let change = [("endpoint", id.as_str()), ("url", "http://10.0.0.1/"), ("events[]", "job.failed")];
    assert_eq!(scene.calls(&scene.owner, "change_endpoint", &change).await.expect(422).fields(), ["url"]);
    let change = [("endpoint", id.as_str()), ("url", " https://example.com/b "), ("events[]", "plan.changed")];
    scene.calls(&scene.owner, "change_endpoint", &change).await.expect(200);
    let row = scene.calls(&scene.owner, "endpoints", &[]).await.at("/endpoints/0");
    assert_eq!((&row["url"], &row["events"]), (&json!("https://example.com/b"), &json!(["plan.changed"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_message_is_told_in_words_and_escaped() {
    let scene = Scene::of("webhooks").await;
    let receiver = Receiver::start().await;
    receiver.will_in_turn("/hook", [Answer::of(500, "text/html", "<script>alert(1)</script>"), Answer::default()]);
    let url = receiver.url("/hook");
    let wish = [("url", url.as_str()), ("description", "CRM"), ("events[]", "key.created")];
    let id = scene.calls(&scene.owner, "create_endpoint", &wish).await.expect(200).text_at("/id");
    scene.calls(&scene.owner, "test_endpoint", &[("endpoint", &id)]).await.expect(200);
    let drain = async || worker::drain(&scene.database.services, scene.acme.id).await.expect("the database is there");
    assert_eq!(drain().await, 1);
    let sheet = scene.calls(&scene.owner, "endpoint", &[("endpoint", &id)]).await.expect(200);
    assert_eq!(sheet.at("/endpoint/mark/word"), "failing");
    let delivery = sheet.at("/deliveries/0");
    assert_eq!((&delivery["kind"], &delivery["mark"]["word"]), (&json!("endpoint.test"), &json!("tried again")));
    assert_eq!(delivery["attempts"][0]["title"], "Attempt 1: HTTP 500");
    let page = scene.page_at(&scene.owner, &format!("/webhooks/endpoints/{id}"), None).await.expect(200).text();
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert(1)"), "{page}");
    let row = delivery["id"].as_str().expect("an id");
    let left = scene.posts(&scene.owner, "replay", &[("delivery", row)]).await;
    assert!(left.header("location").is_some());
    assert_eq!(drain().await, 1);
    let sheet = scene.calls(&scene.owner, "endpoint", &[("endpoint", &id)]).await.expect(200);
    assert_eq!(
        (sheet.at("/deliveries/0/mark/word"), sheet.at("/endpoint/mark/word")),
        (json!("delivered"), json!("enabled"))
    );
    let off = [("endpoint", id.as_str()), ("enabled", "false")];
    scene.calls(&scene.owner, "switch_endpoint", &off).await.expect(200);
    scene.calls(&scene.owner, "replay", &[("delivery", row)]).await.refused(409, "CONFLICT");
    scene.calls(&scene.owner, "test_endpoint", &[("endpoint", &id)]).await.refused(409, "CONFLICT");
}
