//! `tenantry usage`, by the built program beside a running server.

use serde_json::json;

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

    ends_with(folder, &["usage", "check", "no-such-slug"], 3);
    ends_with(folder, &["usage", "series", &acme.slug], 2);
    ends_with(folder, &["usage", "series", &acme.slug, "--meter", "images", "--step", "year"], 2);
    ends_with(folder, &["usage", "series", &acme.slug, "--meter", "images", "--from", "noon"], 2);
    assert!(server.stop(), "it ends in order");
}
