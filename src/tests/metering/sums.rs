//! Sums beside what they are sums of.

use futures::future::join_all;
use serde_json::json;
use tenantry_domain::metering;
use tenantry_testkit::{TestOperator, TestServer};

use super::{batch, event, one, sums_are_right, told, with};

/// Every sum as bytes.
const DUMP: &str = "select string_agg(r::text, e'\\n' order by r::text) from org.usage_rollups r";

#[tokio::test]
async fn dispatches_are_summed_with_who_asked_for_what() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "empire").await;
    let (_, secret) = ada.key(&["dispatch"]).await;
    let program = server.with_key(&secret);
    let lab = server.database.add_tenant(acme.id, "lab").await;
    let elsewhere = ada.naming(lab);
    join_all((0..30).map(|number| {
        let client = [&ada.client, &program, &elsewhere][number % 3];
        async move { client.dispatched(json!({})).await }
    }))
    .await;
    sums_are_right(&server.database).await;
    let cells: i64 = server
        .database
        .truth("select count(*) from org.usage_rollups where grain = 'period' and meter = 'dispatches'")
        .await;
    assert_eq!(cells, 3, "by person, by key, and by the person in the other workspace");
    let same: bool = server
        .database
        .truth(
            "select (select sum(value) from org.usage_rollups where meter = 'dispatches' and grain = 'period')
                  = (select sum(used) from org.usage_counters where meter = 'dispatches')",
        )
        .await;
    assert!(same);
}

#[tokio::test]
async fn a_server_of_the_version_before_moves_the_sums_too() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    ada.dispatched(json!({})).await;
    // As it wrote before there was a period in the record.
    sqlx::query(
        "insert into org.usage_events (organization_id, event_id, tenant_id, meter, quantity, tool)
         values ($1, gen_random_uuid(), $2, 'dispatches', -1, 'echo')",
    )
    .bind(acme.id.uuid())
    .bind(acme.tenant.uuid())
    .execute(&mut server.database.superuser().await)
    .await
    .expect("written");
    sums_are_right(&server.database).await;
    let periods: i64 = server.database.truth("select count(distinct period_start) from org.usage_events").await;
    assert_eq!(periods, 1, "the database knows the period, too");
}

#[tokio::test]
async fn what_somebody_broke_is_found_and_made_anew_to_the_same_bytes() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    ada.dispatched(json!({})).await;
    let events = [
        event(1, "images", "0.25"),
        event(2, "images", "1.5"),
        with(event(3, "images", 2), json!({"corrects": "2"})),
        event(4, "tokens", 3),
    ];
    assert_eq!(told(batch(&ada, &events).await), (4, 0));
    let services = &server.database.services;
    let operator = TestOperator::over(services);
    let found = operator.find(acme.id).await;
    let scope = || operator.operator.in_organization(&found);
    let before: String = server.database.truth(DUMP).await;
    let view = metering::check(services, &scope()).await.expect("checked");
    assert_eq!(view.wrong, 0);
    assert_eq!(metering::rebuild(services, &scope()).await.expect("rebuilt"), view);
    assert_eq!(server.database.truth::<String>(DUMP).await, before);
    server
        .database
        .change(
            "update org.usage_rollups set value = value + 1 where meter = 'images' and grain = 'hour';
             delete from org.usage_rollups where meter = 'dispatches' and grain = 'day'",
        )
        .await;
    assert_eq!(metering::check(services, &scope()).await.expect("checked").wrong, 3, "one is wrong, one is missing");
    assert_eq!(metering::rebuild(services, &scope()).await.expect("rebuilt").wrong, 3);
    assert_eq!(server.database.truth::<String>(DUMP).await, before);
}

#[tokio::test]
async fn a_change_of_plan_leaves_every_event_in_its_period() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "free").await;
    ada.dispatched(json!({})).await;
    assert_eq!(told(one(&ada, &event(1, "images", 1)).await), (1, 0));
    ada.put("/api/v1/subscription", &json!({"plan": "pro"})).await.expect(200);
    ada.dispatched(json!({})).await;
    assert_eq!(told(one(&ada, &event(2, "images", 1)).await), (1, 0));
    ada.put("/api/v1/subscription", &json!({"plan": "free"})).await.expect(200);
    let before: String = server.database.truth(DUMP).await;
    let operator = TestOperator::over(&server.database.services);
    let scope = operator.operator.in_organization(&operator.find(acme.id).await);
    metering::rebuild(&server.database.services, &scope).await.expect("rebuilt");
    assert_eq!(server.database.truth::<String>(DUMP).await, before);
    let periods: i64 = server
        .database
        .truth("select count(distinct start_at) from org.usage_rollups where meter = 'images' and grain = 'period'")
        .await;
    assert_eq!(periods, 2);
}

#[tokio::test]
async fn api_calls_are_summed_by_key_and_a_call_that_costs_nothing_is_none() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let (first, one_secret) = ada.key(&["read"]).await;
    let (second, other_secret) = ada.key(&["read"]).await;
    for secret in [&one_secret, &one_secret, &other_secret] {
        server.with_key(secret).get("/api/v1/jobs").await.expect(200);
    }
    // What fails on our side is given back.
    server.database.take_away().await;
    server.with_key(&one_secret).get("/api/v1/jobs").await.refused(503, "GUARD_UNAVAILABLE");
    server.database.give_back().await;
    let calls = async {
        loop {
            let reply = ada.get("/api/v1/usage?meter=api_calls&step=month&group_by=key").await;
            if reply.status == 200 {
                return reply.at("/data").as_array().expect("points").clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let mut by_key: Vec<_> = calls.await.iter().map(|point| (point["group"].clone(), point["value"].clone())).collect();
    by_key.sort_by_key(|(_, value)| value.as_i64());
    assert_eq!(by_key, [(json!(second), json!(1)), (json!(first), json!(2))]);
    assert_eq!(ada.usage().await["api_calls"]["used"], 3);
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn the_time_that_a_job_ran_is_recorded_once_with_its_end() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "pro").await;
    let ran = ada.dispatched(json!({})).await;
    let waits = ada.dispatched(json!({})).await;
    server
        .database
        .change(
            "update org.jobs set status = 'running', started_at = app.now() - interval '1500 milliseconds'
             where position = (select min(position) from org.jobs)",
        )
        .await;
    for job in [&ran, &waits] {
        ada.call(reqwest::Method::POST, &format!("/api/v1/jobs/{job}/cancel")).await.expect(200);
    }
    let point = ada.get("/api/v1/usage?meter=compute_ms&group_by=tool").await.expect(200).at("/data/0");
    let ms = point["value"].as_i64().expect("milliseconds");
    assert!((1_500..60_000).contains(&ms) && point["group"] == "echo", "{point}");
    let records = "select count(*) from org.usage_events where meter = 'compute_ms' and job_id is not null and user_id is not null";
    assert_eq!(server.database.truth::<i64>(records).await, 1, "one that never ran has used no time");
    sums_are_right(&server.database).await;
}

#[tokio::test]
async fn sums_of_a_large_organization_may_take_longer_than_a_request() {
    let server = TestServer::without_worker().await;
    let (ada, acme) = server.owner("Ada", "pro").await;
    ada.dispatched(json!({})).await;
    let operator = TestOperator::over(&server.database.services);
    let scope = operator.operator.in_organization(&operator.find(acme.id).await);
    let limit =
        format!("alter role tenantry_app in database {} set statement_timeout = '500ms'", server.database.name());
    let mut superuser = server.database.superuser().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(limit)).execute(&mut superuser).await.expect("set");
    drop(superuser);
    server.database.cut().await;
    let mut lock = server.database.superuser().await;
    sqlx::raw_sql("begin; lock table org.usage_rollups in access exclusive mode")
        .execute(&mut lock)
        .await
        .expect("locked");
    let slow = metering::check(&server.database.services, &scope);
    let (view, ()) = tokio::join!(slow, async {
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        drop(lock);
    });
    assert_eq!(view.expect("it has its time").wrong, 0);
}
