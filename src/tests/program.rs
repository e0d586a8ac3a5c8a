//! The built program as its users run it: one command, a folder, and `kill -9` in the middle.

use std::path::{Path, PathBuf};

use serde_json::json;
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
