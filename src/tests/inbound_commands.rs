//! Inbound webhooks at the command line, beside a running server and without one.

use serde_json::json;
use tenantry_testkit::now;

use crate::{
    program::Folder,
    quota_commands::{answer, ends_with, start},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_are_made_rotated_looked_at_and_removed() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let (folder, tenant) = (folder.as_ref(), acme.tenant_slug.as_str());
    let create = ["webhook", "create", tenant, "--name", "crm", "--allow", "127.0.0.0/8", "--tool", "echo"];
    let made = answer(folder, &create);
    let id = made["webhook"]["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/webhooks/inbound/{id}");
    assert_eq!(ada.get(&path).await.expect(200).at("/webhook"), made["webhook"], "what is printed is the API's shape");
    let listed = ada.get("/api/v1/webhooks/inbound").await.expect(200).json();
    assert_eq!(answer(folder, &["webhook", "list", &acme.tenant.to_string()]), listed);

    let other = ada.inbound("standard", &json!({})).await;
    let sender = tenantry_testkit::Sender { id: id.clone(), ..other.clone() };
    let sender = sender.signing_with(made["secret"].as_str().expect("a secret"));
    sender.send("msg_1", &json!({"type": "ping"})).await.expect(202);
    sender.call(&sender.signed("msg_2", now() - 3600, b"{}"), "{}").await.refused(401, "TIMESTAMP_OUT_OF_RANGE");
    let rotated = answer(folder, &["webhook", "rotate", tenant, &id, "--grace-period-hours", "0"]);
    assert!(rotated["secret"] != made["secret"] && rotated["previous"]["expires_at"].is_string(), "{rotated}");
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    sender.send("msg_3", &json!({})).await.refused(401, "SIGNATURE_INVALID");
    let receipts = ada.get(&format!("{path}/receipts")).await.expect(200).json();
    assert_eq!(answer(folder, &["webhook", "receipts", tenant, &id]), receipts);
    assert_eq!(receipts["data"].as_array().map(Vec::len), Some(3), "{receipts}");
    assert!(server.stop(), "it ends in order");

    let missing = ends_with(folder, &["webhook", "remove", tenant, &id], 2);
    assert!(missing.contains(&format!("--confirm {tenant}")), "{missing}");
    ends_with(folder, &["webhook", "remove", tenant, &id, "--confirm", "another"], 4);
    let gone = answer(folder, &["webhook", "remove", tenant, &id, "--confirm", tenant]);
    assert_eq!(gone, json!({"webhook": null}));
    for line in [
        &["webhook", "remove", tenant, &id, "--confirm", tenant][..],
        &["webhook", "rotate", tenant, &id],
        &["webhook", "receipts", tenant, &id],
        &["webhook", "receipts", tenant, "nonsense"],
        &["webhook", "list", "nobody"],
    ] {
        ends_with(folder, line, 3);
    }
    for line in [
        &["webhook", "create", tenant, "--name", "x", "--allow", "everywhere"][..],
        &["webhook", "create", tenant, "--name", "x", "--scheme", "none"],
        &["webhook", "create", tenant, "--name", "x", "--tool", "nothing"],
        &["webhook", "create", tenant],
    ] {
        ends_with(folder, line, 2);
    }
}
