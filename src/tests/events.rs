//! The stream of events: what is told, to whom, how often, and when it ends.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_domain::{
    access::{self, Destination, Host},
    accounts::SessionToken,
    live::{self, MOST_STREAMS},
};
use tenantry_kernel::{Role, TenantId};
use tenantry_testkit::{Client, Events, Served, Stopwatch, TestServer};
use tokio::time::{Instant, sleep};

/// Longer than anything may take to be told, on a busy machine.
const SOON: Duration = Duration::from_secs(6);

/// The promise is a second; the rest is for a busy machine, beside what a [`Stopwatch`] does not count.
const AT_ONCE: Duration = Duration::from_millis(2_500);

/// Longer than a test waits for what is measured.
const PATIENCE: Duration = Duration::from_secs(30);

/// Do all of these streams end at once?
async fn end_at_once<const STREAMS: usize>(streams: [&mut Events; STREAMS]) -> bool {
    let (watch, mut all) = (Stopwatch::start(), true);
    for stream in streams {
        all &= stream.ends(PATIENCE).await;
    }
    all && watch.elapsed() < AT_ONCE
}

async fn listen(client: &Client) -> Events {
    let mut events = client.get("/api/v1/events").listened().await;
    events.until("usage", SOON, |_| true).await;
    events
}

/// Every job that an event tells of, with its status.
fn jobs(data: &Value) -> Vec<(String, String)> {
    let text = |job: &Value, name: &str| job[name].as_str().expect("a text").to_owned();
    let further = data["further"].as_array().expect("a list");
    [&data["job"]].into_iter().chain(further).map(|job| (text(job, "id"), text(job, "status"))).collect()
}

#[tokio::test]
async fn a_stream_begins_with_how_everything_stands() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    ada.dispatched(json!({})).await;
    let mut events = ada.get("/api/v1/events").listened().await;
    let place = events.next(SOON).await.expect("an event");
    assert_eq!(place.name, "membership");
    assert_eq!((&place.data["role"], &place.data["plan"]["id"]), (&json!("admin"), &json!("pro")));
    assert_eq!(place.data["tenant"]["id"], json!(acme.tenant));
    let usage = events.next(SOON).await.expect("an event");
    assert_eq!(usage.name, "usage");
    assert_eq!(usage.data, ada.usage().await, "the numbers are those of the API");
}

#[tokio::test]
async fn a_dispatch_is_told_with_its_end_and_the_numbers() {
    let server = TestServer::start().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let mut events = listen(&ada).await;
    let id = ada.dispatched(json!({"secret": "canary"})).await;
    let ended = |data: &Value| jobs(data).contains(&(id.clone(), "succeeded".to_owned()));
    let told = events.until("job", SOON, ended).await;
    assert_eq!((&told["job"]["tool"], &told["job"]["tenant"]), (&json!("echo"), &json!(acme.tenant)));
    assert!(!told.to_string().contains("canary"), "what went in is not told");
    let mut again = listen(&ada).await;
    assert!(again.all_within(Duration::from_millis(700)).await.is_empty(), "nothing is told twice");
    ada.dispatched(json!({})).await;
    let two = |data: &Value| data["dispatches"]["used"] == 2 && data["concurrent"]["used"] == 0;
    events.until("usage", SOON, two).await;
    again.until("usage", SOON, two).await;
}

#[tokio::test]
async fn jobs_are_told_in_their_own_tenant_alone_and_numbers_in_all_of_the_organization() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let (eve, _) = server.owner("Eve", "pro").await;
    let lab = ada.naming(server.database.add_tenant(acme.id, "lab").await);
    let (mut here, mut there, mut elsewhere) = (listen(&ada).await, listen(&lab).await, listen(&eve).await);
    let id = lab.dispatched(json!({})).await;
    assert_eq!(jobs(&there.until("job", SOON, |_| true).await), [(id, "queued".to_owned())]);
    here.until("usage", SOON, |data| data["dispatches"]["used"] == 1).await;
    let rest = here.all_within(Duration::from_secs(1)).await;
    assert!(rest.iter().all(|heard| heard.name != "job"), "{rest:?}");
    assert_eq!(elsewhere.all_within(Duration::from_millis(500)).await, [], "another organization hears nothing");
}

#[tokio::test]
async fn nobody_is_told_more_than_four_events_a_second() {
    let server = TestServer::start().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let mut events = listen(&ada).await;
    let began = Instant::now();
    let dispatching = async {
        for _ in 0..4 {
            join_all((0..50).map(|number| ada.dispatch(json!(number)))).await;
        }
    };
    let listening = async {
        let (mut heard, mut all, mut jobs) = (Vec::new(), false, false);
        // A quick machine is done before the first of them is told, so both are waited for.
        while !(all && jobs) {
            let event = events.next(SOON).await.expect("an event");
            let used = &event.data["dispatches"]["used"];
            all |= event.name == "usage" && *used == 200 && event.data["concurrent"]["used"] == 0;
            jobs |= event.name == "job";
            heard.push((event.name, began.elapsed()));
        }
        heard
    };
    let ((), heard) = tokio::join!(dispatching, listening);
    // Two events may be told together; then nothing for half a second.
    for (index, (_, at)) in heard.iter().enumerate() {
        let within = heard[index..].iter().filter(|(_, other)| *other < *at + Duration::from_millis(900)).count();
        assert!(within <= 5, "{within} events within a second: {heard:?}");
    }
}

#[tokio::test]
async fn a_warning_is_told_when_a_mark_is_reached() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.set_used(acme.id, 399).await;
    let mut events = listen(&ada).await;
    ada.dispatched(json!({})).await;
    let told = events.until("warning", SOON, |_| true).await;
    assert_eq!((&told["warning"]["meter"], &told["warning"]["percent"]), (&json!("dispatches"), &json!(80)));
    ada.dispatched(json!({})).await;
    let rest = events.all_within(Duration::from_secs(1)).await;
    assert!(rest.iter().all(|heard| heard.name != "warning"), "{rest:?}");
}

#[tokio::test]
async fn another_plan_role_or_name_is_told() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let bob = server.member(&acme, Role::Viewer).await;
    let mut events = listen(&bob).await;
    ada.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    events.until("membership", SOON, |data| data["plan"]["id"] == "pro" && data["role"] == "viewer").await;
    server.database.change("update directory.memberships set role = 'operator' where role = 'viewer'").await;
    events.until("membership", SOON, |data| data["role"] == "operator").await;
    server.database.change("update directory.tenants set name = 'Laboratory'").await;
    events.until("tenant", SOON, |data| data["tenant"]["name"] == "Laboratory").await;
}

#[tokio::test]
async fn what_happens_at_another_process_is_told_too() {
    let server = TestServer::start().await;
    let other = server.another().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let mut events = listen(&ada.moved_to(&other)).await;
    let id = ada.dispatched(json!({})).await;
    events.until("usage", SOON, |data| data["dispatches"]["used"] == 1).await;
    events.until("job", SOON, |data| jobs(data).contains(&(id.clone(), "succeeded".to_owned()))).await;
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let server = TestServer::without_worker().await;
    let other = server.another().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let second = ada.signed_in_again().await;
    let (mut here, mut there, mut stays) =
        (listen(&ada).await, listen(&ada.moved_to(&other)).await, listen(&second).await);
    ada.post("/api/v1/auth/sign-out", &Value::Null).await.expect(204);
    assert!(end_at_once([&mut here, &mut there]).await);
    assert!(!stays.ends(Duration::from_millis(500)).await, "another session is not touched");
    ada.get("/api/v1/events").await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_stream_ends_with_the_membership() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let bob = server.member(&acme, Role::Viewer).await;
    let (mut hers, mut his) = (listen(&ada).await, listen(&bob).await);
    server.database.change("delete from directory.memberships where not owner").await;
    assert!(end_at_once([&mut his]).await);
    assert!(!hers.ends(Duration::from_millis(500)).await);
    bob.within(&acme).get("/api/v1/events").await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_suspension_is_told_and_ends_the_stream() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let lab = ada.naming(server.database.add_tenant(acme.id, "lab").await);
    let (mut here, mut there) = (listen(&ada).await, listen(&lab).await);
    server.database.set_suspended(acme.tenant, true).await;
    let watch = Stopwatch::start();
    here.until("tenant", PATIENCE, |data| data["tenant"]["status"] == "suspended").await;
    let told = watch.elapsed();
    assert!(told < AT_ONCE, "it took {told:?}");
    assert!(end_at_once([&mut here]).await);
    assert!(!there.ends(Duration::from_millis(500)).await, "its sister goes on");
    ada.within(&acme).get("/api/v1/events").await.refused(403, "TENANT_SUSPENDED");
}

#[tokio::test]
async fn streams_end_with_the_server_and_do_not_hold_it_up() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let served = Served::over(server.database.services.clone(), false, |router| router).await;
    let mut events = listen(&ada.moved_to(&served)).await;
    let client = Client::clone(&served);
    served.stop();
    assert!(end_at_once([&mut events]).await);
    assert!(client.get("/healthz").attempt().await.is_none(), "it listens no more");
}

#[tokio::test]
async fn a_key_hears_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let (_, secret) = ada.key(&["read", "dispatch", "usage", "verify", "manage"]).await;
    let program = server.with_key(&secret);
    program.get("/api/v1/events").await.refused(403, "FORBIDDEN");
    program.get(&format!("/api/v1/events?tenant={}", acme.tenant)).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn a_query_names_a_tenant_under_the_rules_of_the_header() {
    let server = TestServer::without_worker().await;
    let (_, hers) = server.owner("Ada", "pro").await;
    let (eve, own) = server.owner("Eve", "pro").await;
    let lab = server.database.add_tenant(own.id, "lab").await;
    let at = |tenant: &str| format!("/api/v1/events?tenant={tenant}");
    for name in [lab.to_string(), "lab".to_owned()] {
        let mut events = eve.get(&at(&name)).listened().await;
        events.until("membership", SOON, |data| data["tenant"]["id"] == json!(lab)).await;
    }
    let never = server.database.services.new_id::<TenantId>().to_string();
    let missing = eve.naming(&never).get("/api/v1/jobs").await.refused(404, "NOT_FOUND");
    for name in [hers.tenant.to_string(), hers.tenant_slug.clone(), never, "no-such-slug".to_owned(), String::new()] {
        let reply = eve.get(&at(&name)).await.refused(404, "NOT_FOUND");
        assert_eq!(reply.indistinguishable(), missing.indistinguishable(), "{name}");
    }
    let two = eve.within(&own).get(&at("lab")).await.refused(404, "NOT_FOUND");
    assert_eq!(two.indistinguishable(), missing.indistinguishable(), "two names name nothing");
}

#[tokio::test]
async fn at_a_tenants_host_a_stream_ends_with_the_session_that_it_came_from() {
    let server = TestServer::with_hosts().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    let lab = server.database.add_tenant(acme.id, "lab").await;
    let there = ada.entered(&acme.tenant_slug).await;
    let mut events = listen(&there).await;
    there.get(&format!("/api/v1/events?tenant={lab}")).await.refused(403, "TENANT_MISMATCH");
    ada.post("/api/v1/auth/sign-out", &Value::Null).await.expect(204);
    assert!(end_at_once([&mut events]).await);
}

#[tokio::test]
async fn a_person_has_so_many_streams_at_once_and_gets_them_back() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let bob = server.member(&acme, Role::Viewer).await;
    let mut streams = join_all((0..MOST_STREAMS).map(|_| ada.get("/api/v1/events").listened())).await;
    ada.get("/api/v1/events").await.refused(429, "RATE_LIMITED");
    listen(&bob).await;
    streams.clear();
    let freed = async {
        while ada.get("/api/v1/events").await.status != 200 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, freed).await.expect("places are given back");
    let nobody = async {
        while server.database.services.live.streams() > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, nobody).await.expect("nobody listens any more");
}

#[tokio::test]
async fn whoever_does_not_read_is_told_to_begin_anew() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let services = &server.database.services;
    let (_, token) = ada.cookie().and_then(|cookie| cookie.split_once('=')).expect("a cookie");
    let token = SessionToken::parse(token).expect("a session");
    let visitor = access::enter(services, &token, &Host::Main, &Destination::Current).await.expect("a member");
    let mut listener = live::listen(services, &visitor, &visitor.tenant().expect("a member")).expect("a place");
    // Four events a second, of which 32 wait, and one more.
    let dispatching = async {
        while !listener.is_behind() {
            ada.dispatched(json!({})).await;
            sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), dispatching).await.expect("more is told than may wait");
    let mut names = Vec::new();
    while names.last() != Some(&"reset") {
        let event = tokio::time::timeout(SOON, listener.next()).await.expect("an event in time");
        names.push(event.expect("the stream goes on").name);
    }
    assert_eq!(names.len(), 33, "so many waited: {names:?}");
    for name in ["membership", "usage"] {
        let event = tokio::time::timeout(SOON, listener.next()).await.expect("an event in time");
        assert_eq!(event.expect("the stream goes on").name, name, "how everything stands");
    }
}

#[tokio::test]
async fn a_stream_outlives_an_outage_and_goes_on() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let mut events = listen(&ada).await;
    server.database.take_away().await;
    assert_eq!(events.all_within(Duration::from_secs(1)).await, [], "nobody is told what nobody knows");
    ada.get("/api/v1/events").await.refused(503, "GUARD_UNAVAILABLE");
    server.database.give_back().await;
    let dispatched = async {
        while ada.dispatch(json!({})).await.status != 202 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, dispatched).await.expect("the server recovers");
    events.until("usage", SOON, |data| data["dispatches"]["used"] == 1).await;
    events.until("job", SOON, |_| true).await;
}
