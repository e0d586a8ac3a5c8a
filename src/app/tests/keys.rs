//! The calls of the keys page, as forms with and without a script send them, in every role.

use serde_json::Value;
use tenantry_kernel::Role;

use super::scene::{Scene, with};

const WISH: [(&str, &str); 5] = [
    ("name", "Nightly import"),
    ("scopes[]", "read"),
    ("scopes[]", "dispatch"),
    ("environment", "test"),
    ("expires_in_days", "30"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_script_gets_a_key_that_works_and_a_list_without_its_text() {
    let scene = Scene::of("keys").await;
    let made = scene.calls(&scene.owner, "create", &WISH).await.expect(200);
    let secret = made.text_at("/secret");
    assert!(secret.starts_with("tnt_test_"), "{secret}");
    assert!(made.text_at("/example").contains(&secret));
    scene.served.with_key(&secret).get("/api/v1/jobs").await.expect(200);
    let ring = scene.calls(&scene.owner, "list", &[]).await.expect(200);
    assert_eq!(ring.at("/keys/0/scopes"), serde_json::json!(["read", "dispatch"]));
    assert!(ring.text_at("/keys/0/life").contains("expires"), "{}", ring.text());
    assert!(!ring.text().contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_says_which_key_has_gone() {
    let scene = Scene::of("keys").await;
    let id = scene.calls(&scene.owner, "create", &WISH).await.expect(200).text_at("/id");
    assert_eq!(scene.calls(&scene.owner, "revoke", &[("key", &id)]).await.expect(200).json(), Value::String(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_script_is_shown_the_text_once_and_in_no_address() {
    let scene = Scene::of("keys").await;
    let left = scene.posts(&scene.owner, "create", &WISH).await;
    assert_eq!(left.header("location"), Some("/keys"));
    assert!(!left.text().contains("tnt_test_"));
    let stored: String = scene.database.truth("select string_agg(f::text, '') from platform.flashes f").await;
    assert!(!stored.contains("tnt_test_") && !stored.contains("Nightly"), "what is kept cannot be read: {stored}");
    let page = scene.page(&scene.owner, Some(&left)).await.expect(200);
    assert_eq!(page.header("cache-control"), Some("private, no-store"));
    let text = page.text();
    let secret = text.split("Bearer ").nth(1).and_then(|rest| rest.split('&').next()).expect("an example").to_owned();
    let secret = secret.trim_end_matches("'").split('\'').next().unwrap_or_default().to_owned();
    scene.served.with_key(&secret).get("/api/v1/jobs").await.expect(200);
    for again in [scene.page(&scene.owner, Some(&left)).await, scene.page(&scene.owner, None).await] {
        assert!(!again.expect(200).text().contains(&secret), "it was shown before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_person_is_shown_once_another_at_the_same_browser_is_not() {
    let scene = Scene::of("keys").await;
    let left = scene.posts(&scene.owner, "create", &WISH).await;
    let admin = scene.member(Role::Admin).await;
    assert!(!scene.page(&admin, Some(&left)).await.expect(200).text().contains("Bearer "));
    assert!(!scene.page(&scene.owner, Some(&left)).await.expect(200).text().contains("Bearer "), "it is lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_twice_makes_one_key_and_replaces_it_once() {
    let scene = Scene::of("keys").await;
    let wish = with(&WISH, &[("once", "a form's key")]);
    let first = scene.calls(&scene.owner, "create", &wish).await.expect(200);
    let repeat = scene.calls(&scene.owner, "create", &wish).await.expect(200);
    assert_eq!((repeat.at("/id"), repeat.at("/secret")), (first.at("/id"), Value::Null));
    // Changed and sent again it means another one.
    let other = with(&wish[1..], &[("name", "Deploy")]);
    assert_ne!(scene.calls(&scene.owner, "create", &other).await.expect(200).at("/id"), first.at("/id"));

    let id = first.text_at("/id");
    let turn = [("key", id.as_str()), ("grace_period_hours", "1"), ("once", "a row's key")];
    let new = scene.calls(&scene.owner, "rotate", &turn).await.expect(200);
    let repeat = scene.calls(&scene.owner, "rotate", &turn).await.expect(200);
    assert_eq!((repeat.at("/id"), repeat.at("/secret")), (new.at("/id"), Value::Null));
    let ring = scene.calls(&scene.owner, "list", &[]).await.expect(200);
    let of = |id: &str| {
        let keys = ring.at("/keys");
        keys.as_array().expect("keys").iter().find(|key| key["id"] == id).cloned().expect("it is in the list")
    };
    assert_eq!(ring.at("/keys").as_array().map(Vec::len), Some(3));
    assert_eq!((&of(&id)["grace"], &of(&new.text_at("/id"))["grace"]), (&Value::Bool(true), &Value::Bool(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_nothing_and_an_operator_changes_nothing() {
    let scene = Scene::of("keys").await;
    let key = scene.calls(&scene.owner, "create", &WISH).await.expect(200).text_at("/id");
    let (viewer, operator) = (scene.member(Role::Viewer).await, scene.member(Role::Operator).await);
    scene.calls(&viewer, "list", &[]).await.refused(403, "FORBIDDEN");
    scene.calls(&operator, "list", &[]).await.expect(200);
    for who in [&viewer, &operator] {
        scene.calls(who, "create", &WISH).await.refused(403, "FORBIDDEN");
        // Whatever the fields hold, who may not is told so first.
        scene
            .calls(who, "create", &[("scopes[]", "everything"), ("expires_in_days", "soon")])
            .await
            .refused(403, "FORBIDDEN");
        scene.calls(who, "create", &[("scopes", "read")]).await.refused(403, "FORBIDDEN");
        scene.calls(who, "rotate", &[("key", "no id"), ("grace_period_hours", "-1")]).await.refused(403, "FORBIDDEN");
        scene.calls(who, "revoke", &[("key", &key)]).await.refused(403, "FORBIDDEN");
    }
    let page = scene.page(&viewer, None).await.expect(403);
    assert!(page.text().contains("Your role here is viewer.") && !page.text().contains("tnt_test_"));
    assert!(scene.page(&operator, None).await.expect(200).text().contains("Managing keys needs admin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_by_its_field() {
    let scene = Scene::of("keys").await;
    let wrong = |fields: &'static [(&str, &str)]| scene.calls(&scene.owner, "create", fields);
    assert_eq!(wrong(&[]).await.expect(422).fields(), ["name", "scopes"]);
    assert_eq!(wrong(&[("name", "ci"), ("scopes[]", "everything")]).await.expect(422).fields(), ["scopes"]);
    let days = &[("name", "ci"), ("scopes[]", "read"), ("expires_in_days", "0")];
    assert_eq!(wrong(days).await.expect(422).fields(), ["expires_in_days"]);
    let place = &[("name", "ci"), ("scopes[]", "read"), ("environment", "prod")];
    assert_eq!(wrong(place).await.expect(422).fields(), ["environment"]);
    let key = scene.calls(&scene.owner, "create", &WISH).await.expect(200).text_at("/id");
    for hours in ["721", "-1", "soon"] {
        let turned = scene.calls(&scene.owner, "rotate", &[("key", &key), ("grace_period_hours", hours)]).await;
        assert_eq!(turned.expect(422).fields(), ["grace_period_hours"], "{hours}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organizations_key_is_as_if_there_were_none() {
    let scene = Scene::of("keys").await;
    let theirs = scene.served.sign_up("Grace").await;
    theirs.create_organization("Globex", "pro").await;
    let (theirs, secret) = theirs.key(&["read"]).await;
    for verb in ["rotate", "revoke"] {
        let found = scene.calls(&scene.owner, verb, &[("key", &theirs)]).await;
        let never = scene.calls(&scene.owner, verb, &[("key", "key_01h2xcejqtf2nbrexx3vqjhp41")]).await;
        assert_eq!(found.expect(404).indistinguishable(), never.expect(404).indistinguishable());
    }
    scene.served.with_key(&secret).get("/api/v1/jobs").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_workspace_keeps_its_keys_to_itself() {
    let scene = Scene::of("keys").await;
    scene.database.change("update directory.tenants set status = 'suspended'").await;
    for (verb, fields) in
        [("list", &[][..]), ("create", &WISH), ("revoke", &[("key", "key_01h2xcejqtf2nbrexx3vqjhp41")])]
    {
        scene.calls(&scene.owner, verb, fields).await.refused(403, "TENANT_SUSPENDED");
    }
    assert!(scene.page(&scene.owner, None).await.text().contains("This workspace is suspended"));
}
