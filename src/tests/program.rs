//! The built program as its users run it: one command, a folder, and `kill -9` in the middle.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tenantry_testkit::Binary;

/// An installation's folder, removed with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(Binary::new_folder())
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The database of a killed server needs ten seconds to stop; until then it puts files back.
        for _ in 0..150 {
            match std::fs::remove_dir_all(&self.0) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    std::thread::sleep(std::time::Duration::from_millis(100));
                }
                _ => return,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_still_there_after_kill_9() {
    let folder = Folder::new();
    let server = Binary::serve(folder.as_ref());
    let ada = server.client().sign_up("Ada").await;
    let acme = ada.create_organization("Acme", "free").await;
    let replies = futures::future::join_all((0..501).map(|number| ada.dispatch(json!(number)))).await;
    let accepted: Vec<String> =
        replies.iter().filter(|reply| reply.status == 202).map(|reply| reply.text_at("/job/id")).collect();
    assert_eq!(accepted.len(), 500);
    server.kill();

    let server = Binary::serve(folder.as_ref());
    let ada = server.client().with_cookie(ada.cookie().map(str::to_owned));
    let usage = ada.usage().await;
    assert_eq!(usage["organization"], acme.id.to_string());
    assert_eq!((&usage["dispatches"]["used"], &usage["dispatches"]["remaining"]), (&json!(500), &json!(0)));
    ada.dispatch(json!({})).await.refused(402, "DISPATCH_QUOTA_EXCEEDED");
    for id in [&accepted[0], &accepted[499]] {
        ada.get(&format!("/api/v1/jobs/{id}")).await.expect(200);
    }
    assert!(server.stop(), "it ends in order");
}

#[tokio::test]
async fn a_server_that_is_asked_to_stop_leaves_its_data_behind() {
    let folder = Folder::new();
    let server = Binary::serve(folder.as_ref());
    let ada = server.client().sign_up("Ada").await;
    ada.create_organization("Acme", "pro").await;
    let id = ada.dispatched(json!({"hello": "world"})).await;
    ada.job_over(&id).await;
    assert!(server.stop(), "it ends in order");
    for private in ["secret", "instance.json"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.as_ref().join(private)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{private}");
    }
    let server = Binary::serve(folder.as_ref());
    let ada = server.client().with_cookie(ada.cookie().map(str::to_owned));
    assert_eq!(ada.job_over(&id).await["result"], json!({"hello": "world"}));
    assert!(server.stop(), "it ends in order");
}

#[tokio::test]
async fn a_form_is_limited_like_the_api_and_says_when_to_come_back() {
    let folder = Folder::new();
    let server = Binary::serve(folder.as_ref());
    let form = "application/x-www-form-urlencoded";
    let ada = server.client().sign_up("Ada").await;
    for (path, cookie, status) in
        [("accounts/sign-up", None, 422), ("tenancy/organizations", Some("tenantry=forged".to_owned()), 401)]
    {
        let client = server.client().with_cookie(cookie);
        let call = || client.call(reqwest::Method::POST, &format!("/api/rpc/{path}")).body(form, "").into_future();
        let refused = loop {
            let replies = futures::future::join_all((0..50).map(|_| call())).await;
            if let Some(refused) = replies.into_iter().find(|reply| reply.status != status) {
                break refused.refused(429, "RATE_LIMITED");
            }
        };
        assert_eq!((refused.header("retry-after"), refused.at("/policy")), (Some("1"), json!("address")), "{path}");
    }
    let wrong = format!("email={}&password=wrong+horse+battery", ada.email.replace('@', "%40"));
    let sign_in = || ada.call(reqwest::Method::POST, "/api/rpc/accounts/sign-in").body(form, wrong.clone());
    let waiting = loop {
        let reply = sign_in().await;
        if reply.status == 429 && reply.at("/policy") == "account" {
            break reply;
        }
        assert!(matches!(reply.status, 401 | 429), "{}", reply.text());
    };
    let seconds: u32 = waiting.header("retry-after").expect("a hint").parse().expect("seconds");
    assert!((2..=30).contains(&seconds), "{seconds}");
    ada.get("/api/v1/auth/me").await.expect(200);
    assert!(server.stop(), "it ends in order");
}

#[test]
fn a_wrong_network_of_proxies_is_a_misuse_and_is_named() {
    let folder = Folder::new();
    for (flag, variable) in [(Some("10.0.0.0/33"), None), (None, Some("10.0.0.0/8,10.0.0.0/33"))] {
        let mut command = Command::new(Binary::program());
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.as_ref());
        command.args(flag.map(|cidrs| format!("--trusted-proxies={cidrs}")));
        command.envs(variable.map(|cidrs| ("TENANTRY_TRUSTED_PROXIES", cidrs)));
        let ended = command.output().expect("the program runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains("\"10.0.0.0/33\" is no network; write networks such as 10.0.0.0/8"), "{said}");
    }
    assert!(!folder.as_ref().exists(), "nothing was made");
}

/// `tenantry verify isolation` over a folder, beside whatever runs on it.
fn verification(folder: &Folder) -> Command {
    let mut command = Command::new(Binary::program());
    command.args(["verify", "isolation", "--json", "--data-dir"]).arg(folder.as_ref());
    command.env_remove("DATABASE_URL").env_remove("TENANTRY_SECRET").env_remove("TENANTRY_LOG");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Waits until it says something with these words.
fn until_it_says(child: &mut Child, words: &str) {
    let errors = BufReader::new(child.stderr.take().expect("its errors are a pipe"));
    let mut lines = errors.lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains(words)), "it never says: {words}");
    // It must be able to say more than a pipe holds.
    std::thread::spawn(move || lines.for_each(drop));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn isolation_is_verified_beside_a_running_server_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let server = Binary::serve(folder.as_ref());
    let ada = server.client().sign_up("Ada").await;
    ada.create_organization("Acme", "pro").await;
    let usage = ada.usage().await;

    let mut killed = verification(&folder).spawn().expect("the program runs");
    until_it_says(&mut killed, "Tried rules of the catalog");
    killed.kill().expect("it runs");
    killed.wait().expect("it was ours");
    let mut stopped = verification(&folder).spawn().expect("the program runs");
    until_it_says(&mut stopped, "Dropping what a killed verification has left.");
    kill_process(Pid::from_child(&stopped), Signal::INT).expect("it runs");
    assert_eq!(stopped.wait().expect("it was ours").code(), Some(1), "stopped, it has verified nothing");

    let output = verification(&folder).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("Dropping"), "whoever was stopped has swept its own: {said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!((output.status.code(), &report["leaks"], &report["findings"]), (Some(0), &json!(0), &json!([])));
    assert!(report["tried"].as_u64().is_some_and(|tried| tried > 1000), "{report}");
    assert!(report["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{report}");

    assert_eq!(ada.usage().await, usage, "customers' rows are as they were");
    assert!(server.stop(), "it ends in order");
}
