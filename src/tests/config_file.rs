//! `--config FILE`, by the built program: what the file says counts for every noun, and what it cannot say ends the command.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use tenantry_testkit::Binary;

use crate::{program::Folder, quota_commands::start};

/// Runs the program with the file and nothing that names the folder.
fn told(file: &Path, line: &[&str]) -> Output {
    let mut command = Command::new(Binary::program());
    command.args(line).arg("--config").arg(file).env_remove("TENANTRY_DATA_DIR").env_remove("TENANTRY_SECRET");
    command.output().expect("the program starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_names_the_installation_and_a_flag_beats_it() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let (_server, _ada, acme) = start(&folder).await;
    let file = folder.as_ref().join("tenantry.toml");
    let text = format!("# Where it lies.\nTENANTRY_DATA_DIR = {:?}\nTENANTRY_LOG = \"warn\"\n", folder.as_ref());
    std::fs::write(&file, text).expect("the folder is there");
    let shown = told(&file, &["org", "show", &acme.slug, "--json"]);
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(shown["organization"]["id"], acme.id.to_string());
    let other = elsewhere.as_ref().to_str().expect("a plain name");
    assert_eq!(told(&file, &["org", "show", &acme.slug, "--data-dir", other]).status.code(), Some(1));
}

#[test]
fn a_file_that_says_nothing_is_a_misuse_that_names_the_line() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.as_ref()).expect("a folder");
    let file = folder.as_ref().join("tenantry.toml");
    assert_eq!(told(&file, &["org", "show", "acme"]).status.code(), Some(2), "there is none");
    std::fs::write(&file, "TENANTRY_PLANS = \"open\"\n\nTENANTRY_LOG = [1]\n").expect("written");
    let refused = told(&file, &["serve"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("tenantry.toml, line 3: TENANTRY_LOG"), "{said}");
    std::fs::write(&file, "TENANTRY_PLANS = \"never\"\n").expect("written");
    assert_eq!(told(&file, &["serve"]).status.code(), Some(2), "no such choice");
}
