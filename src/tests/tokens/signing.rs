//! The keys that sign: published for everybody, and replaced without anybody noticing, or at once where they must be.

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;
use tenantry_domain::{
    access::Operator,
    accounts::tokens::{self, Rotation},
    db::secret::InstallationSecret,
};
use tenantry_testkit::{TestServer, verified};

use super::{ROLE, TOKEN, both, pair, two_processes};

const JWKS: &str = "/.well-known/jwks.json";

fn operator() -> Operator {
    Operator::holding(&InstallationSecret::from_text(&"a".repeat(32)).expect("long enough"))
}

async fn rotate(server: &TestServer, rotation: Rotation) {
    tokens::rotate(&server.database.services, &operator(), rotation).await.expect("rotated");
}

#[tokio::test]
async fn anybody_can_know_our_tokens_by_the_published_keys() {
    let server = TestServer::without_worker().await;
    assert_eq!(server.get(JWKS).await.expect(200).json(), json!({"keys": []}));
    let (ada, _) = server.owner("Ada", "pro").await;
    let (access, _) = pair(&ada).await;
    let reply = server.get(JWKS).await.expect(200);
    assert_eq!(reply.header("content-type"), Some("application/jwk-set+json"));
    assert_eq!(reply.header("cache-control"), Some("public, max-age=60"));
    let keys = reply.at("/keys");
    let key = &keys.as_array().expect("keys")[0];
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert_eq!(key.as_object().map(serde_json::Map::len), Some(6), "nothing of the private key");
    assert!(verified(&access, key["x"].as_str().expect("a public key")));
}

#[tokio::test]
async fn a_rotation_is_noticed_by_nobody_until_the_last_token_of_the_old_key_has_ended() {
    let (server, first, second, ada) = two_processes().await;
    let (old, token) = pair(&ada).await;
    first.with_key(&old).get(ROLE).await.expect(200);
    rotate(&server, Rotation::Graceful).await;
    let (new, _) = both(&first.post(TOKEN, &json!({"refresh_token": token})).await.expect(200));
    for process in [&first, &second] {
        process.with_key(&old).get(ROLE).await.expect(200);
        process.with_key(&new).get(ROLE).await.expect(200);
        assert_eq!(process.get(JWKS).await.at("/keys").as_array().map(Vec::len), Some(2));
    }
    server.database.turn_clock(TimeDelta::minutes(16)).await;
    assert_eq!(server.get(JWKS).await.at("/keys").as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_key_in_other_hands_is_believed_no_more_on_every_server_at_once() {
    let (server, first, second, ada) = two_processes().await;
    let (old, token) = pair(&ada).await;
    first.with_key(&old).get(ROLE).await.expect(200);
    second.with_key(&old).get(ROLE).await.expect(200);
    rotate(&server, Rotation::AtOnce).await;
    for process in [&first, &second] {
        process.with_key(&old).get(ROLE).await.refused(401, "UNAUTHENTICATED");
    }
    let (new, _) = both(&second.post(TOKEN, &json!({"refresh_token": token})).await.expect(200));
    first.with_key(&new).get(ROLE).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_first_tokens_and_rotations_at_once_one_key_signs() {
    let (server, first, second, ada) = two_processes().await;
    let there = ada.moved_to(&second);
    let clients = [&ada.client, &there];
    let pairs = join_all((0..8).map(|number| pair(clients[number % 2]))).await;
    let keys = "select count(*) from platform.signing_keys";
    assert_eq!(server.database.truth::<i64>(keys).await, 1);
    let others = [server.database.other_process(), server.database.other_process()];
    let operator = operator();
    let rotations = others.iter().map(|services| tokens::rotate(services, &operator, Rotation::Graceful));
    let rotated = join_all(rotations).await.into_iter().filter(Result::is_ok).count();
    assert!(rotated >= 1);
    let signing = "select count(*) from platform.signing_keys where retired_at is null";
    assert_eq!(server.database.truth::<i64>(signing).await, 1);
    for (access, _) in pairs {
        first.with_key(&access).get(ROLE).await.expect(200);
    }
}
