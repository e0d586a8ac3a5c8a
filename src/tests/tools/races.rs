//! Several at once, in one process and in two.

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use tenantry_testkit::{Reply, TestServer};

use super::{TOOLS, made, webhooks, wish};

/// How many were answered so.
fn count(replies: &[Reply], status: u16, code: &str) -> usize {
    replies.iter().filter(|reply| reply.status == status && reply.code() == code).count()
}

#[tokio::test]
async fn of_several_with_one_name_at_once_one_is_made() {
    let server = TestServer::without_worker().await;
    let there = server.another().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let elsewhere = ada.client.moved_to(&there);
    let replies = join_all((0..8).map(|number| {
        let client = if number % 2 == 0 { &ada.client } else { &elsewhere };
        client.post(TOOLS, &wish(&json!({}))).into_future()
    }))
    .await;
    assert_eq!((count(&replies, 201, ""), count(&replies, 409, "NAME_TAKEN")), (1, 7));
    assert_eq!(webhooks(&server).await, 1);
}

#[tokio::test]
async fn a_double_click_makes_one_tool_in_one_process_and_in_two() {
    let server = TestServer::without_worker().await;
    let there = server.another().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let elsewhere = ada.client.moved_to(&there);
    for round in 0..5 {
        let body = wish(&json!({"name": format!("crm {round}")}));
        let key = format!("key {round}").replace(' ', "-");
        let clients = [&ada.client, &elsewhere, &ada.client, &elsewhere];
        let replies = join_all(clients.map(|client| client.post(TOOLS, &body).once(&key).into_future())).await;
        let shown = replies.iter().filter(|reply| reply.status == 201 && reply.at("/secret").is_string()).count();
        assert_eq!(shown, 1, "one of them is told the secret");
        let under_way = count(&replies, 409, "IDEMPOTENCY_IN_FLIGHT");
        assert_eq!(count(&replies, 201, "") + under_way, 4, "the others get its answer, or are told to wait");
        let repeat = ada.post(TOOLS, &body).once(&key).await.expect(201);
        assert_eq!(repeat.header("idempotency-replayed"), Some("true"));
    }
    assert_eq!(webhooks(&server).await, 5);
}

#[tokio::test]
async fn of_two_that_are_given_one_name_at_once_one_keeps_its_own() {
    let server = TestServer::without_worker().await;
    let there = server.another().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (first, second) = (made(&ada, &json!({"name": "a"})).await, made(&ada, &json!({"name": "b"})).await);
    let elsewhere = ada.client.moved_to(&there);
    let same = json!({"name": "same"});
    let replies =
        join_all([ada.patch(&first, &same).into_future(), elsewhere.patch(&second, &same).into_future()]).await;
    assert_eq!((count(&replies, 200, ""), count(&replies, 409, "NAME_TAKEN")), (1, 1));
    let names = "select count(*) from tenant.tools where name = 'same'";
    assert_eq!(server.database.truth::<i64>(names).await, 1);
}

#[tokio::test]
async fn of_a_change_a_rotation_and_a_removal_at_once_nothing_is_left_half_done() {
    let server = TestServer::without_worker().await;
    let there = server.another().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let elsewhere = ada.client.moved_to(&there);
    for _ in 0..5 {
        let path = made(&ada, &json!({})).await;
        let change = json!({"url": "https://example.org/", "timeout_seconds": 7});
        let replies = join_all([
            ada.patch(&path, &change).into_future(),
            elsewhere.call(Method::POST, &format!("{path}/rotate")).into_future(),
            elsewhere.call(Method::DELETE, &path).into_future(),
            ada.call(Method::DELETE, &path).into_future(),
        ])
        .await;
        assert_eq!(count(&replies[2..], 204, "") + count(&replies[2..], 404, "NOT_FOUND"), 2);
        assert_eq!(count(&replies[2..], 204, ""), 1, "it is removed once");
        for reply in &replies[..2] {
            assert!(matches!(reply.status, 200 | 201 | 404), "{}", reply.text());
        }
        assert_eq!(webhooks(&server).await, 0);
    }
}
