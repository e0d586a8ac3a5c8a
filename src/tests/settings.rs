//! An organization's settings: who sees and changes them, what another name, address or time zone moves, and what is refused.

mod day;
mod races;

use std::time::Duration;

use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_kernel::Role;
use tenantry_testkit::{Reply, TestServer, redacted};

const SETTINGS: &str = "/api/tenant/organization";
const ORGANIZATIONS: &str = "/api/tenant/organizations";

/// Longer than anything may take to be told, on a busy machine.
const SOON: Duration = Duration::from_secs(6);

/// The field that was refused and why.
fn refused(reply: Reply) -> (String, String) {
    let reply = reply.refused(422, "INVALID");
    assert_eq!(reply.fields().len(), 1, "{}", reply.text());
    (reply.text_at("/errors/0/field"), reply.text_at("/errors/0/code"))
}

#[tokio::test]
async fn every_member_sees_them_and_admins_change_them() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    assert_json_snapshot!("settings", redacted(&ada.get(SETTINGS).await.expect(200).json()));
    let admin = server.member(&acme, Role::Admin).await;
    let wish = json!({"name": " Acme Ltd ", "slug": "acme-ltd", "time_zone": "Europe/Berlin"});
    let changed = admin.patch(SETTINGS, &wish).await.expect(200);
    let expected = json!({"name": "Acme Ltd", "slug": "acme-ltd", "time_zone": "Europe/Berlin", "plan": "pro"});
    for (member, value) in expected.as_object().expect("members") {
        assert_eq!(&changed.at("/organization")[member], value, "{member}");
    }
    for role in [Role::Viewer, Role::Operator] {
        let member = server.member(&acme, role).await;
        assert_eq!(member.get(SETTINGS).await.expect(200).json(), changed.json());
        // Whatever the body holds.
        for body in ["", "{", r#"{"unknown": 1}"#, r#"{"name": "Mine"}"#] {
            let call = member.call(Method::PATCH, SETTINGS).body("application/json", body);
            call.await.refused(403, "FORBIDDEN");
        }
    }
    assert_eq!(ada.get(SETTINGS).await.expect(200).json(), changed.json());
}

#[tokio::test]
async fn another_name_and_address_are_the_organizations_everywhere_and_the_workspaces_stay() {
    let server = TestServer::without_worker().await;
    let other = server.another().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let mut events = ada.moved_to(&other).get("/api/v1/events").listened().await;
    events.until("usage", SOON, |_| true).await;
    ada.patch(SETTINGS, &json!({"name": "Meridian", "slug": "meridian"})).await.expect(200);
    let told = events.until("membership", SOON, |data| data["organization"]["name"] == "Meridian").await;
    assert_eq!(
        (&told["organization"]["slug"], &told["tenant"]["slug"]),
        (&json!("meridian"), &json!(acme.tenant_slug))
    );
    let listed = ada.get(ORGANIZATIONS).await.expect(200).at("/organizations/0");
    assert_eq!((&listed["name"], &listed["slug"]), (&json!("Meridian"), &json!("meridian")));
    assert_eq!(listed["tenants"][0]["slug"], json!(acme.tenant_slug), "a workspace keeps its address");
    let current = format!("{ORGANIZATIONS}/current");
    ada.put(&current, &json!({"organization": "meridian"})).await.expect(200);
    ada.put(&current, &json!({"organization": acme.slug})).await.refused(404, "NOT_FOUND");
    ada.naming(acme.tenant_slug).get("/api/v1/jobs").await.expect(200);
}

#[tokio::test]
async fn they_are_for_people_and_work_while_the_workspace_is_suspended() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let (_, secret) = ada.key(&["read", "dispatch", "usage", "verify", "manage"]).await;
    let key = server.with_key(&secret);
    let keyless = key.get(SETTINGS).await.refused(403, "FORBIDDEN");
    assert_eq!(keyless.text_at("/detail"), "This API key's scopes do not include it.");
    key.patch(SETTINGS, &json!({"name": "Mine"})).await.refused(403, "FORBIDDEN");
    let token = ada.post("/api/v1/auth/token", &json!({})).await.expect(200).text_at("/access_token");
    server.with_key(&token).patch(SETTINGS, &json!({"name": "By a token"})).await.expect(200);
    server.database.set_suspended(acme.tenant, true).await;
    ada.patch(SETTINGS, &json!({"name": "Suspended"})).await.expect(200);
    assert_eq!(ada.get(SETTINGS).await.expect(200).text_at("/organization/name"), "Suspended");
    server.sign_up("Nobody").await.get(SETTINGS).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn every_field_out_of_bounds_is_named_as_when_founding() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let before = ada.get(SETTINGS).await.expect(200).json();
    for (body, field, code) in [
        (json!({"name": " "}), "name", "REQUIRED"),
        (json!({"name": "x".repeat(101)}), "name", "TOO_LONG"),
        (json!({"name": "a\u{202e}b"}), "name", "CHARACTER_NOT_ALLOWED"),
        (json!({"name": null}), "name", "WRONG_TYPE"),
        (json!({"slug": ""}), "slug", "REQUIRED"),
        (json!({"slug": "ab"}), "slug", "TOO_SHORT"),
        (json!({"slug": "Acme"}), "slug", "FORMAT"),
        (json!({"slug": "www"}), "slug", "RESERVED"),
        (json!({"time_zone": "Mars/Olympus"}), "time_zone", "UNKNOWN"),
        (json!({"time_zone": "posixrules"}), "time_zone", "UNKNOWN"),
        (json!({"time_zone": 7}), "time_zone", "WRONG_TYPE"),
        (json!({"plan": "empire"}), "plan", "UNKNOWN_FIELD"),
    ] {
        assert_eq!(refused(ada.patch(SETTINGS, &body).await), (field.into(), code.into()), "{body}");
    }
    let all = json!({"time_zone": "", "slug": "-", "name": ""});
    assert_eq!(ada.patch(SETTINGS, &all).await.refused(422, "INVALID").fields(), ["name", "slug", "time_zone"]);
    assert_eq!(ada.patch(SETTINGS, &json!({})).await.expect(200).json(), before, "nothing was asked for");
    assert_eq!(ada.get(SETTINGS).await.expect(200).json(), before);
}

#[tokio::test]
async fn an_address_never_means_two_customers() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (eve, own) = server.owner("Eve", "free").await;
    let told = |reply: &Reply| ["/code", "/detail", "/errors"].map(|part| reply.at(part));
    let founding =
        eve.post(ORGANIZATIONS, &json!({"name": "Mine", "slug": acme.slug})).await.refused(409, "SLUG_TAKEN");
    let changing = eve.patch(SETTINGS, &json!({"slug": acme.slug, "name": "Mine"})).await.refused(409, "SLUG_TAKEN");
    assert_eq!(told(&changing), told(&founding));
    assert_eq!(eve.get(SETTINGS).await.expect(200).text_at("/organization/name"), "Eve's company", "all or nothing");
    // Ada's workspace keeps the address that her organization gives up, and she may come back to it.
    ada.patch(SETTINGS, &json!({"slug": "meridian"})).await.expect(200);
    eve.patch(SETTINGS, &json!({"slug": acme.slug})).await.refused(409, "SLUG_TAKEN");
    eve.post(ORGANIZATIONS, &json!({"name": "Mine", "slug": acme.slug})).await.refused(409, "SLUG_TAKEN");
    ada.patch(SETTINGS, &json!({"slug": acme.slug})).await.expect(200);
    // What is nobody's any more is anybody's.
    eve.patch(SETTINGS, &json!({"slug": "meridian"})).await.expect(200);
    assert_ne!(own.slug, "meridian");
}

#[tokio::test]
async fn a_stranger_changes_nothing_and_learns_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (eve, _) = server.owner("Eve", "free").await;
    let wish = json!({"name": "Mine"});
    let theirs = eve.within(&acme).patch(SETTINGS, &wish).await.refused(404, "NOT_FOUND");
    let nobodys = eve.naming("no-such-place").patch(SETTINGS, &wish).await.refused(404, "NOT_FOUND");
    assert_eq!(theirs.indistinguishable(), nobodys.indistinguishable());
    let theirs = eve.within(&acme).get(SETTINGS).await.refused(404, "NOT_FOUND");
    assert_eq!(theirs.indistinguishable(), nobodys.indistinguishable());
    server.get(SETTINGS).await.refused(401, "UNAUTHENTICATED");
    let forged = ada.patch(SETTINGS, &wish).header("sec-fetch-site", "cross-site");
    forged.await.refused(403, "CROSS_SITE");
    assert_eq!(ada.get(SETTINGS).await.expect(200).text_at("/organization/name"), "Ada's company");
}

#[tokio::test]
async fn while_the_database_is_away_nothing_is_changed_and_nothing_promised() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    server.database.take_away().await;
    ada.get(SETTINGS).await.refused(503, "GUARD_UNAVAILABLE");
    for wish in [json!({"name": "Other"}), json!({"time_zone": "Europe/Berlin"})] {
        ada.patch(SETTINGS, &wish).await.refused(503, "GUARD_UNAVAILABLE");
    }
    server.database.give_back().await;
    while ada.get(SETTINGS).await.status != 200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let settings = ada.get(SETTINGS).await.expect(200).at("/organization");
    assert_eq!((&settings["name"], &settings["time_zone"]), (&json!("Ada's company"), &json!("UTC")));
    ada.patch(SETTINGS, &json!({"time_zone": "Europe/Berlin"})).await.expect(200);
    assert_ne!(ada.get(SETTINGS).await.expect(200).json(), Value::Null);
}
