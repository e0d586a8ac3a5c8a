//! Who comes, changes and goes: told to the organization's endpoints and to nobody else's, and whoever has left by id alone.

use serde_json::{Value, json};
use sqlx::Connection as _;
use tenantry_domain::{
    accounts::own,
    webhooks::{endpoints::worker, standard},
};
use tenantry_kernel::Role;
use tenantry_testkit::{Answer, Person};

use super::{ENDPOINTS, Stage, secret};

const ALL: [&str; 3] = ["membership.created", "membership.updated", "membership.removed"];

/// Ends a person's account, by the verb behind their page.
async fn ends_their_account(stage: &Stage, person: &Person) {
    let services = &stage.server.database.services;
    let principal = person.principal(services).await;
    own::delete(services, &principal, &person.password).await.expect("deleted");
}

/// What was told at a path, in the order in which it came.
fn told_at(stage: &Stage, path: &str) -> Vec<Value> {
    let received = stage.receiver.received();
    received.iter().filter(|message| message.path == path).map(|message| message.json()).collect()
}

async fn delivers(stage: &Stage) -> usize {
    worker::drain(&stage.server.database.services, stage.acme.id).await.expect("the database is there")
}

async fn written(stage: &Stage) -> i64 {
    stage.server.database.truth("select count(*) from org.endpoint_events").await
}

#[tokio::test]
async fn the_end_of_an_account_is_told_to_its_organizations_and_to_nobody_else() {
    let stage = Stage::new().await;
    let (id, whsec) = stage.endpoint("/acme", &ALL).await;
    let second = stage.server.database.add_tenant(stage.acme.id, "acme-second").await;
    let beside = json!({"url": stage.receiver.url("/second"), "events": ["membership.removed"]});
    stage.ada.client.naming(second).post(ENDPOINTS, &beside).await.expect(201);
    let (zoe, _) = stage.server.owner("Zoe", "free").await;
    let elsewhere = json!({"url": stage.receiver.url("/zoe"), "events": ALL});
    zoe.post(ENDPOINTS, &elsewhere).await.expect(201);

    let bob = stage.server.member(&stage.acme, Role::Operator).await;
    stage.until_all(&id, "delivered", 1).await;
    ends_their_account(&stage, &bob).await;
    stage.until_all(&id, "delivered", 2).await;
    stage.receiver.until_received(3).await;

    let [created, removed] = &told_at(&stage, "/acme")[..] else { panic!("two: {:?}", told_at(&stage, "/acme")) };
    let named = json!({"id": bob.id.to_string(), "name": bob.name, "email": bob.email});
    assert_eq!((&created["type"], &created["data"]["user"]), (&json!("membership.created"), &named));
    let data = &removed["data"];
    assert_eq!(removed["type"], "membership.removed");
    assert_eq!(data["user"], json!({"id": bob.id.to_string(), "name": null, "email": null}));
    assert_eq!((&data["roles"], &data["owner"]), (&json!([{"id": "operator", "name": "Operator"}]), &json!(false)));
    assert_eq!((&data["member"], &data["tenant"]), (&created["data"]["member"], &json!(stage.acme.tenant.to_string())));
    assert!(data["member"].as_str().is_some_and(|id| id.starts_with("mem_")), "{data}");
    assert_eq!(told_at(&stage, "/second")[0]["data"]["tenant"], second.to_string());
    assert_eq!(told_at(&stage, "/zoe"), Vec::<Value>::new());
    for message in stage.receiver.received().iter().filter(|message| message.path == "/acme") {
        let at = message.header(standard::TIMESTAMP).and_then(|at| at.parse().ok()).expect("a time");
        let id = message.header(standard::ID).expect("an id");
        let expected = standard::signatures(&[secret(&whsec)], id, at, &message.body);
        assert_eq!(message.header(standard::SIGNATURE), Some(expected.as_str()));
    }
}

#[tokio::test]
async fn another_role_or_owner_is_told_once_and_what_changes_neither_is_not() {
    let stage = Stage::idle().await;
    stage.endpoint("/hook", &["membership.updated"]).await;
    let bob = stage.server.member(&stage.acme, Role::Viewer).await;
    assert_eq!(written(&stage).await, 0, "nobody asked who comes");
    let database = &stage.server.database;
    for (change, owner) in [
        ("update directory.memberships set role = 'admin' where role = 'viewer'", false),
        ("update directory.memberships set owner = true where not owner", true),
    ] {
        database.change(change).await;
        assert_eq!(delivers(&stage).await, 1, "{change}");
        let told = told_at(&stage, "/hook").pop().expect("it was told");
        let roles = json!([{"id": "admin", "name": "Admin"}]);
        assert_eq!((&told["data"]["roles"], &told["data"]["owner"]), (&roles, &json!(owner)));
        assert_eq!(told["data"]["user"]["email"], bob.email);
    }
    database.change("update directory.memberships set role = role, owner = owner, joined_at = app.now()").await;
    assert_eq!((delivers(&stage).await, written(&stage).await), (0, 2));
}

#[tokio::test]
async fn what_is_undone_is_told_to_nobody() {
    let stage = Stage::idle().await;
    stage.endpoint("/hook", &ALL).await;
    let bob = stage.server.member(&stage.acme, Role::Viewer).await;
    assert_eq!(written(&stage).await, 1);
    let mut superuser = stage.server.database.superuser().await;
    let mut tx = superuser.begin().await.expect("the database is there");
    for statement in [
        "update directory.memberships set role = 'operator' where role = 'viewer'",
        "delete from directory.memberships where not owner",
    ] {
        sqlx::query(statement).execute(&mut *tx).await.expect("done");
    }
    let noted = sqlx::query_scalar("select count(*) from org.endpoint_events").fetch_one(&mut *tx).await;
    assert_eq!(noted.ok(), Some(3_i64), "each was written with its cause");
    tx.rollback().await.expect("undone");
    assert_eq!(written(&stage).await, 1);
    bob.get("/api/tenant/role").await.expect(200);
}

/// A message may be late by a day, and can be sent again for two weeks.
#[tokio::test]
async fn whoever_has_left_is_named_by_no_late_message_and_by_no_row() {
    let stage = Stage::idle().await;
    let (id, _) = stage.endpoint("/hook", &["membership.created"]).await;
    stage.receiver.will_in_turn("/hook", [Answer::status(500), Answer::default()]);
    let bob = stage.server.member(&stage.acme, Role::Viewer).await;
    assert_eq!(delivers(&stage).await, 1);
    let rows = "select string_agg(e::text || d::text, ' ') from org.endpoint_events e, org.deliveries d";
    let kept: String = stage.server.database.truth(rows).await;
    assert!(!kept.contains(&bob.email) && kept.contains(&bob.id.uuid().to_string()), "{kept}");
    ends_their_account(&stage, &bob).await;
    stage.hurry().await;
    assert_eq!(delivers(&stage).await, 1);
    stage.until_all(&id, "delivered", 1).await;
    let users: Vec<Value> = told_at(&stage, "/hook").iter().map(|told| told["data"]["user"].clone()).collect();
    assert_eq!((&users[0]["email"], &users[1]["email"]), (&json!(bob.email), &Value::Null));
    assert_eq!((&users[0]["id"], &users[1]["name"]), (&users[1]["id"], &Value::Null));
}

#[tokio::test]
async fn an_organization_that_goes_with_its_members_tells_nobody_and_is_not_kept_by_it() {
    let stage = Stage::idle().await;
    stage.endpoint("/hook", &ALL).await;
    stage.server.member(&stage.acme, Role::Viewer).await;
    let database = &stage.server.database;
    let mut superuser = database.superuser().await;
    let mut tx = superuser.begin().await.expect("the database is there");
    let gone = sqlx::query("delete from directory.organizations").execute(&mut *tx).await.expect("it goes");
    assert_eq!(gone.rows_affected(), 1);
    tx.commit().await.expect("nothing refers to it any more");
    assert_eq!(written(&stage).await, 0);
}
