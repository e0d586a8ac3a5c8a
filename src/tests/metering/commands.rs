//! `tenantry usage`, by the built program beside a running server.

use std::path::Path;

use serde_json::json;
use tenantry_testkit::Client;

use super::{batch, event, told};
use crate::{
    program::Folder,
    quota_commands::{answer, ends_with, start},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_reads_checks_and_rebuilds_sums() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let folder = folder.as_ref();
    assert_eq!(told(batch(&ada, &[event(1, "images", "0.5"), event(2, "images", 2)]).await), (2, 0));
    ada.dispatched(json!({})).await;

    let meters = answer(folder, &["usage", "meters", &acme.slug]);
    assert_eq!(meters["data"][0], json!({"meter": "dispatches", "own": true}));
    assert_eq!(
        meters["data"].as_array().and_then(|meters| meters.last()),
        Some(&json!({"meter": "images", "own": false}))
    );
    let line = ["usage", "series", &acme.slug, "--meter", "images", "--step", "month", "--group-by", "tenant"];
    let series = answer(folder, &line);
    assert_eq!(series["data"][0]["value"], "2.5");
    assert_eq!(series["data"][0]["group"], acme.tenant.to_string());
    let checked = answer(folder, &["usage", "check", &acme.slug]);
    assert_eq!(checked["wrong"], 0);
    assert!(checked["rollups"].as_u64().is_some_and(|rollups| rollups >= 8), "{checked}");
    assert_eq!(answer(folder, &["usage", "rebuild", &acme.id.to_string()])["wrong"], 0);

    let alone = answer(folder, &["usage", "series", &acme.slug, "--meter", "dispatches", "--of", "tool:echo"]);
    assert_eq!(alone["data"][0]["value"], 1);
    let usage = answer(folder, &["billing", "usage", &acme.slug]);
    assert_eq!(usage["dispatches"]["used"], 1);
    let meters = usage["meters"].as_array().expect("meters");
    assert!(meters.contains(&json!({"meter": "images", "value": "2.5"})), "{usage}");
    limits(folder, &ada, &acme.slug).await;

    ends_with(folder, &["usage", "check", "no-such-slug"], 3);
    ends_with(folder, &["usage", "series", &acme.slug], 2);
    ends_with(folder, &["usage", "series", &acme.slug, "--meter", "images", "--step", "year"], 2);
    ends_with(folder, &["usage", "series", &acme.slug, "--meter", "images", "--from", "noon"], 2);
    assert!(server.stop(), "it ends in order");
}

/// A limit that the operator sets beside a running server counts for its very next event.
async fn limits(folder: &Path, ada: &Client, slug: &str) {
    let line = ["quota", "set", slug, "--meter", "images", "--limit", "3", "--reason", "a trial"];
    let set = answer(folder, &line);
    assert_eq!((&set["override"]["meter"], &set["override"]["every"]), (&json!("images"), &json!("month")));
    let sent = batch(ada, &[event(3, "images", 1), event(4, "images", "0.5")]).await.expect(202);
    assert_eq!(sent.at("/invalid"), json!([{"index": 0, "code": "QUOTA_EXCEEDED"}]));
    let status = answer(folder, &["quota", "status", slug]);
    let own = &status["event_meters"][0];
    assert_eq!(
        (&own["meter"], &own["used"], &own["limit"], &own["remaining"]),
        (&json!("images"), &json!(3), &json!(3), &json!(0))
    );
    assert_eq!(own["warnings"].as_array().map(Vec::len), Some(2));
    ends_with(
        folder,
        &["quota", "set", slug, "--meter", "dispatches", "--every", "day", "--limit", "3", "--reason", "x"],
        2,
    );
    assert_eq!(answer(folder, &["quota", "clear", slug, "--meter", "images"])["override"], json!(null));
    ends_with(folder, &["quota", "clear", slug, "--meter", "images"], 3);
    assert_eq!(told(batch(ada, &[event(3, "images", 1)]).await), (1, 0));
}
