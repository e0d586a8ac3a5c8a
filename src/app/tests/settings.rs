//! The calls of the settings page, as forms with and without a script send them, in every role.

use serde_json::{Value, json};
use tenantry_kernel::Role;

use super::scene::{Scene, with};

/// What the form began with, as it stands for the scene's organization.
fn began(scene: &Scene) -> Vec<(&str, &str)> {
    let slug = scene.acme.slug.as_str();
    vec![("was_name", "Acme"), ("was_slug", slug), ("was_time_zone", "UTC")]
}

/// The fields that say what shall be.
fn wish<'a>(scene: &'a Scene, name: &'a str, slug: &'a str, zone: &'a str) -> Vec<(&'a str, &'a str)> {
    with(&began(scene), &[("name", name), ("slug", slug), ("time_zone", zone)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_reads_what_is_so_and_saves_what_differs() {
    let scene = Scene::of("settings").await;
    let sheet = scene.calls(&scene.owner, "read", &[]).await.expect(200);
    assert_eq!((sheet.at("/name"), sheet.at("/time_zone")), (json!("Acme"), json!("UTC")));
    assert_eq!(sheet.text_at("/id"), scene.acme.id.to_string());
    let zones = sheet.at("/zones");
    let zones: Vec<&str> = zones.as_array().expect("zones").iter().filter_map(Value::as_str).collect();
    assert!(zones.contains(&"Europe/Berlin") && zones.contains(&"UTC") && !zones.contains(&"US/Pacific"));
    assert!(zones.is_sorted(), "they can be looked through");

    let saved = wish(&scene, "Acme Ltd", &scene.acme.slug, "Europe/Berlin ");
    scene.calls(&scene.owner, "save", &saved).await.expect(200);
    // Somebody whose form began before that changes the address alone.
    let late = wish(&scene, "Acme", "acme-other", "UTC");
    scene.calls(&scene.owner, "save", &late).await.expect(200);
    let now = scene.owner.get("/api/tenant/organization").await.expect(200).at("/organization");
    let expected = json!({"name": "Acme Ltd", "slug": "acme-other", "time_zone": "Europe/Berlin"});
    for (member, value) in expected.as_object().expect("members") {
        assert_eq!(&now[member], value, "{member}");
    }
    scene.calls(&scene.owner, "save", &late).await.expect(200);
    assert_eq!(
        scene.owner.get("/api/tenant/organization").await.expect(200).at("/organization"),
        now,
        "a double click"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_script_says_that_it_was_saved_or_what_is_wrong_with_what_was_typed() {
    let scene = Scene::of("settings").await;
    let left = scene.posts(&scene.owner, "save", &wish(&scene, "Acme <b>Ltd</b>", "acme-ltd", "Asia/Tokyo")).await;
    assert_eq!(left.header("location"), Some("/settings?saved=yes"));
    let page = scene.page_at(&scene.owner, "/settings?saved=yes", None).await.expect(200).text();
    assert!(page.contains("The settings are saved."), "{page}");
    assert!(page.contains("Acme &lt;b&gt;Ltd&lt;/b&gt;") && !page.contains("<b>Ltd"), "it stays text");
    assert!(page.contains(r#"value="acme-ltd""#) && page.contains(r#"value="Asia/Tokyo""#));
    assert!(page.contains("tenantry org show acme-ltd"), "what the address is good for");

    let wrong = with(&began(&scene), &[("name", "Acme"), ("slug", "Not An Address"), ("time_zone", "Mars/Olympus")]);
    let left = scene.posts(&scene.owner, "save", &wrong).await;
    assert_eq!(left.header("location"), Some("/settings"));
    let page = scene.page(&scene.owner, Some(&left)).await.expect(200).text();
    assert!(page.contains(r#"value="Not An Address""#) && page.contains(r#"value="Mars/Olympus""#), "{page}");
    assert!(page.contains("Use 3 to 40 of a-z") && page.contains("Use a name of the IANA time zone database"));
    assert!(!page.contains("The settings are saved."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_is_told_beside_its_field() {
    let scene = Scene::of("settings").await;
    let eve = scene.served.sign_up("Eve").await;
    let other = eve.create_organization("Other", "free").await;
    let fields = wish(&scene, "Acme", &other.slug, "UTC");
    let refused = scene.calls(&scene.owner, "save", &fields).await.refused(409, "SLUG_TAKEN");
    assert_eq!(refused.fields(), ["slug"]);
    let left = scene.posts(&scene.owner, "save", &fields).await;
    let page = scene.page(&scene.owner, Some(&left)).await.expect(200).text();
    assert!(page.contains("Somebody has this address. Choose another."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_manage_sees_what_is_so_and_whom_to_ask() {
    let scene = Scene::of("settings").await;
    for (role, word) in [(Role::Viewer, "viewer"), (Role::Operator, "operator")] {
        let member = scene.member(role).await;
        for fields in [wish(&scene, "Mine", "mine", "UTC"), vec![("name", "")]] {
            scene.calls(&member, "save", &fields).await.refused(403, "FORBIDDEN");
        }
        let sheet = scene.calls(&member, "read", &[]).await.expect(200);
        assert_eq!((sheet.at("/name"), sheet.at("/zones")), (json!("Acme"), json!([])));
        let page = scene.page(&member, None).await.expect(200).text();
        let why = format!("Your role here is {word}. Changing settings needs admin: ask one of them.");
        assert!(page.contains(&why) && page.contains("readonly"), "{page}");
        assert!(page.contains(&scene.acme.tenant.to_string()), "the workspace's id");
    }
    scene.database.set_suspended(scene.acme.tenant, true).await;
    scene.calls(&scene.owner, "save", &wish(&scene, "Closed", &scene.acme.slug, "UTC")).await.expect(200);
    scene.page(&scene.owner, None).await.expect(200);
}
