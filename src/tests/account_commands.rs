//! Accounts at the command line: whoever runs the installation sees a person's devices, signs them out, and replaces the keys
//! that sign, while the server runs.

use std::{path::Path, process::Command};

use serde_json::{Value, json};
use tenantry_testkit::Binary;

use crate::program::Folder;

const TOKEN: &str = "/api/v1/auth/token";
const ME: &str = "/api/v1/auth/me";

/// What a command answers, and how it ended.
fn run(folder: &Path, line: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(Binary::program());
    command.args(line).arg("--json").arg("--data-dir").arg(folder);
    command.env_remove("DATABASE_URL").env_remove("TENANTRY_SECRET").env("TENANTRY_LOG", "error");
    let output = command.output().expect("the program runs");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[tokio::test]
async fn an_operator_sees_and_ends_a_persons_devices_and_replaces_the_keys_that_sign() {
    let folder = Folder::new();
    let binary = Binary::serve(folder.as_ref());
    let server = binary.client();
    let ada = server.sign_up("Ada").await;
    let phone = ada.signed_in_again().await;
    let access = ada.post(TOKEN, &json!({})).await.expect(200).text_at("/access_token");
    let program = server.with_key(&access);
    program.get(ME).await.expect(200);

    let (code, keys) = run(folder.as_ref(), &["signing-key", "list"]);
    assert_eq!((code, keys["data"].as_array().map(Vec::len)), (Some(0), Some(1)), "{keys}");
    let (code, rotated) = run(folder.as_ref(), &["signing-key", "rotate"]);
    assert_eq!((code, &rotated["signing_key"]["signs"]), (Some(0), &json!(true)), "{rotated}");
    program.get(ME).await.expect(200);
    assert_eq!(run(folder.as_ref(), &["signing-key", "rotate", "--at-once"]).0, Some(0));
    program.get(ME).await.refused(401, "UNAUTHENTICATED");

    let (code, devices) = run(folder.as_ref(), &["user", "sessions", &ada.email]);
    let devices = devices["data"].as_array().expect("a list").clone();
    assert_eq!((code, devices.len()), (Some(0), 2));
    let newest = devices[0]["id"].as_str().expect("an id");
    assert_eq!(run(folder.as_ref(), &["user", "sign-out", &ada.email, "--session", newest]).0, Some(0));
    phone.get(ME).await.refused(401, "UNAUTHENTICATED");
    ada.get(ME).await.expect(200);
    assert_eq!(run(folder.as_ref(), &["user", "sign-out", &ada.email, "--session", newest]).0, Some(3));
    assert_eq!(run(folder.as_ref(), &["user", "sign-out", &ada.email]), (Some(0), json!({"ended": 1})));
    ada.get(ME).await.refused(401, "UNAUTHENTICATED");
    for (line, ends) in [(["user", "sessions", "nobody@example.com"], 3), (["user", "sessions", "no address"], 2)] {
        assert_eq!(run(folder.as_ref(), &line).0, Some(ends), "{line:?}");
    }
}
