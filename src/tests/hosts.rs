//! Tenants' own hosts: which name is whose, and that a request there acts in that tenant and no other.

use reqwest::Method;
use serde_json::json;
use tenantry_domain::{
    Settings,
    access::{self, Destination, Host},
    accounts::{self, SignUp},
    tenancy::{self, CreateOrganization, TenancyError},
};
use tenantry_kernel::{Role, TenantId};
use tenantry_testkit::{Organization, Person, TestDatabase, TestServer, host_of};

const ROLE: &str = "/api/tenant/role";
const CURRENT: &str = "/api/tenant/organizations/current";

/// Somebody in two organizations, which both have a host.
async fn owner_of_two(server: &TestServer) -> (Person, Organization, Organization) {
    let (ada, acme) = server.owner("Ada", "pro").await;
    let globex = ada.create_organization("Globex", "pro").await;
    (ada, acme, globex)
}

#[tokio::test]
async fn a_tenants_host_is_where_its_calls_act() {
    let server = TestServer::with_hosts().await;
    let (ada, acme, globex) = owner_of_two(&server).await;
    for organization in [&acme, &globex] {
        let there = ada.entered(&organization.tenant_slug).await;
        assert_eq!(there.get(ROLE).await.expect(200).text_at("/organization"), organization.id.to_string());
        assert_eq!(there.usage().await["organization"], json!(organization.id));
        let job = there.dispatched(json!("here")).await;
        assert_eq!(ada.within(organization).get(&format!("/api/v1/jobs/{job}")).await.status, 200);
    }
}

#[tokio::test]
async fn another_tenant_may_not_be_named_at_a_tenants_host() {
    let server = TestServer::with_hosts().await;
    let (ada, acme, globex) = owner_of_two(&server).await;
    let there = ada.entered(&acme.tenant_slug).await;
    for own in [acme.tenant.to_string(), acme.tenant_slug.clone()] {
        there.naming(own).get(ROLE).await.expect(200);
    }
    for other in [globex.tenant.to_string(), globex.tenant_slug.clone()] {
        there.naming(other).get(ROLE).await.refused(403, "TENANT_MISMATCH");
    }
    let (_, strangers) = server.owner("Eve", "pro").await;
    let missing = there.naming(server.database.services.new_id::<TenantId>()).get(ROLE).await.refused(404, "NOT_FOUND");
    for name in [strangers.tenant.to_string(), strangers.tenant_slug, "nonsense!".to_owned()] {
        let stranger = there.naming(name).get(ROLE).await.refused(404, "NOT_FOUND");
        assert_eq!(stranger.indistinguishable(), missing.indistinguishable());
    }
}

#[tokio::test]
async fn a_host_of_no_tenant_and_that_of_a_strangers_answer_alike() {
    let server = TestServer::with_hosts().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let eve = server.member(&acme, Role::Viewer).await;
    let (_, strangers) = server.owner("Mallory", "pro").await;
    server.database.set_suspended(strangers.tenant, true).await;
    for client in [&ada.client, &eve.client, &server.with_cookie(None)] {
        for (method, path) in [(Method::GET, ROLE), (Method::GET, "/api/v1/jobs"), (Method::POST, "/api/v1/dispatch")] {
            let ask = |host: &str| client.at_host(host).call(method.clone(), path);
            let strange = ask(&host_of(&strangers.tenant_slug)).await;
            let missing = ask(&host_of("no-such-tenant")).await;
            assert_eq!(strange.status, 401, "{method} {path}");
            assert_eq!(strange.indistinguishable(), missing.indistinguishable(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_name_that_can_be_no_tenants_gets_nothing() {
    let server = TestServer::with_hosts().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let slug = &acme.tenant_slug;
    for name in [
        format!("{slug}.example.com"),
        format!("x.{slug}.localhost"),
        format!("{slug}.localhost."),
        format!("{slug}.localhost.evil.example"),
        "www.localhost".to_owned(),
        "-.localhost".to_owned(),
    ] {
        ada.at_host(&name).get(ROLE).await.refused(404, "NOT_FOUND");
        ada.at_host(&name).get("/healthz").await.expect(404);
    }
    ada.at_host("localhost").get(ROLE).await.expect(200);
    let without = TestServer::without_worker().await;
    without.at_host(&host_of(slug)).get("/healthz").await.expect(404);
}

#[tokio::test]
async fn one_cannot_switch_away_at_a_tenants_host() {
    let server = TestServer::with_hosts().await;
    let (ada, acme, globex) = owner_of_two(&server).await;
    let there = ada.entered(&acme.tenant_slug).await;
    let to = |organization: &Organization| json!({"organization": organization.id});
    there.put(CURRENT, &to(&globex)).await.refused(403, "TENANT_MISMATCH");
    assert_eq!(there.put(CURRENT, &to(&acme)).await.expect(200).text_at("/tenant/id"), acme.tenant.to_string());
    let (_, strangers) = server.owner("Eve", "pro").await;
    there.put(CURRENT, &to(&strangers)).await.refused(404, "NOT_FOUND");
    ada.put(CURRENT, &to(&globex)).await.expect(200);
    assert_eq!(there.get(ROLE).await.expect(200).text_at("/organization"), acme.id.to_string());
    assert_eq!(ada.get(ROLE).await.expect(200).text_at("/organization"), globex.id.to_string());
}

#[tokio::test]
async fn a_cookie_is_worth_nothing_at_another_host() {
    let server = TestServer::with_hosts().await;
    let (ada, acme, globex) = owner_of_two(&server).await;
    let there = ada.entered(&acme.tenant_slug).await;
    ada.at_host(&host_of(&acme.tenant_slug)).get(ROLE).await.refused(401, "UNAUTHENTICATED");
    there.at_host(&host_of(&globex.tenant_slug)).get(ROLE).await.refused(401, "UNAUTHENTICATED");
    there.at_host("localhost").get(ROLE).await.refused(401, "UNAUTHENTICATED");
    there.at_host("localhost").naming(acme.tenant).get(ROLE).await.refused(401, "UNAUTHENTICATED");
    there.get(ROLE).await.expect(200);
}

#[tokio::test]
async fn people_sign_up_and_in_at_the_main_host_alone() {
    let server = TestServer::with_hosts().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    for host in [host_of(&acme.tenant_slug), host_of("no-such-tenant")] {
        for path in ["/api/v1/auth/sign-in", "/api/v1/auth/sign-up"] {
            let body = json!({"name": "Ada", "email": ada.email, "password": ada.password});
            let reply = server.at_host(&host).post(path, &body).await.refused(404, "NOT_FOUND");
            assert!(reply.cookie().is_none());
        }
    }
}

#[tokio::test]
async fn a_suspended_workspaces_host_is_closed_to_its_own_people_alone() {
    let server = TestServer::with_hosts().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let there = ada.entered(&acme.tenant_slug).await;
    server.database.set_suspended(acme.tenant, true).await;
    there.get("/api/v1/jobs").await.refused(403, "TENANT_SUSPENDED");
    there.get("/api/tenant/usage").await.expect(200);
    ada.entered(&acme.tenant_slug).await.get(ROLE).await.expect(200);
}

#[tokio::test]
async fn no_workspace_gets_the_installations_own_name() {
    let database = TestDatabase::new().await;
    let base_domain = Some("example.com".to_owned());
    let public_url = "https://console.example.com".parse().expect("an address");
    let services = database.services_with(Settings { base_domain, ..Settings::new(public_url) });
    let wish = SignUp { name: "Ada".into(), email: "ada@example.com".into(), password: "correct horse battery".into() };
    let (_, session) = accounts::sign_up(&services, wish, "").await.expect("a new address");
    let visitor = access::enter(&services, &session.token, &Host::Main, &Destination::Current).await.expect("known");
    let found = async |name: &str, slug: Option<&str>| {
        let wish = CreateOrganization { name: name.into(), plan: None, slug: slug.map(str::to_owned) };
        tenancy::create_organization(&services, &visitor.principal, &wish, None).await
    };
    assert!(matches!(found("Acme", Some("console")).await, Err(TenancyError::SlugTaken)));
    let answer = found("Console", None).await.expect("a slug that is suggested moves aside");
    let answer: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    let slug = answer["organization"]["slug"].as_str().expect("a slug");
    assert!(slug.starts_with("console-"), "{slug}");
    found("Acme", Some("acme")).await.expect("nobody's");
}

#[tokio::test]
async fn a_key_works_at_its_own_tenants_host_and_at_the_main_one() {
    let server = TestServer::with_hosts().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let (_, strangers) = server.owner("Eve", "pro").await;
    server.database.add_tenant(acme.id, "lab").await;
    let (_, secret) = ada.key(&["read"]).await;
    let program = ada.with_key(&secret);
    let at = async |slug: &str| program.at_host(&host_of(slug)).get("/api/v1/jobs").await;
    program.get("/api/v1/jobs").await.expect(200);
    at(&acme.tenant_slug).await.expect(200);
    at("lab").await.refused(403, "TENANT_MISMATCH");
    let strange = at(&strangers.tenant_slug).await.refused(404, "NOT_FOUND");
    let missing = at("no-such-tenant").await.refused(404, "NOT_FOUND");
    assert_eq!(strange.indistinguishable(), missing.indistinguishable());
}
