//! Tokens of programs that act for a person: what they open, what ends them, and every way to forge one.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_domain::{Services, db::Db};
use tenantry_kernel::Role;
use tenantry_testkit::{Client, Person, Reply, Served, TestServer};

mod forged;
mod signing;

const TOKEN: &str = "/api/v1/auth/token";
const ME: &str = "/api/v1/auth/me";
const ROLE: &str = "/api/tenant/role";
const SIGN_OUT: &str = "/api/v1/auth/sign-out";

/// The first pair of somebody's session.
async fn pair(person: &Client) -> (String, String) {
    both(&person.post(TOKEN, &json!({})).await.expect(200))
}

fn both(reply: &Reply) -> (String, String) {
    (reply.text_at("/access_token"), reply.text_at("/refresh_token"))
}

async fn refresh(client: &Client, token: &str) -> Reply {
    client.post(TOKEN, &json!({"refresh_token": token})).await
}

/// Another process of the same installation: it has its address, and shares nothing else.
async fn beside(server: &TestServer, own: &Services) -> Served {
    let services = Services::new(Db::new(&server.database.connections), (*own.settings).clone());
    Served::over(services, false, |router| router).await
}

/// Two processes of one installation, and somebody with an organization there.
async fn two_processes() -> (TestServer, Served, Served, Person) {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let services = server.database.services.clone();
    let first = beside(&server, &services).await;
    let second = beside(&server, &services).await;
    let ada = Person { client: ada.moved_to(&first), ..ada };
    (server, first, second, ada)
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

#[tokio::test]
async fn a_token_acts_as_its_person_in_its_tenant_for_a_quarter_of_an_hour() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let reply = ada.post(TOKEN, &json!({})).await.expect(200);
    assert_eq!(reply.at("/expires_in"), 900);
    assert_eq!(reply.json().as_object().map(serde_json::Map::len), Some(3));
    let (access, _) = both(&reply);
    let said = claims(&access);
    assert_eq!(said["tenant"], acme.tenant.to_string());
    assert_eq!(said["sub"], ada.id.to_string());
    assert!(said["sid"].as_str().is_some_and(|session| session.starts_with("ses_")));
    let program = server.with_key(&access);
    assert_eq!(program.get(ME).await.expect(200).text_at("/user/id"), ada.id.to_string());
    let role = program.get(ROLE).await.expect(200);
    assert_eq!((role.text_at("/organization"), role.at("/owner")), (acme.id.to_string(), Value::Bool(true)));
    server.database.turn_clock(TimeDelta::minutes(15) - TimeDelta::seconds(10)).await;
    program.get(ROLE).await.expect(200);
    server.database.turn_clock(TimeDelta::minutes(15) + TimeDelta::seconds(1)).await;
    program.get(ROLE).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_token_stays_in_its_tenant_wherever_its_person_goes() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let (_, strangers) = server.owner("Eve", "pro").await;
    let (access, _) = pair(&ada).await;
    let other = ada.create_organization("Another", "free").await;
    ada.put("/api/tenant/organizations/current", &json!({"organization": other.slug})).await.expect(200);
    let program = server.with_key(&access);
    assert_eq!(program.get(ROLE).await.expect(200).text_at("/organization"), acme.id.to_string());
    program.within(&acme).get(ROLE).await.expect(200);
    program.within(&other).get(ROLE).await.refused(403, "TENANT_MISMATCH");
    program.within(&strangers).get(ROLE).await.refused(404, "NOT_FOUND");
    program.naming("nowhere-at-all").get(ROLE).await.refused(404, "NOT_FOUND");
    let switch = program.put("/api/tenant/organizations/current", &json!({"organization": other.slug}));
    switch.await.refused(403, "TENANT_MISMATCH");
}

#[tokio::test]
async fn a_membership_that_ends_takes_the_tenant_from_its_tokens() {
    let server = TestServer::without_worker().await;
    let (_, acme) = server.owner("Ada", "pro").await;
    let bob = server.member(&acme, Role::Operator).await;
    let (access, token) = pair(&bob).await;
    let program = server.with_key(&access);
    assert_eq!(program.get(ROLE).await.expect(200).text_at("/role"), "operator");
    server.database.change("delete from directory.memberships where not owner").await;
    program.get(ROLE).await.refused(404, "NOT_FOUND");
    let (next, _) = both(&refresh(&server, &token).await.expect(200));
    server.with_key(&next).get(ROLE).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn who_stands_nowhere_gets_a_token_that_is_led_like_a_session() {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let (access, _) = pair(&ada).await;
    assert_eq!(claims(&access)["tenant"], Value::Null);
    let program = server.with_key(&access);
    program.get(ME).await.expect(200);
    program.get(ROLE).await.refused(404, "NOT_FOUND");
    let acme = ada.create_organization("Acme", "free").await;
    assert_eq!(program.get(ROLE).await.expect(200).text_at("/organization"), acme.id.to_string());
}

#[tokio::test]
async fn a_call_by_token_counts_as_one_of_the_day_and_a_session_does_not() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (access, _) = pair(&ada).await;
    let program = server.with_key(&access);
    for number in 1..=3 {
        let reply = program.get("/api/v1/jobs").await.expect(200);
        let policy = reply.header("ratelimit-policy").expect("limits").to_owned();
        assert!(policy.contains("\"api-day\";q=1000"), "{policy}");
        let state = reply.header("ratelimit").expect("limits").to_owned();
        assert!(state.contains(&format!("\"api-day\";r={}", 1000 - number)), "{state}");
    }
    // Keys and plans are no API calls of the day.
    for free in ["/api/v1/keys", "/api/v1/subscription"] {
        assert!(!program.get(free).await.expect(200).header("ratelimit").expect("a burst").contains("api-day"));
    }
    assert!(!ada.get("/api/v1/jobs").await.expect(200).header("ratelimit").expect("a burst").contains("api-day"));
    let used = ada.usage().await;
    assert_eq!(used["api_calls"]["used"], 3);
    let by_person: i64 = server
        .database
        .truth("select coalesce(sum(quantity), 0)::bigint from org.usage_events where meter = 'api_calls' and user_id is not null")
        .await;
    assert_eq!(by_person, 3, "each is written down with who it was");
}

#[tokio::test]
async fn a_token_ends_with_its_session_on_every_server_within_a_second() {
    let (server, first, second, ada) = two_processes().await;
    let (access, token) = pair(&ada).await;
    let (here, there) = (first.with_key(&access), second.with_key(&access));
    here.get(ROLE).await.expect(200);
    there.get(ROLE).await.expect(200);
    ada.post(SIGN_OUT, &json!({})).await.expect(204);
    here.get(ROLE).await.refused(401, "UNAUTHENTICATED");
    there.get(ROLE).await.refused(401, "UNAUTHENTICATED");
    refresh(&second, &token).await.refused(401, "UNAUTHENTICATED");
    drop(server);
}

#[tokio::test]
async fn whoever_signs_out_with_a_token_ends_its_session() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (access, _) = pair(&ada).await;
    server.with_key(&access).post(SIGN_OUT, &json!({})).await.expect(204);
    ada.get(ME).await.refused(401, "UNAUTHENTICATED");
    server.with_key(&access).get(ME).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_token_gets_no_tokens_and_no_stream() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (access, _) = pair(&ada).await;
    let program = server.with_key(&access);
    program.post(TOKEN, &json!({})).await.refused(403, "FORBIDDEN");
    program.get("/api/v1/events").await.refused(403, "FORBIDDEN");
    server.post(TOKEN, &json!({})).await.refused(401, "UNAUTHENTICATED");
    server.post(TOKEN, &json!({"refresh": 7})).await.refused(401, "UNAUTHENTICATED");
    ada.post(TOKEN, &json!({"refresh": 7})).await.refused(422, "INVALID");
    let (_, secret) = ada.key(&["read", "manage"]).await;
    server.with_key(&secret).post(TOKEN, &json!({})).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn a_refresh_token_gets_the_next_pair_and_is_good_no_more() {
    let (_server, first, second, ada) = two_processes().await;
    let (mut access, mut token) = pair(&ada).await;
    for server in [&first, &second, &first] {
        let (next, newer) = both(&refresh(server, &token).await.expect(200));
        assert!(newer != token);
        assert_eq!(claims(&next)["family"], claims(&access)["family"]);
        server.with_key(&next).get(ROLE).await.expect(200);
        (access, token) = (next, newer);
    }
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_later_ends_its_family_and_no_other() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (_, stolen) = pair(&ada).await;
    let (other, _) = pair(&ada).await;
    let (access, newest) = both(&refresh(&server, &stolen).await.expect(200));
    server.database.turn_clock(TimeDelta::seconds(11)).await;
    refresh(&server, &stolen).await.refused(401, "UNAUTHENTICATED");
    // Whoever of the two was the thief: neither comes further, and what they had opens nothing any more.
    refresh(&server, &newest).await.refused(401, "UNAUTHENTICATED");
    server.with_key(&access).get(ROLE).await.refused(401, "UNAUTHENTICATED");
    server.with_key(&other).get(ROLE).await.expect(200);
    ada.get(ME).await.expect(200);
}

#[tokio::test]
async fn a_client_that_lost_the_answer_gets_it_again_for_ten_seconds() {
    let (server, first, second, ada) = two_processes().await;
    let (_, token) = pair(&ada).await;
    let (_, next) = both(&refresh(&first, &token).await.expect(200));
    let (_, again) = both(&refresh(&second, &token).await.expect(200));
    assert_eq!(next, again, "there is one newest token, not two");
    let (_, newer) = both(&refresh(&first, &next).await.expect(200));
    // One before the last is too old, however soon it comes.
    refresh(&first, &token).await.refused(401, "UNAUTHENTICATED");
    refresh(&first, &newer).await.refused(401, "UNAUTHENTICATED");
    drop(server);
}

#[tokio::test]
async fn the_grace_is_for_the_same_client_alone() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (_, token) = pair(&ada).await;
    let (_, next) = both(&refresh(&server, &token).await.expect(200));
    let thief = server.post(TOKEN, &json!({"refresh_token": token})).header("user-agent", "another");
    thief.await.refused(401, "UNAUTHENTICATED");
    refresh(&server, &next).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_uses_at_once_all_get_the_one_next_token() {
    let (_server, first, second, ada) = two_processes().await;
    let (_, token) = pair(&ada).await;
    let servers = [&first, &second];
    let replies = join_all((0..8).map(|number| refresh(servers[number % 2], &token))).await;
    let mut next: Vec<_> = replies.into_iter().map(|reply| both(&reply.expect(200)).1).collect();
    next.dedup();
    assert_eq!(next.len(), 1);
    refresh(&first, &next[0]).await.expect(200);
}

#[tokio::test]
async fn a_stolen_copy_of_the_tables_opens_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (access, token) = pair(&ada).await;
    let everything: String = server
        .database
        .truth(
            "select (select string_agg(f::text, ' ') from platform.token_families f)
                 || (select string_agg(k::text, ' ') from platform.signing_keys k)
                 || (select string_agg(s::text, ' ') from platform.sessions s)
                 || (select string_agg(a::text, ' ') from platform.attempts a)",
        )
        .await;
    let cookie = ada.cookie().and_then(|cookie| cookie.split_once('=')).expect("a cookie").1;
    let signature = access.rsplit('.').next().expect("a signature");
    for secret in [cookie, signature, &token, &token[40..], &ada.password] {
        assert!(!everything.contains(secret), "{secret}");
    }
    // What stands there, shown as if it were the credential.
    let rows: Vec<String> = {
        let mut superuser = server.database.superuser().await;
        let query = "select unnest(array[f.family_id::text, encode(f.client, 'base64'), encode(s.token_hash, 'base64'),
                         encode(s.token_hash, 'hex'), s.session_id::text, encode(k.sealed_seed, 'base64')])
                     from platform.token_families f join platform.sessions s using (session_id), platform.signing_keys k";
        sqlx::query_scalar(query).fetch_all(&mut superuser).await.expect("rows")
    };
    for row in rows {
        let row = row.replace(['\n', '='], "").replace('+', "-").replace('/', "_");
        for text in [row.clone(), format!("trt_{row}")] {
            refresh(&server, &text).await.refused(401, "UNAUTHENTICATED");
            server.with_key(&text).get(ME).await.refused(401, "UNAUTHENTICATED");
            server.with_cookie(Some(format!("tenantry={text}"))).get(ME).await.refused(401, "UNAUTHENTICATED");
        }
    }
}
