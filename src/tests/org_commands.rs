//! `tenantry org`, by the built program beside a running server and without one.

use serde_json::json;

use crate::{
    program::Folder,
    quota_commands::{answer, ends_with, run, start},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_is_shown_and_called_otherwise_beside_a_running_server_and_without_one() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let (folder, id) = (folder.as_ref(), acme.id.to_string());
    let shown = answer(folder, &["org", "show", &acme.slug]);
    assert_eq!(shown, ada.get("/api/tenant/organization").await.expect(200).json(), "it prints the API's shape");
    assert_eq!(shown, answer(folder, &["org", "show", &id]));

    let set = answer(folder, &["org", "set", &acme.slug, "--name", "Meridian", "--slug", "meridian"]);
    assert_eq!((&set["organization"]["name"], &set["organization"]["slug"]), (&json!("Meridian"), &json!("meridian")));
    assert_eq!(set, ada.get("/api/tenant/organization").await.expect(200).json());
    ends_with(folder, &["org", "show", &acme.slug], 3);

    assert!(server.stop(), "it ends in order");
    let zoned = answer(folder, &["org", "set", "meridian", "--time-zone", "Asia/Tokyo"]);
    assert_eq!(
        (&zoned["organization"]["time_zone"], &zoned["organization"]["name"]),
        (&json!("Asia/Tokyo"), &json!("Meridian"))
    );
    let text = String::from_utf8(run(folder, &["org", "show", "meridian"]).stdout).expect("text");
    assert!(text.starts_with("Meridian (meridian), plan free, days of Asia/Tokyo, org_"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_missing_or_taken_has_a_code_of_its_own_and_changes_nothing() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let other = ada.create_organization("Other", "pro").await;
    let (folder, org) = (folder.as_ref(), acme.slug.as_str());
    let before = answer(folder, &["org", "show", org]);
    for missing in ["nobody", "org_7zzzzzzzzzzzzzzzzzzzzzzzzz", "Not A Slug", "ten_7zzzzzzzzzzzzzzzzzzzzzzzzz"] {
        ends_with(folder, &["org", "show", missing], 3);
        ends_with(folder, &["org", "set", missing, "--name", "Mine"], 3);
    }
    for wrong in
        [&["--slug", "Not A Slug"][..], &["--slug", "www"], &["--name", " "], &["--time-zone", "Mars/Olympus"], &[]]
    {
        ends_with(folder, &[&["org", "set", org][..], wrong].concat(), 2);
    }
    let said = ends_with(folder, &["org", "set", org, "--slug", &other.slug, "--name", "Mine"], 4);
    assert!(said.contains("Somebody has this address already."), "{said}");
    assert_eq!(answer(folder, &["org", "show", org]), before);
    assert!(server.stop(), "it ends in order");
}
