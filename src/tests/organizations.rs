//! The tenant API: its shapes to the letter, founding, switching, and where a call acts.

use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tenantry_kernel::Role;
use tenantry_testkit::{ServerOptions, TestServer, redacted};

const ORGANIZATIONS: &str = "/api/tenant/organizations";
const CURRENT: &str = "/api/tenant/organizations/current";
const ROLE: &str = "/api/tenant/role";
const USAGE: &str = "/api/tenant/usage";

#[tokio::test]
async fn a_founder_owns_an_organization_with_a_first_workspace() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let nowhere = ada.get(ORGANIZATIONS).await.expect(200);
    assert_eq!(nowhere.json(), json!({"organizations": [], "current": null}));
    let created =
        ada.post(ORGANIZATIONS, &json!({"name": "Acme", "plan": "pro", "slug": "acme-inc"})).await.expect(201);
    assert_json_snapshot!("organization_created", redacted(&created.json()));
    let list = ada.get(ORGANIZATIONS).await.expect(200);
    assert_json_snapshot!("organizations", redacted(&list.json()));
    assert_eq!(list.at("/organizations/0"), created.at("/organization"));
    assert_json_snapshot!("role_of_an_owner", redacted(&ada.get(ROLE).await.expect(200).json()));
}

#[tokio::test]
async fn the_first_organization_becomes_current_and_later_ones_do_not() {
    let server = TestServer::without_worker().await;
    let (ada, first) = server.owner("Ada", "free").await;
    let second = ada.create_organization("Second", "pro").await;
    let list = ada.get(ORGANIZATIONS).await.expect(200);
    assert_eq!(list.at("/current"), json!({"organization": first.id, "tenant": first.tenant}));
    ada.put(CURRENT, &json!({"organization": second.slug})).await.expect(200);
    let me = ada.get("/api/v1/auth/me").await.expect(200);
    assert_eq!(me.at("/current"), json!({"organization": second.id, "tenant": second.tenant}));
}

#[tokio::test]
async fn switching_answers_all_that_a_page_needs() {
    let server = TestServer::without_worker().await;
    let (ada, first) = server.owner("Ada", "free").await;
    let second = ada.create_organization("Second", "pro").await;
    let reply = ada.put(CURRENT, &json!({"organization": second.id})).await.expect(200);
    assert_json_snapshot!("tenant_context", redacted(&reply.json()));
    let other = server.database.add_tenant(first.id, "lab").await;
    for tenant in ["lab".to_owned(), other.to_string()] {
        let body = json!({"organization": first.slug, "tenant": tenant});
        let reply = ada.put(CURRENT, &body).await.expect(200);
        assert_eq!(reply.text_at("/tenant/id"), other.to_string());
    }
    // A session remembers for itself: another device stays where it is.
    let elsewhere = ada.signed_in_again().await;
    assert_eq!(elsewhere.get(ROLE).await.expect(200).text_at("/organization"), first.id.to_string());
    let mixed = json!({"organization": second.slug, "tenant": "lab"});
    ada.put(CURRENT, &mixed).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn switching_wants_an_organization() {
    let server = TestServer::without_worker().await;
    let (ada, first) = server.owner("Ada", "free").await;
    let reply = ada.put(CURRENT, &json!({})).await.refused(422, "INVALID");
    assert_eq!(reply.fields(), ["organization"]);
    let reply = ada.put(CURRENT, &json!({"organisation": first.id})).await.refused(422, "INVALID");
    assert_eq!(reply.fields(), ["organisation"]);
}

#[tokio::test]
async fn the_named_tenant_beats_the_current_one() {
    let server = TestServer::without_worker().await;
    let (ada, first) = server.owner("Ada", "free").await;
    let second = ada.create_organization("Second", "pro").await;
    for name in [second.tenant.to_string(), second.tenant_slug.clone()] {
        let reply = ada.naming(name).get(USAGE).await.expect(200);
        assert_eq!(reply.text_at("/organization"), second.id.to_string());
        assert_eq!(reply.text_at("/plan"), "pro");
    }
    assert_eq!(ada.get(USAGE).await.expect(200).text_at("/organization"), first.id.to_string());
    ada.within(&second).dispatched(json!({"where": "second"})).await;
    assert_eq!(ada.within(&second).usage().await["dispatches"]["used"], 1);
    assert_eq!(ada.usage().await["dispatches"]["used"], 0);
    assert_eq!(ada.get("/api/v1/jobs").await.expect(200).at("/data"), json!([]));
}

#[tokio::test]
async fn a_slug_belongs_to_one_organization() {
    let server = TestServer::without_worker().await;
    let (ada, eve) = (server.sign_up("Ada").await, server.sign_up("Eve").await);
    let body = json!({"name": "Acme", "slug": "acme"});
    ada.post(ORGANIZATIONS, &body).await.expect(201);
    let reply = eve.post(ORGANIZATIONS, &body).await.refused(409, "SLUG_TAKEN");
    assert_eq!(reply.fields(), ["slug"]);
    // A slug that nobody chose is found by itself.
    let suggested = eve.post(ORGANIZATIONS, &json!({"name": "Acme"})).await.expect(201).text_at("/organization/slug");
    assert!(suggested.starts_with("acme-"), "{suggested}");
    assert_eq!(server.database.truth::<i64>("select count(*) from directory.organizations").await, 2);
}

#[tokio::test]
async fn founding_with_a_key_happens_once() {
    let server = TestServer::without_worker().await;
    let (ada, eve) = (server.sign_up("Ada").await, server.sign_up("Eve").await);
    let body = json!({"name": "Acme"});
    let first = ada.post(ORGANIZATIONS, &body).once("found").await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    let second = ada.post(ORGANIZATIONS, &body).once("found").await.expect(201);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.body, second.body);
    let other = ada.post(ORGANIZATIONS, &json!({"name": "Other"})).once("found").await;
    other.refused(422, "IDEMPOTENCY_KEY_REUSED");
    // The key is the person's own.
    let hers = eve.post(ORGANIZATIONS, &body).once("found").await.expect(201);
    assert_ne!(hers.at("/organization/id"), first.at("/organization/id"));
    assert_eq!(server.database.truth::<i64>("select count(*) from directory.organizations").await, 2);
}

#[tokio::test]
async fn founding_with_one_key_at_once_makes_one() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let calls = (0..20).map(|_| ada.post(ORGANIZATIONS, &json!({"name": "Acme"})).once("found").into_future());
    let replies = futures::future::join_all(calls).await;
    let (made, under_way): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    assert!(!made.is_empty());
    assert!(made.iter().all(|reply| reply.body == made[0].body));
    for reply in under_way {
        reply.refused(409, "IDEMPOTENCY_IN_FLIGHT");
    }
    assert_eq!(server.database.truth::<i64>("select count(*) from directory.organizations").await, 1);
}

#[tokio::test]
async fn a_refused_founding_may_be_tried_again_with_its_key() {
    let server = TestServer::without_worker().await;
    let (ada, eve) = (server.sign_up("Ada").await, server.sign_up("Eve").await);
    eve.post(ORGANIZATIONS, &json!({"name": "Acme", "slug": "acme"})).await.expect(201);
    let body = json!({"name": "Acme", "slug": "acme"});
    ada.post(ORGANIZATIONS, &body).once("found").await.refused(409, "SLUG_TAKEN");
    server
        .database
        .change("update directory.organizations set slug = 'moved'; update directory.tenants set slug = 'moved'")
        .await;
    ada.post(ORGANIZATIONS, &body).once("found").await.expect(201);
}

#[tokio::test]
async fn a_person_owns_a_bounded_number_of_free_organizations() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    for number in 0..20 {
        ada.create_organization(&format!("Free {number}"), "free").await;
    }
    let reply = ada.post(ORGANIZATIONS, &json!({"name": "One more"})).await.refused(409, "CONFLICT");
    assert!(reply.text_at("/detail").contains("20"));
    ada.create_organization("Paid", "pro").await;
}

#[tokio::test]
async fn the_bound_of_free_organizations_holds_at_once_too() {
    let options = ServerOptions { worker: false, free_organizations: 3, ..ServerOptions::default() };
    let server = TestServer::with(options).await;
    let ada = server.sign_up("Ada").await;
    let calls = (0..12).map(|number| {
        let body = json!({"name": format!("Free {number}")});
        ada.post(ORGANIZATIONS, &body).into_future()
    });
    let made = futures::future::join_all(calls).await.into_iter().filter(|reply| reply.status == 201).count();
    assert_eq!(made, 3);
    assert_eq!(server.database.truth::<i64>("select count(*) from directory.organizations").await, 3);
}

#[tokio::test]
async fn each_role_reads_what_it_may() {
    let server = TestServer::without_worker().await;
    let (_, acme) = server.owner("Ada", "free").await;
    for role in Role::ALL {
        let member = server.member(&acme, role).await;
        let body = member.get(ROLE).await.expect(200).json();
        assert_eq!(body["role"], role.as_str());
        assert_eq!(body["owner"], false);
        let can: Value = body["can"].clone();
        assert_eq!(can["dispatch"], role >= Role::Operator, "{role}");
        assert_eq!(can["manage_billing"], role == Role::Admin, "{role}");
        assert_json_snapshot!(format!("role_of_a_{role}"), redacted(&body));
    }
}

#[tokio::test]
async fn a_person_without_an_organization_is_nowhere() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    for path in [ROLE, USAGE, "/api/v1/subscription", "/api/v1/jobs", "/api/v1/tools"] {
        ada.get(path).await.refused(404, "NOT_FOUND");
    }
}
