//! The hand-over of a session from the main host to a tenant's: the way, and every way that it must not go.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use tenantry_kernel::Role;
use tenantry_testkit::{Client, Organization, Person, Reply, ServerOptions, TestServer, Way, host_of};

const ROLE: &str = "/api/tenant/role";
const SESSIONS: &str = "select count(*) from platform.sessions where host_tenant_id is not null";
const CODES: &str = "select count(*) from platform.entry_codes";

/// A server with hosts, somebody with an organization there, and the way to its host that they have begun.
async fn begun() -> (TestServer, Person, Organization, Way) {
    let server = TestServer::with_hosts().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let way = ada.begin(&acme.tenant_slug, "/dispatch").await;
    (server, ada, acme, way)
}

/// A page that lets nobody in, and says what to do.
#[track_caller]
fn closed(reply: Reply) {
    let reply = reply.expect(403);
    assert!(reply.cookie().is_none(), "it hands out a cookie");
    assert!(reply.text().contains("Start again"), "{}", reply.text());
}

async fn is_in(client: &Client) -> bool {
    client.get(ROLE).await.status == 200
}

#[tokio::test]
async fn a_browser_is_led_to_the_main_host_and_back_to_the_page_that_it_wanted() {
    let (server, ada, acme, way) = begun().await;
    let code = ada.code_for(&way).await;
    let shown = server.outside(&acme.tenant_slug).get(&format!("/enter?{code}")).await.expect(200);
    assert!(shown.text().contains("method=\"post\" action=\"/enter\""), "{}", shown.text());
    let entered = ada.bring(&way, &code).await.expect(303);
    assert_eq!(entered.header("location"), Some("/dispatch"));
    let (cookie, attributes) = entered.cookie().expect("a session");
    assert_eq!(attributes[..3], ["Path=/", "HttpOnly", "SameSite=Lax"]);
    let there = server.outside(&acme.tenant_slug).with_cookie(Some(cookie));
    assert!(is_in(&there).await);
    // Whoever is in goes straight on.
    let again = there.get("/enter?next=/plans").await.expect(303);
    assert_eq!(again.header("location"), Some("/plans"));
}

#[tokio::test]
async fn whoever_is_signed_out_is_asked_who_they_are_first_whether_or_not_there_is_such_a_host() {
    let (server, _, acme, _) = begun().await;
    let mut ways = Vec::new();
    for slug in [acme.tenant_slug.as_str(), "no-such-tenant"] {
        let way = server.begin(slug, "/plans").await;
        let reply = server.get(&format!("/hand-over?{}", way.asks)).await.expect(303);
        let to = reply.header("location").expect("it leads on").to_owned();
        assert!(to.starts_with("/sign-in?next=%2Fhand-over%3F"), "{to}");
        assert_eq!(server.form("/hand-over", &way.asks).await.expect(303).header("location"), Some(to.as_str()));
        ways.push(to.len() - slug.len());
    }
    // Nonces are as long as each other; what they are is chance.
    assert_eq!(ways[0], ways[1]);
}

#[tokio::test]
async fn a_strangers_workspace_and_none_are_the_same_page() {
    let (server, ada, ..) = begun().await;
    let (_, strangers) = server.owner("Eve", "pro").await;
    let mut pages = Vec::new();
    for slug in [strangers.tenant_slug.as_str(), "no-such-tenant"] {
        let way = ada.begin(slug, "/dashboard").await;
        for method in [Method::GET, Method::POST] {
            let reply = match method {
                Method::GET => ada.get(&format!("/hand-over?{}", way.asks)).await,
                _ => ada.form("/hand-over", &way.asks).await,
            };
            pages.push(reply.expect(404).indistinguishable());
        }
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert_eq!(server.database.truth::<i64>(CODES).await, 0);
}

#[tokio::test]
async fn a_code_opens_once() {
    let (server, ada, _, way) = begun().await;
    let code = ada.code_for(&way).await;
    ada.bring(&way, &code).await.expect(303);
    closed(ada.bring(&way, &code).await);
    // At the same time too: one of many gets in.
    let code = ada.code_for(&way).await;
    let (a, b, c, d) =
        tokio::join!(ada.bring(&way, &code), ada.bring(&way, &code), ada.bring(&way, &code), ada.bring(&way, &code));
    let entered = [a, b, c, d].iter().filter(|reply| reply.status == 303).count();
    assert_eq!(entered, 1);
    assert_eq!(server.database.truth::<i64>(SESSIONS).await, 2);
}

#[tokio::test]
async fn a_code_is_late_after_half_a_minute() {
    let (server, ada, _, way) = begun().await;
    let (early, late) = (ada.code_for(&way).await, ada.code_for(&way).await);
    server.database.turn_clock(TimeDelta::seconds(25)).await;
    ada.bring(&way, &early).await.expect(303);
    server.database.turn_clock(TimeDelta::seconds(31)).await;
    closed(ada.bring(&way, &late).await);
    // What nobody came back with goes when the next is made.
    ada.code_for(&way).await;
    server.database.turn_clock(TimeDelta::seconds(70)).await;
    ada.code_for(&way).await;
    assert_eq!(server.database.truth::<i64>(CODES).await, 1);
}

#[tokio::test]
async fn a_code_of_one_host_opens_no_other() {
    let (server, ada, _, way) = begun().await;
    let globex = ada.create_organization("Globex", "pro").await;
    let code = ada.code_for(&way).await;
    let elsewhere = Way { slug: globex.tenant_slug.clone(), ..way.clone() };
    closed(ada.bring(&elsewhere, &code).await);
    closed(ada.bring(&way, &code).await);
    assert_eq!(server.form("/enter", &code).await.expect(303).header("location"), Some("/"), "the main host");
    assert_eq!(server.database.truth::<i64>(SESSIONS).await, 0);
}

#[tokio::test]
async fn a_code_opens_only_in_the_browser_that_asked() {
    let (server, ada, acme, way) = begun().await;
    // Eve belongs there too, and would like her colleague to act in her name.
    let eve = server.member(&acme, Role::Admin).await;
    let code = eve.code_for(&eve.begin(&acme.tenant_slug, "/dashboard").await).await;
    closed(ada.bring(&way, &code).await);
    let code = eve.code_for(&eve.begin(&acme.tenant_slug, "/dashboard").await).await;
    closed(server.outside(&acme.tenant_slug).form("/enter", &code).await);
    assert_eq!(server.database.truth::<i64>(SESSIONS).await, 0);
}

#[tokio::test]
async fn a_code_ends_with_its_session_and_with_the_membership() {
    let (server, ada, acme, way) = begun().await;
    let code = ada.code_for(&way).await;
    ada.post("/api/v1/auth/sign-out", &json!({})).await.expect(204);
    closed(ada.bring(&way, &code).await);
    let eve = server.member(&acme, Role::Viewer).await;
    let code = eve.code_for(&way).await;
    server.database.change("delete from directory.memberships where role = 'viewer'").await;
    closed(eve.bring(&way, &code).await);
}

#[tokio::test]
async fn nonsense_is_refused_as_what_it_is() {
    let (server, ada, acme, way) = begun().await;
    let there = server.outside(&acme.tenant_slug).with_cookie(Some(way.nonce.clone()));
    for fields in ["", "code=", "code=x", "code=%00", "code=a&code=b", &format!("code={}", "A".repeat(43)), "%ff=%ff"] {
        closed(there.form("/enter", fields).await);
    }
    closed(there.call(Method::POST, "/enter").json(&json!({"code": "x"})).await);
    for fields in
        ["", "workspace=acme", "workspace=No Slug&challenge=x", &way.asks.replace("challenge=", "challenge=A")]
    {
        closed(ada.form("/hand-over", fields).await);
        ada.get(&format!("/hand-over?{fields}").replace(' ', "+")).await.expect(403);
    }
    for cookie in ["tenantry-entry=x", "tenantry-entry=", "tenantry=x"] {
        let code = ada.code_for(&way).await;
        closed(there.with_cookie(Some(cookie.to_owned())).form("/enter", &code).await);
    }
    assert_eq!(server.database.truth::<i64>(SESSIONS).await, 0);
}

#[tokio::test]
async fn codes_cannot_be_tried_one_after_the_other() {
    let (_server, ada, _, way) = begun().await;
    let good = ada.code_for(&way).await;
    let mut tried = 0;
    let refused = loop {
        let reply = ada.bring(&way, "code=x").await;
        tried += 1;
        match reply.status {
            403 => assert!(tried < 2_000, "nobody stops it"),
            _ => break reply.expect(429),
        }
    };
    assert!(tried > 400 && refused.header("retry-after").is_some(), "{tried}");
    // Who has the right one is let in all the same.
    ada.bring(&way, &good).await.expect(303);
}

#[tokio::test]
async fn nobody_is_led_away_from_the_installation() {
    let (_server, ada, acme, _) = begun().await;
    for next in ["https://evil.example", "//evil.example", "/%5Cevil.example", "javascript:alert(1)", ""] {
        let way = ada.begin(&acme.tenant_slug, next).await;
        let code = ada.code_for(&way).await;
        assert_eq!(ada.bring(&way, &code).await.expect(303).header("location"), Some("/dashboard"), "{next}");
        let way = Way { asks: format!("{}&", way.asks).replace("next=%2Fdashboard&", &format!("next={next}")), ..way };
        let code = ada.code_for(&way).await;
        assert!(code.ends_with("next=%2Fdashboard"), "{code}");
    }
}

#[tokio::test]
async fn looking_makes_nothing() {
    let (server, ada, acme, way) = begun().await;
    let shown = ada.get(&format!("/hand-over?{}", way.asks)).await.expect(200);
    let policy = shown.header("content-security-policy").expect("a policy").to_owned();
    let target = format!("form-action 'self' http://{}:", host_of(&acme.tenant_slug));
    assert!(policy.contains(&target), "{policy}");
    assert!(policy.contains("script-src 'nonce-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(server.database.truth::<i64>(CODES).await, 0);
    let code = ada.code_for(&way).await;
    for _ in 0..2 {
        server
            .outside(&acme.tenant_slug)
            .with_cookie(Some(way.nonce.clone()))
            .get(&format!("/enter?{code}"))
            .await
            .expect(200);
    }
    assert_eq!(server.database.truth::<i64>(CODES).await, 1);
    ada.bring(&way, &code).await.expect(303);
}

#[tokio::test]
async fn another_site_can_neither_ask_nor_bring() {
    let (server, ada, acme, way) = begun().await;
    let code = ada.code_for(&way).await;
    let there = server.outside(&acme.tenant_slug).with_cookie(Some(way.nonce.clone()));
    for site in ["cross-site", "same-site"] {
        ada.form("/hand-over", &way.asks).header("sec-fetch-site", site).await.refused(403, "CROSS_SITE");
        there.form("/enter", &code).header("sec-fetch-site", site).await.refused(403, "CROSS_SITE");
    }
    ada.bring(&way, &code).await.expect(303);
}

#[tokio::test]
async fn two_windows_that_ask_at_once_share_a_nonce() {
    let (server, ada, acme, way) = begun().await;
    let browser = server.outside(&acme.tenant_slug).with_cookie(Some(way.nonce.clone()));
    let second = browser.get("/enter?next=/plans").await.expect(303);
    assert_eq!(second.cookie().expect("the nonce").0, way.nonce);
    let code = ada.code_for(&way).await;
    ada.bring(&way, &code).await.expect(303);
}

#[tokio::test]
async fn the_end_of_a_session_is_the_end_of_what_came_from_it() {
    let (server, ada, acme, _) = begun().await;
    let globex = ada.create_organization("Globex", "pro").await;
    let other_device = ada.signed_in_again().await;
    let apart = other_device.entered(&acme.tenant_slug).await;
    let (here, there) = (ada.entered(&acme.tenant_slug).await, ada.entered(&globex.tenant_slug).await);
    ada.post("/api/v1/auth/sign-out", &json!({})).await.expect(204);
    for ended in [&here, &there] {
        ended.get(ROLE).await.refused(401, "UNAUTHENTICATED");
    }
    assert!(is_in(&apart).await, "another device's session goes on");
    // Where only the main session was ended, those that came from it are dead all the same.
    server.database.change("update platform.sessions set revoked_at = app.now() where parent_session_id is null").await;
    apart.get(ROLE).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn who_signs_out_at_a_tenants_host_has_left_everywhere() {
    let (_server, ada, acme, _) = begun().await;
    let there = ada.entered(&acme.tenant_slug).await;
    let reply = there.post("/api/v1/auth/sign-out", &json!({})).await.expect(204);
    assert_eq!(reply.cookie().expect("it is taken away").0, "tenantry=");
    there.get(ROLE).await.refused(401, "UNAUTHENTICATED");
    ada.get("/api/v1/auth/me").await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn who_leaves_the_organization_has_left_its_host() {
    let (server, ada, acme, _) = begun().await;
    let eve = server.member(&acme, Role::Viewer).await;
    let (hers, ours) = (eve.entered(&acme.tenant_slug).await, ada.entered(&acme.tenant_slug).await);
    server.database.change("delete from directory.memberships where role = 'viewer'").await;
    let gone = hers.get(ROLE).await.refused(401, "UNAUTHENTICATED");
    let missing = hers.at_host(&host_of("no-such-tenant")).get(ROLE).await.refused(401, "UNAUTHENTICATED");
    assert_eq!(gone.indistinguishable(), missing.indistinguishable());
    assert!(is_in(&ours).await);
}

#[tokio::test]
async fn it_ends_when_the_session_that_it_came_from_would() {
    let (server, ada, acme, _) = begun().await;
    server.database.change("update platform.sessions set last_seen_at = last_seen_at + interval '29 days'").await;
    server.database.turn_clock(TimeDelta::days(29)).await;
    let there = ada.entered(&acme.tenant_slug).await;
    assert!(is_in(&there).await);
    server.database.turn_clock(TimeDelta::days(30)).await;
    there.get(ROLE).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn the_database_holds_hashes_alone() {
    let (server, ada, _, way) = begun().await;
    let code = ada.code_for(&way).await;
    let kept: String = server.database.truth("select c::text from platform.entry_codes c").await;
    let secrets = [way.nonce.as_str(), &code].map(|text| text.split(['=', '&']).nth(1).expect("a value").to_owned());
    for secret in secrets {
        assert!(secret.len() == 43 && !kept.contains(&secret), "{kept}");
    }
}

#[tokio::test]
async fn over_https_its_cookies_are_bound_to_the_host() {
    let options = ServerOptions { https: true, base_domain: Some("example.com"), worker: false, ..Default::default() };
    let server = TestServer::with(options).await;
    let (_, acme) = server.owner("Ada", "pro").await;
    let host = format!("{}.example.com", acme.tenant_slug);
    let reply = server.at_host(&host).get("/enter?next=/plans").await.expect(303);
    let (nonce, attributes) = reply.cookie().expect("a nonce");
    assert!(nonce.starts_with("__Host-tenantry-entry="), "{nonce}");
    assert_eq!(attributes, ["Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=600"]);
    let to = reply.header("location").expect("it leads on");
    assert!(to.starts_with("https://app.example.com/hand-over?workspace="), "{to}");
}

#[tokio::test]
async fn without_tenants_hosts_there_is_nothing_to_hand_over() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    for path in ["/enter", "/hand-over", "/hand-over?workspace=acme"] {
        assert_eq!(ada.get(path).await.expect(303).header("location"), Some("/"), "{path}");
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_told_on_the_page() {
    let (server, ada, acme, way) = begun().await;
    let code = ada.code_for(&way).await;
    let there = server.outside(&acme.tenant_slug).with_cookie(Some(way.nonce.clone()));
    server.database.take_away().await;
    ada.form("/hand-over", &way.asks).await.expect(503);
    let reply = there.form("/enter", &code).await.expect(503);
    assert!(reply.header("retry-after").is_some() && reply.cookie().is_none());
    server.database.give_back().await;
    ada.bring(&way, &code).await.expect(303);
}
