//! A database that waits for the disk at every commit, as one in production does, and what such a wait costs by itself.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection as _, PgConnection};
use tenantry_domain::{
    Services, Settings,
    db::{Connections, Db, cluster::Cluster, migrate, secret::InstallationSecret},
    services::Entropy,
};
use tenantry_testkit::Binary;

use crate::figures::Times;

/// As much as a batch of a few dispatches writes ahead.
const BLOCK: [u8; 8192] = [7; 8192];

/// A cluster of its own, until it is ended.
pub(crate) struct Durable {
    folder: PathBuf,
    cluster: Cluster,
    connections: Connections,
    holder: Child,
}

impl Durable {
    /// Makes and migrates it; a first start takes some seconds.
    pub async fn start() -> Self {
        let folder = Binary::new_folder();
        let mut holder = Command::new(Binary::program())
            .args(["db", "run", "--data-dir"])
            .arg(&folder)
            .env_remove("DATABASE_URL")
            .env_remove("TENANTRY_SECRET")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut said = String::new();
        let output = holder.stdout.take().expect("its output is a pipe");
        BufReader::new(output).read_line(&mut said).expect("it says when it is ready");
        let (secret, _) = InstallationSecret::load(&folder, None, || Entropy.bytes()).expect("it has made one");
        let cluster = Cluster::open_running(&folder, &secret).await.expect("it runs");
        let connections = Connections::embedded(&cluster);
        migrate::run(&connections.migrator).await.expect("the migrations run");
        Self { folder, cluster, connections, holder }
    }

    /// Services over it.
    pub fn services(&self) -> Services {
        Services::new(Db::new(&self.connections), Settings::new("http://localhost".parse().expect("an address")))
    }

    /// A connection that may do anything.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect_with(&self.cluster.superuser("tenantry")).await.expect("the superuser enters")
    }

    /// Writes to the same disk that each wait until they are on it, one after the other.
    pub fn synced_writes(&self, time: Duration) -> Times {
        let path = self.folder.join("synced");
        let mut file = File::create(&path).expect("the folder is ours");
        let (began, mut times) = (Instant::now(), Times::default());
        while began.elapsed() < time {
            let written = Instant::now();
            file.write_all(&BLOCK).expect("the disk has room");
            file.sync_data().expect("the disk answers");
            times.add(written.elapsed());
        }
        times
    }

    /// Stops it and takes its folder away.
    pub async fn end(mut self) {
        self.cluster.leave().await;
        // Its input closes: the last one out stops PostgreSQL.
        drop(self.holder.stdin.take());
        let _ended = self.holder.wait();
        let _left_behind = fs::remove_dir_all(&self.folder);
    }
}
