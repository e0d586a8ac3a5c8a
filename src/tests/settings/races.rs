//! Several who change settings at once, in one process and in two, and one that is cut off in the middle.

use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use serde_json::{Value, json};
use tenantry_testkit::TestServer;

use super::{ORGANIZATIONS, SETTINGS};

#[tokio::test]
async fn of_two_who_save_at_once_each_keeps_what_only_they_have_changed() {
    let server = TestServer::without_worker().await;
    let there = server.another().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let elsewhere = ada.client.moved_to(&there);
    for round in 0..8 {
        let (name, slug) = (format!("Name {round}"), format!("slug-{round}"));
        let zone = if round % 2 == 0 { "Europe/Berlin" } else { "Asia/Tokyo" };
        let wishes = [json!({"name": name}), json!({"slug": slug}), json!({"time_zone": zone})];
        let calls = wishes.iter().enumerate().map(|(number, wish)| {
            let client = if number % 2 == 0 { &ada.client } else { &elsewhere };
            client.patch(SETTINGS, wish).into_future()
        });
        assert!(join_all(calls).await.iter().all(|reply| reply.status == 200));
        let now = ada.get(SETTINGS).await.expect(200).at("/organization");
        assert_eq!((&now["name"], &now["slug"], &now["time_zone"]), (&json!(name), &json!(slug), &json!(zone)));
    }
}

#[tokio::test]
async fn of_two_names_at_once_and_of_a_double_click_one_stays() {
    let server = TestServer::without_worker().await;
    let there = server.another().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let elsewhere = ada.client.moved_to(&there);
    let (one, other) = (json!({"name": "One", "slug": "one-name"}), json!({"name": "Other", "slug": "other-name"}));
    let calls = [(&ada.client, &one), (&elsewhere, &other), (&elsewhere, &one), (&ada.client, &one)];
    let replies = join_all(calls.map(|(client, wish)| client.patch(SETTINGS, wish).into_future())).await;
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:#?}");
    let now = ada.get(SETTINGS).await.expect(200).at("/organization");
    let is = |wish: &Value| (&now["name"], &now["slug"]) == (&wish["name"], &wish["slug"]);
    assert!(is(&one) || is(&other), "one of them as a whole: {now}");
}

#[tokio::test]
async fn of_several_who_want_one_address_at_once_one_has_it() {
    let server = TestServer::without_worker().await;
    let there = server.another().await;
    let mut people = Vec::new();
    for name in ["Ada", "Bob", "Cem", "Dea"] {
        people.push(server.owner(name, "free").await.0);
    }
    let wish = json!({"slug": "meridian"});
    let found = json!({"name": "Meridian", "slug": "meridian"});
    let changing = people.iter().enumerate().map(|(number, person)| {
        let client = if number % 2 == 0 { person.client.clone() } else { person.client.moved_to(&there) };
        client.patch(SETTINGS, &wish).into_future()
    });
    let (mut replies, founded) =
        tokio::join!(join_all(changing), people[0].client.post(ORGANIZATIONS, &found).into_future());
    replies.push(founded);
    let statuses: BTreeSet<u16> = replies.iter().map(|reply| reply.status).collect();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 201 | 409)), "{replies:#?}");
    assert_eq!(replies.iter().filter(|reply| reply.status < 300).count(), 1);
    for reply in replies.into_iter().filter(|reply| reply.status == 409) {
        reply.refused(409, "SLUG_TAKEN");
    }
    let rows = "select count(*) from (select organization_id from directory.organizations where slug = 'meridian'
                union select organization_id from directory.tenants where slug = 'meridian') taken";
    assert_eq!(server.database.truth::<i64>(rows).await, 1);
}

#[tokio::test]
async fn a_change_that_is_cut_off_in_the_middle_leaves_everything_as_it_was() {
    let server = TestServer::without_worker().await;
    let (ada, _) = server.owner("Ada", "free").await;
    let before = ada.get(SETTINGS).await.expect(200).json();
    let mut holder = server.database.superuser().await;
    sqlx::raw_sql("begin; select from directory.organizations for update").execute(&mut holder).await.expect("held");
    let wish = json!({"name": "Other", "slug": "other-name", "time_zone": "Asia/Tokyo"});
    let cut = async {
        let waits = "select count(*) from pg_stat_activity
                     where datname = current_database() and wait_event_type = 'Lock'";
        while server.database.truth::<i64>(waits).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.database.cut().await;
    };
    let cut = async { tokio::time::timeout(Duration::from_secs(30), cut).await.expect("the change waits") };
    let (reply, ()) = tokio::join!(ada.patch(SETTINGS, &wish).into_future(), cut);
    reply.refused(503, "GUARD_UNAVAILABLE");
    assert_eq!(ada.get(SETTINGS).await.expect(200).json(), before);
    // Who did not hear an answer tries again.
    assert_eq!(ada.patch(SETTINGS, &wish).await.expect(200).text_at("/organization/slug"), "other-name");
    assert_eq!(ada.patch(SETTINGS, &wish).await.expect(200).text_at("/organization/slug"), "other-name");
}
