//! Tools and jobs at the command line, beside a running server and without one.

use serde_json::{Value, json};

use crate::{
    program::Folder,
    quota_commands::{answer, ends_with, start},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tools_are_made_changed_and_deleted_beside_a_running_server_and_without_one() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let (folder, tenant) = (folder.as_ref(), acme.tenant_slug.as_str());
    let create = ["tool", "create", tenant, "--name", "crm", "--url", "https://example.com/hook"];
    let made = answer(folder, &[&create[..], &["--feature", "listing-auto", "--timeout-seconds", "5"]].concat());
    assert!(made["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{made}");
    let id = made["tool"]["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/tools/{id}");
    assert_eq!(ada.get(&path).await.expect(200).at("/tool"), made["tool"], "what is printed is the API's shape");
    ends_with(folder, &create, 4);
    let by_id = acme.tenant.to_string();
    assert_eq!(answer(folder, &["tool", "list", &by_id]), ada.get("/api/v1/tools").await.expect(200).json());

    let changed = answer(folder, &["tool", "change", tenant, "crm", "--name", "sales", "--no-feature"]);
    assert_eq!((&changed["tool"]["name"], &changed["tool"]["feature"]), (&json!("sales"), &Value::Null));
    assert_eq!(changed["tool"]["timeout_seconds"], 5);
    let rotated = answer(folder, &["tool", "rotate", tenant, &id]);
    assert!(rotated["secret"] != made["secret"] && rotated["previous"]["expires_at"].is_string(), "{rotated}");
    assert!(server.stop(), "it ends in order");

    let missing = ends_with(folder, &["tool", "delete", tenant, "sales"], 2);
    assert!(missing.contains(&format!("--confirm {tenant}")), "{missing}");
    ends_with(folder, &["tool", "delete", tenant, "sales", "--confirm", "another"], 4);
    assert_eq!(answer(folder, &["tool", "list", tenant])["data"].as_array().map(Vec::len), Some(3));
    let gone = answer(folder, &["tool", "delete", tenant, "sales", "--confirm", tenant]);
    assert_eq!(gone, json!({"tool": null}));
    ends_with(folder, &["tool", "delete", tenant, "sales", "--confirm", tenant], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_listed_shown_and_canceled() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let (folder, tenant) = (folder.as_ref(), acme.tenant_slug.as_str());
    let id = ada.dispatched(json!({"hello": "world"})).await;
    ada.job_over(&id).await;
    let shown = answer(folder, &["job", "show", tenant, &id]);
    assert_eq!(shown, ada.get(&format!("/api/v1/jobs/{id}")).await.expect(200).json());
    assert_eq!(answer(folder, &["job", "list", tenant]), ada.get("/api/v1/jobs").await.expect(200).json());
    ends_with(folder, &["job", "cancel", tenant, &id], 4);
    ends_with(folder, &["job", "list", tenant, "--limit", "0"], 2);
    assert!(server.stop(), "it ends in order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_the_tenants_is_missing_and_what_is_wrong_is_a_misuse() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let (folder, tenant) = (folder.as_ref(), acme.tenant_slug.as_str());
    let eve = server.client().sign_up("Eve").await;
    let theirs = eve.create_organization("Other", "free").await;
    let strange =
        answer(folder, &["tool", "create", &theirs.tenant_slug, "--name", "crm", "--url", "https://example.com/"]);
    let strange = strange["tool"]["id"].as_str().expect("an id").to_owned();
    let job = eve.dispatched(json!({})).await;
    for line in [
        &["tool", "list", "nobody"][..],
        &["tool", "list", "Not A Slug"],
        &["tool", "list", "ten_7zzzzzzzzzzzzzzzzzzzzzzzzz"],
        &["tool", "change", tenant, "nothing", "--name", "x"],
        &["tool", "change", tenant, &strange, "--name", "x"],
        &["tool", "rotate", tenant, &strange],
        &["tool", "delete", tenant, &strange, "--confirm", tenant],
        &["job", "show", tenant, &job],
        &["job", "cancel", tenant, &job],
        &["job", "show", tenant, "nonsense"],
    ] {
        ends_with(folder, line, 3);
    }
    let create = ["tool", "create", tenant, "--name", "x", "--url"];
    for line in [
        &[&create[..], &["nowhere"]].concat()[..],
        &[&create[..], &["http://10.0.0.1/"]].concat(),
        &[&create[..], &["https://example.com/", "--timeout-seconds", "0"]].concat(),
        &["tool", "create", tenant, "--name", "x"],
    ] {
        ends_with(folder, line, 2);
    }
    ends_with(folder, &["tool", "change", tenant, "echo", "--name", "x"], 4);
    ends_with(folder, &["tool", "delete", tenant, "echo", "--confirm", tenant], 4);
    assert_eq!(ada.get("/api/v1/tools").await.expect(200).at("/data").as_array().map(Vec::len), Some(2));
    assert!(server.stop(), "it ends in order");
}
