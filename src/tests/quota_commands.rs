//! The platform operator's commands, by the built program beside a running server and without one.

use std::{
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use serde_json::{Value, json};
use tenantry_testkit::{Binary, Organization, Person};

use crate::program::Folder;

/// Runs `tenantry` over a folder; what it needs to know is in the folder alone.
pub(crate) fn run(folder: &Path, line: &[&str]) -> Output {
    let mut command = Command::new(Binary::program());
    command.args(line).arg("--data-dir").arg(folder);
    command.env_remove("DATABASE_URL").env_remove("TENANTRY_SECRET").env("TENANTRY_LOG", "error");
    command.output().expect("the program runs")
}

/// What it answers as JSON.
#[track_caller]
pub(crate) fn answer(folder: &Path, line: &[&str]) -> Value {
    let output = run(folder, &[line, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{line:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{line:?}: {error}: {said}"))
}

#[track_caller]
pub(crate) fn ends_with(folder: &Path, line: &[&str], code: i32) -> String {
    let output = run(folder, line);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{line:?}: {said}");
    assert!(output.stdout.is_empty(), "{line:?} answers nothing");
    said
}

/// An organization on Free, over a server of its own.
pub(crate) async fn start(folder: &Folder) -> (Binary, Person, Organization) {
    let server = Binary::serve(folder.as_ref());
    let ada = server.client().sign_up("Ada").await;
    let acme = ada.create_organization("Acme", "free").await;
    (server, ada, acme)
}

/// The rule that decides, and its code.
fn decided(explained: &Value) -> (Value, Value) {
    let name = explained["decided_by"].clone();
    let rules = explained["rules"].as_array().expect("rules");
    let code = rules.iter().find(|rule| rule["rule"] == name).map(|rule| rule["code"].clone());
    (name, code.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quotas_are_seen_set_and_cleared_beside_a_running_server_and_without_one() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let (folder, org) = (folder.as_ref(), acme.slug.as_str());
    let set = ["quota", "set", org, "--meter", "dispatches", "--limit", "2", "--reason", "a trial"];
    let view = answer(folder, &set);
    assert_eq!((&view["override"]["limit"], &view["override"]["reason"]), (&json!(2), &json!("a trial")));
    for _ in 0..2 {
        ada.dispatched(json!({})).await;
    }
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");

    let soft = [&set[..], &["--mode", "soft_capped", "--cap", "4", "--expires-at", "2100-01-01T00:00:00Z"]].concat();
    answer(folder, &soft);
    tokio::time::sleep(Duration::from_millis(300)).await;
    ada.dispatched(json!({})).await;
    let id = acme.id.to_string();
    let status = answer(folder, &["quota", "status", &id]);
    let month = &status["meters"][0];
    let expected = json!({"meter": "dispatches", "used": 3, "limit": 2, "remaining": 0, "mode": "soft_capped", "cap": 4,
        "overage": 1, "plan_limit": 500});
    for (member, value) in expected.as_object().expect("members") {
        assert_eq!(&month[member], value, "{member}");
    }
    assert_eq!((&month["override"]["counts"], &status["time_zone"]), (&json!(true), &json!("UTC")));
    assert_eq!(status["warnings"].as_array().map(Vec::len), Some(2));
    let usage = ada.usage().await;
    let mut billed = answer(folder, &["billing", "usage", org]);
    let meters = billed.as_object_mut().and_then(|billed| billed.remove("meters")).expect("the sums of all meters");
    assert!(
        meters.as_array().is_some_and(|sums| sums.contains(&json!({"meter": "dispatches", "value": 3}))),
        "{meters}"
    );
    assert_eq!(billed, usage, "what the operator reads is what the dashboard shows");

    assert!(server.stop(), "it ends in order");
    let text = String::from_utf8(run(folder, &["quota", "status", org]).stdout).expect("text");
    assert!(text.contains("override dispatches: 2 soft_capped to 4 until 2100-01-01"), "{text}");
    assert_eq!(answer(folder, &["quota", "clear", org, "--meter", "dispatches"]), json!({"override": null}));
    ends_with(folder, &["quota", "clear", org, "--meter", "dispatches"], 3);
    assert_eq!(answer(folder, &["billing", "usage", org])["dispatches"]["limit"], 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_reaches_the_keys_of_a_running_server_within_a_second() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let (folder, org) = (folder.as_ref(), acme.slug.as_str());
    let (_, secret) = ada.key(&["read"]).await;
    let program = server.client().with_key(&secret);
    let policy = async || {
        let reply = program.get("/api/v1/jobs").await.expect(200);
        reply.header("ratelimit-policy").unwrap_or_default().to_owned()
    };
    assert!(policy().await.starts_with(r#""api-day";q=100;w=86400"#));
    answer(folder, &["quota", "set", org, "--meter", "api_calls", "--limit", "70", "--reason", "a trial"]);
    let settings = answer(folder, &["org", "set", org, "--time-zone", "Europe/Berlin"]);
    assert_eq!(settings["organization"]["time_zone"], "Europe/Berlin");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(policy().await.starts_with(r#""api-day";q=70;w="#));
    let midnight = answer(folder, &["billing", "usage", org])["api_calls"]["resets_at"].clone();
    assert!(midnight.as_str().is_some_and(|at| at.contains("T22:00:00") || at.contains("T23:00:00")), "{midnight}");
    assert!(server.stop(), "it ends in order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rule_that_decides_is_named_with_its_facts() {
    let folder = Folder::new();
    let (server, ada, acme) = start(&folder).await;
    let (folder, org) = (folder.as_ref(), acme.slug.as_str());
    let explain = |line: &[&str]| answer(folder, &[&["explain", org][..], line].concat());
    let passes = explain(&["--tool", "echo", &ada.email]);
    assert_eq!((&passes["allowed"], &passes["decided_by"]), (&json!(true), &Value::Null));
    let names: Vec<_> = passes["rules"].as_array().expect("rules").iter().map(|rule| rule["rule"].clone()).collect();
    let order = [
        "address",
        "authentication",
        "burst",
        "tenant_status",
        "plan",
        "permission",
        "feature",
        "api_calls",
        "dispatches",
        "concurrency",
    ];
    assert_eq!(names, order);

    let (reader, _) = ada.key(&["read"]).await;
    assert_eq!(decided(&explain(&["--key", &reader])), (json!("permission"), json!("FORBIDDEN")));
    let (good, _) = ada.key(&["dispatch"]).await;
    assert_eq!(explain(&["--key", &good, "--tool", "echo"])["allowed"], true);
    ada.call(reqwest::Method::DELETE, &format!("/api/v1/keys/{good}")).await.expect(204);
    assert_eq!(decided(&explain(&["--key", &good])), (json!("authentication"), json!("UNAUTHENTICATED")));
    let zero = ["quota", "set", org, "--meter", "dispatches", "--limit", "0", "--reason", "x"];
    answer(folder, &zero);
    for tool in [&["--tool", "echo"][..], &[]] {
        assert_eq!(decided(&explain(tool)), (json!("dispatches"), json!("DISPATCH_QUOTA_EXCEEDED")));
    }
    let text = String::from_utf8(run(folder, &["explain", org]).stdout).expect("text");
    assert!(text.ends_with("A dispatch is refused by dispatches.\n"), "{text}");

    // Another organization's key and member are missing here, as those that never were.
    let eve = server.client().sign_up("Eve").await;
    eve.create_organization("Other", "free").await;
    let (strange, _) = eve.key(&["dispatch"]).await;
    for line in [
        &["--key", &strange][..],
        &[&eve.email],
        &["nobody@example.com"],
        &["--tool", "nothing"],
        &["--member", "mem_7zzzzzzzzzzzzzzzzzzzzzzzzz"],
    ] {
        ends_with(folder, &[&["explain", org][..], line].concat(), 3);
    }
    assert!(server.stop(), "it ends in order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_misuse_a_missing_organization_and_a_missing_installation_have_codes_of_their_own() {
    let folder = Folder::new();
    let nowhere = ends_with(folder.as_ref(), &["quota", "status", "acme"], 1);
    assert!(nowhere.contains("no server was ever started there"), "{nowhere}");
    assert!(!folder.as_ref().exists(), "nothing was made");

    let (server, ada, acme) = start(&folder).await;
    let (folder, org) = (folder.as_ref(), acme.slug.as_str());
    for missing in ["nobody", "org_7zzzzzzzzzzzzzzzzzzzzzzzzz", "Not A Slug", "ten_7zzzzzzzzzzzzzzzzzzzzzzzzz"] {
        for line in [
            &["quota", "status", missing][..],
            &["billing", "usage", missing],
            &["explain", missing],
            &["org", "set", missing, "--time-zone", "UTC"],
        ] {
            ends_with(folder, line, 3);
        }
    }
    let set = ["quota", "set", org, "--reason", "x"];
    for wrong in [
        &["--meter", "dispatches", "--limit", "-1"][..],
        &["--meter", "dispatches", "--limit", "5", "--mode", "soft_capped"],
        &["--meter", "concurrent", "--limit", "5", "--mode", "soft"],
        &["--meter", "dispatches", "--limit", "5", "--expires-at", "2020-01-01T00:00:00Z"],
    ] {
        ends_with(folder, &[&set[..], wrong].concat(), 2);
    }
    ends_with(folder, &["org", "set", org, "--time-zone", "Mars/Olympus"], 2);
    assert_eq!(ada.usage().await["dispatches"]["limit"], 500, "nothing was set");
    assert!(server.stop(), "it ends in order");
}
