//! The throw-away cluster that all tests of a process share.

use std::path::PathBuf;

use tenantry_domain::{
    db::{cluster::Cluster, secret::InstallationSecret},
    services::Entropy,
};
use tokio::sync::OnceCell;

/// Where the project's own commands say that the cluster is.
const DATA: &str = "TENANTRY_TEST_DATA";

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();

/// The cluster, entered once a process.
///
/// # Panics
/// With a sentence that says what to run, where there is none.
pub(crate) async fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(enter).await
}

/// Where the cluster's secret is.
pub(crate) fn secret_file() -> PathBuf {
    folder().join("secret")
}

fn folder() -> PathBuf {
    let Some(folder) = std::env::var_os(DATA).map(PathBuf::from) else {
        panic!("{DATA} is not set: run `cargo xtask test`, or keep `cargo xtask db` running and set what it says.");
    };
    folder
}

async fn enter() -> Cluster {
    let folder = folder();
    assert!(folder.is_dir(), "{DATA} names {}, which is no folder: run `cargo xtask db`.", folder.display());
    let (secret, _) =
        InstallationSecret::load(&folder, None, || Entropy.bytes()).expect("the cluster's secret is readable");
    match Cluster::open_running(&folder, &secret).await {
        Ok(cluster) => cluster,
        Err(error) => panic!("{DATA} names {}, where no database runs: {error}", folder.display()),
    }
}
