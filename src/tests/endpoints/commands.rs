//! Endpoints at the command line, beside a running server and without one.

use serde_json::{Value, json};

use super::ENDPOINTS;
use crate::{
    program::Folder,
    quota_commands::{answer, ends_with, start},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_are_made_looked_at_and_removed_beside_a_running_server_and_without_one() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let (folder, tenant) = (folder.as_ref(), acme.tenant_slug.as_str());
    let create = ["endpoint", "create", tenant, "--url", "https://hooks.example.invalid/x", "--events"];
    let made = answer(folder, &[&create[..], &["job.failed,key.created", "--description", "CRM"]].concat());
    assert!(made["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{made}");
    let id = made["endpoint"]["id"].as_str().expect("an id").to_owned();
    let path = format!("{ENDPOINTS}/{id}");
    assert_eq!(
        ada.get(&path).await.expect(200).at("/endpoint"),
        made["endpoint"],
        "what is printed is the API's shape"
    );
    assert_eq!(answer(folder, &["endpoint", "list", tenant]), ada.get(ENDPOINTS).await.expect(200).json());
    ends_with(folder, &[&create[..], &["job.invented"]].concat(), 2);
    ends_with(folder, &["endpoint", "create", tenant, "--url", "http://10.0.0.1/", "--events", "job.failed"], 2);

    ada.key(&["read"]).await;
    // The host is not there, so the first attempt is over soon.
    let listed = || answer(folder, &["endpoint", "deliveries", tenant, &id]);
    let tried = |page: &Value| page["data"][0]["timeline"][0]["error"].is_string();
    let deliveries = std::iter::repeat_with(listed).take(100).find(tried).expect("it was tried");
    assert_eq!(
        (&deliveries["data"][0]["type"], &deliveries["data"][0]["state"]),
        (&json!("key.created"), &json!("waiting"))
    );
    let delivery = deliveries["data"][0]["id"].as_str().expect("an id");
    assert_eq!(answer(folder, &["endpoint", "replay", tenant, delivery])["delivery"]["id"], delivery);
    let rotated = answer(folder, &["endpoint", "rotate", tenant, &id]);
    assert!(rotated["secret"] != made["secret"] && rotated["previous"]["expires_at"].is_string(), "{rotated}");

    // Of another tenant's it says what it says of one that never was.
    let eve = server.client().sign_up("Eve").await;
    let other = eve.create_organization("Other", "free").await;
    for line in [["deliveries", &other.tenant_slug, &id], ["rotate", &other.tenant_slug, &id]] {
        ends_with(folder, &[&["endpoint"], &line[..]].concat(), 3);
    }
    ends_with(folder, &["endpoint", "replay", &other.tenant_slug, delivery], 3);
    assert!(server.stop(), "it ends in order");

    let missing = ends_with(folder, &["endpoint", "remove", tenant, &id], 2);
    assert!(missing.contains(&format!("--confirm {tenant}")), "{missing}");
    assert_eq!(answer(folder, &["endpoint", "remove", tenant, &id, "--confirm", tenant]), json!({"endpoint": null}));
    ends_with(folder, &["endpoint", "remove", tenant, &id, "--confirm", tenant], 3);
    ends_with(folder, &["endpoint", "deliveries", tenant, "end_x"], 3);
}
