//! Who may dispatch, how much, and in which order that is decided. A refusal consumes nothing.

use futures::future::join_all;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use tenantry_kernel::{JobId, Role};
use tenantry_testkit::{Reply, TestServer, redacted};
use uuid::Uuid;

const DISPATCH: &str = "/api/v1/dispatch";
const CHECK: &str = "/api/v1/dispatch/check";

fn reject() -> Value {
    json!({"tool": "echo", "action": "say", "payload": {"hello": "world"}})
}

/// Jobs, events, the counter of the period and the sums beside it: equal at every commit.
async fn counted(server: &TestServer) -> [i64; 5] {
    let database = &server.database;
    [
        database.truth("select count(*) from org.jobs").await,
        database.truth("select count(*) from org.usage_events where meter = 'dispatches'").await,
        database
            .truth("select coalesce(sum(used), 0)::bigint from org.usage_counters where meter = 'dispatches'")
            .await,
        database.truth("select coalesce(sum(dispatches), 0)::bigint from org.usage_by_tool").await,
        database.truth("select coalesce(sum(dispatches), 0)::bigint from org.usage_by_day").await,
    ]
}

fn with_status(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

#[tokio::test]
async fn an_accepted_dispatch_answers_its_job() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let reply = ada.post(DISPATCH, &reject()).await.expect(202);
    assert_json_snapshot!("dispatch_accepted", redacted(&reply.json()));
    assert_eq!(counted(&server).await, [1; 5]);
}

#[tokio::test]
async fn a_tool_is_named_by_name_or_id() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let tools = ada.get("/api/v1/tools").await.expect(200);
    assert_json_snapshot!("tools", redacted(&tools.json()));
    let id = tools.text_at("/data/0/id");
    assert_eq!(ada.get(&format!("/api/v1/tools/{id}")).await.expect(200).at("/tool"), tools.at("/data/0"));
    let reply = ada.post(DISPATCH, &json!({"tool": id, "action": "say"})).await.expect(202);
    assert_eq!(reply.text_at("/job/tool"), "echo");
    for tool in ["nothing", "tool_00000000000000000000000000"] {
        ada.post(DISPATCH, &json!({"tool": tool, "action": "say"})).await.refused(404, "NOT_FOUND");
        ada.post(CHECK, &json!({"tool": tool})).await.refused(404, "NOT_FOUND");
    }
    assert_eq!(counted(&server).await, [1; 5]);
}

#[tokio::test]
async fn while_every_slot_is_taken_a_dispatch_is_refused_or_waits() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    ada.post(DISPATCH, &reject()).await.expect(202);
    let refused = ada.post(DISPATCH, &reject()).await.refused(429, "CONCURRENT_LIMIT");
    let seconds: u32 = refused.header("retry-after").expect("a hint").parse().expect("seconds");
    assert!((1..=5).contains(&seconds));
    assert_json_snapshot!("concurrent_limit", redacted(&refused.json()));
    assert_eq!(counted(&server).await, [1; 5]);
    ada.dispatched(json!({})).await;
    assert_eq!(counted(&server).await, [2; 5]);
    assert_eq!(server.database.truth::<i64>("select count(*) from org.slots").await, 1);
    assert_eq!(ada.usage().await["concurrent"], json!({"used": 1, "limit": 1}));
}

#[tokio::test]
async fn fired_at_once_no_more_are_accepted_than_there_are_slots() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let replies = join_all((0..40).map(|_| ada.post(DISPATCH, &reject()).into_future())).await;
    assert_eq!((with_status(&replies, 202), with_status(&replies, 429)), (5, 35));
    assert_eq!(counted(&server).await, [5; 5]);
    assert_eq!(server.database.truth::<i64>("select count(*) from org.slots").await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_501_fired_at_once_on_free_500_are_accepted() {
    let server = TestServer::start().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let replies = join_all((0..501).map(|number| {
        let body = json!({"tool": "echo", "action": "say", "payload": {"number": number}, "when_full": "queue"});
        ada.post(DISPATCH, &body).into_future()
    }))
    .await;
    let others: Vec<String> = replies.iter().filter(|reply| reply.status != 202).map(Reply::text).collect();
    assert_eq!(others.len(), 1, "{others:#?}");
    let refused = replies.into_iter().find(|reply| reply.status != 202).expect("one of them");
    let refused = refused.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    assert_eq!(refused.header("retry-after"), None);
    assert_json_snapshot!("dispatch_quota_exceeded", redacted(&refused.json()));
    assert_eq!(counted(&server).await, [500; 5]);
    let usage = ada.usage().await;
    assert_eq!(usage["organization"], acme.id.to_string());
    let resets_at = usage["period"]["end"].clone();
    assert_eq!(usage["dispatches"], json!({"used": 500, "limit": 500, "remaining": 0, "resets_at": resets_at}));
    assert_eq!(usage["by_tool"], json!([{"tool": "echo", "dispatches": 500}]));
}

#[tokio::test]
async fn the_last_dispatch_of_the_month_passes_and_the_next_does_not() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.set_used(acme.id, 499).await;
    let check = ada.post(CHECK, &json!({"tool": "echo"})).await.expect(200);
    assert_json_snapshot!("check_allowed", redacted(&check.json()));
    ada.dispatched(json!({})).await;
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    let check = ada.post(CHECK, &json!({"tool": "echo"})).await.expect(200);
    assert_json_snapshot!("check_refused", redacted(&check.json()));
    // The quota comes before the slots, and asking consumes neither.
    assert_eq!(server.database.truth::<i64>("select sum(used)::bigint from org.usage_counters").await, 500);
}

#[tokio::test]
async fn a_limit_below_what_is_used_allows_nothing_and_charges_nothing() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.set_used(acme.id, 700).await;
    let refused = ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    assert_eq!((refused.at("/used"), refused.at("/remaining")), (json!(700), json!(0)));
    assert_eq!(ada.usage().await["dispatches"]["remaining"], 0);
}

#[tokio::test]
async fn a_feature_that_the_plan_lacks_is_refused_before_the_quota() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    server.database.change("update tenant.tools set feature = 'listing-auto'").await;
    server.database.set_used(acme.id, 500).await;
    let refused = ada.dispatch(json!({})).await.refused(402, "FEATURE_NOT_IN_PLAN");
    assert!(refused.text_at("/detail").contains("listing-auto"));
    assert_eq!(refused.header("retry-after"), None);
    ada.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    ada.dispatch(json!({})).await.expect(202);
}

#[tokio::test]
async fn a_queue_has_an_end() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    ada.dispatched(json!({})).await;
    server
        .database
        .change(
            "insert into org.jobs (organization_id, job_id, tenant_id, tool_id, tool, action, status, position, requested_by)
             select organization_id, gen_random_uuid(), tenant_id, tool_id, tool, action, 'queued', position + n, requested_by
             from org.jobs, generate_series(1, 9999) n",
        )
        .await;
    let refused = ada.dispatch(json!({})).await.refused(429, "QUEUE_FULL");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(ada.usage().await["dispatches"]["used"], 1);
}

#[tokio::test]
async fn who_may_not_dispatch_is_told_so_whatever_the_body_holds() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    let viewer = server.member(&acme, Role::Viewer).await;
    let stranger = server.sign_up("Eve").await;
    let bodies: [(&str, Vec<u8>); 5] = [
        ("application/json", b"{ garbage".to_vec()),
        ("text/plain", b"echo".to_vec()),
        ("application/json", b"{\"tool\": \"echo\", \"unknown\": 1}".to_vec()),
        ("application/json", b"{}".to_vec()),
        ("application/json", vec![b'x'; 2 * 1024 * 1024]),
    ];
    let sent = |client: &tenantry_testkit::Client, (media_type, body): &(&str, Vec<u8>)| {
        client.call(Method::POST, DISPATCH).body(media_type, body.clone())
    };
    for body in &bodies {
        sent(&server, body).await.refused(401, "UNAUTHENTICATED");
        sent(&stranger, body).await.refused(404, "NOT_FOUND");
        sent(&stranger.within(&acme), body).await.refused(404, "NOT_FOUND");
        sent(&viewer, body).await.refused(403, "FORBIDDEN");
    }
    for (body, status) in bodies.iter().zip([400, 415, 422, 422, 413]) {
        sent(&ada, body).await.expect(status);
    }
    server.database.set_used(acme.id, 500).await;
    for body in &bodies {
        sent(&ada, body).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    }
    server.database.set_suspended(acme.tenant, true).await;
    for body in &bodies {
        sent(&ada, body).await.refused(403, "TENANT_SUSPENDED");
        sent(&viewer, body).await.refused(403, "TENANT_SUSPENDED");
    }
    assert_eq!(server.database.truth::<i64>("select count(*) from org.jobs").await, 0);
}

#[tokio::test]
async fn jobs_are_made_in_the_order_of_their_admission() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "empire").await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(ada.dispatched(json!(number)).await);
    }
    let positions: Vec<Uuid> = server.database.truth("select array_agg(job_id order by position) from org.jobs").await;
    let ordered: Vec<String> = positions.into_iter().map(|id| JobId::from(id).to_string()).collect();
    assert_eq!(ordered, ids);
}
