//! The embedded database and everything that may be killed around it, with the real program. Each
//! test has a data folder of its own; afterwards nothing of it runs any more.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tenantry_domain::db::{
    cluster::{AttachOptions, Cluster, ClusterError},
    roles::{self, DatabaseName},
    secret::InstallationSecret,
};

/// More than the ten seconds that the keeper waits for those who vanished.
const LONG: Duration = Duration::from_secs(20);

/// A data folder that is removed with its test.
struct DataFolder(PathBuf);

impl DataFolder {
    fn new() -> Self {
        Self::named("")
    }

    fn named(suffix: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("tenantry-cluster-{}-{count}{suffix}", std::process::id())))
    }

    fn secret(&self) -> InstallationSecret {
        InstallationSecret::load(&self.0, None, || [42; 32]).expect("the folder can be made").0
    }

    async fn attach(&self) -> Cluster {
        let secret = self.secret();
        let options = AttachOptions { keeper_executable: program(), throwaway: true, secret: &secret };
        Cluster::attach(&self.0, options).await.expect("the database starts")
    }

    /// The number of the keeper's process, and of PostgreSQL's.
    fn processes(&self, cluster: &Cluster) -> (u32, u32) {
        let first_line = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            text.lines().next().and_then(|line| line.trim().parse().ok()).expect("it begins with a number")
        };
        (
            first_line(cluster.socket_folder().join("keeper.pid")),
            first_line(cluster.postgres_folder().join("postmaster.pid")),
        )
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        // A database that still stops may put a file into a folder that was just emptied.
        for _ in 0..50 {
            match std::fs::remove_dir_all(&self.0) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                _ => return,
            }
        }
    }
}

/// The program under test.
fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("TENANTRY_BIN") {
        return path.into();
    }
    let own = std::env::current_exe().expect("a test knows its file");
    own.ancestors()
        .map(|folder| folder.join("tenantry"))
        .find(|path| path.is_file())
        .expect("the program is built before its tests: cargo build")
}

/// Another process that holds the database.
struct Holder(Child);

impl Holder {
    fn start(folder: &DataFolder) -> Self {
        folder.secret();
        let child = Command::new(program())
            .args(["db", "run", "--throwaway", "--data-dir"])
            .arg(&folder.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        Self(child)
    }

    fn until_ready(&mut self) {
        use std::io::{BufRead, BufReader};

        let mut line = String::new();
        let output = self.0.stdout.as_mut().expect("its output is a pipe");
        BufReader::new(output).read_line(&mut line).expect("its output is text");
        assert_eq!(line, "ready\n");
    }

    fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it was ours");
    }

    fn close_its_input(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().expect("it was ours").success());
    }
}

fn pid(process: u32) -> Pid {
    i32::try_from(process).ok().and_then(Pid::from_raw).expect("a process' number")
}

fn kill(process: u32) {
    let killed = kill_process(pid(process), Signal::KILL);
    assert!(killed.is_ok(), "there is no process {process}");
}

fn runs(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    test_kill_process(pid(process)).is_ok() && !stat.contains(") Z ")
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert!(tokio::time::timeout(LONG, wait).await.is_ok(), "not within {} s: {what}", LONG.as_secs());
}

async fn answer(options: &PgConnectOptions) -> sqlx::Result<i32> {
    let mut connection = PgConnection::connect_with(options).await?;
    let one = sqlx::query_scalar("select 1").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(one)
}

async fn until_it_answers(cluster: &Cluster) {
    let options = cluster.superuser("postgres");
    let wait = async {
        while answer(&options).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert!(tokio::time::timeout(LONG, wait).await.is_ok(), "the database did not come back");
}

#[tokio::test]
async fn those_who_come_at_once_share_one_database_and_the_last_one_stops_it() {
    let folder = DataFolder::new();
    let (mut other, mut third) = (Holder::start(&folder), Holder::start(&folder));
    let cluster = folder.attach().await;
    other.until_ready();
    third.until_ready();
    let (keeper, postgres) = folder.processes(&cluster);

    other.close_its_input();
    cluster.leave().await;
    assert!(runs(postgres), "somebody is still there");
    third.close_its_input();
    assert!(!runs(postgres), "the last one waits for the end");
    until("the keeper ends", || !runs(keeper)).await;
}

#[tokio::test]
async fn a_killed_holder_leaves_nothing_running() {
    let folder = DataFolder::new();
    let mut holder = Holder::start(&folder);
    holder.until_ready();
    let cluster = Cluster::open_running(&folder.0, &folder.secret()).await.expect("it runs");
    let (keeper, postgres) = folder.processes(&cluster);
    drop(cluster);
    holder.kill();
    until("both end", || !runs(keeper) && !runs(postgres)).await;
    let refused = Cluster::open_running(&folder.0, &folder.secret()).await;
    assert!(matches!(refused, Err(ClusterError::NotRunning(_))));
}

#[tokio::test]
async fn a_killed_keeper_is_replaced_and_the_database_does_not_notice() {
    let folder = DataFolder::new();
    let cluster = folder.attach().await;
    let mut connection = PgConnection::connect_with(&cluster.superuser("postgres")).await.expect("it answers");
    let (keeper, postgres) = folder.processes(&cluster);
    kill(keeper);
    until("there is another keeper", || {
        let (now, _) = folder.processes(&cluster);
        now != keeper && runs(now)
    })
    .await;
    connection.ping().await.expect("the connection is the same");
    connection.close().await.expect("it ends in order");
    assert!(runs(postgres));
    cluster.leave().await;
    until("the database ends", || !runs(postgres)).await;
}

#[tokio::test]
async fn a_keeper_killed_together_with_its_holder_leaves_nothing_running() {
    let folder = DataFolder::new();
    let mut holder = Holder::start(&folder);
    holder.until_ready();
    let cluster = Cluster::open_running(&folder.0, &folder.secret()).await.expect("it runs");
    let (keeper, postgres) = folder.processes(&cluster);
    drop(cluster);
    kill(keeper);
    holder.kill();
    until("the database ends", || !runs(postgres)).await;
}

#[tokio::test]
async fn a_killed_database_comes_back_with_its_data() {
    let folder = DataFolder::new();
    let cluster = folder.attach().await;
    let name = DatabaseName::tenantry();
    cluster.prepare(&name).await.expect("a fresh cluster can be prepared");
    let (_, postgres) = folder.processes(&cluster);
    kill(postgres);
    until("the process ends", || !runs(postgres)).await;
    until_it_answers(&cluster).await;
    assert_eq!(answer(&cluster.connect_options(roles::APP)).await.expect("the role is still there"), 1);
    cluster.leave().await;
}

#[tokio::test]
async fn a_data_folder_may_be_too_deep_for_a_socket() {
    let folder = DataFolder::named(&"-deep".repeat(20));
    let cluster = folder.attach().await;
    assert!(!cluster.socket_folder().starts_with(&folder.0));
    assert_eq!(answer(&cluster.superuser("postgres")).await.expect("it answers"), 1);
    let sockets = cluster.socket_folder().to_owned();
    cluster.leave().await;
    assert!(!Path::exists(&sockets) || std::fs::read_dir(&sockets).is_ok_and(|left| left.count() == 0));
}

#[tokio::test]
async fn the_wrong_secret_is_called_by_its_name() {
    let folder = DataFolder::new();
    folder.attach().await.leave().await;
    let wrong = InstallationSecret::from_text(&"another secret ".repeat(4)).expect("it is long enough");
    let options = AttachOptions { keeper_executable: program(), throwaway: true, secret: &wrong };
    let refused = Cluster::attach(&folder.0, options).await;
    assert!(matches!(refused, Err(ClusterError::WrongSecret(_))), "{refused:?}");
}

#[tokio::test]
async fn the_application_may_do_nothing_that_it_was_not_given() {
    let folder = DataFolder::new();
    let cluster = folder.attach().await;
    let name = DatabaseName::tenantry();
    cluster.prepare(&name).await.expect("a fresh cluster can be prepared");
    cluster.prepare(&name).await.expect("a prepared one as well");

    for role in [roles::APP, roles::PLATFORM] {
        let mut connection =
            PgConnection::connect_with(&cluster.connect_options(role)).await.expect("the role signs in");
        for forbidden in [
            "create temporary table t ()",
            "create table public.t ()",
            "create schema s",
            "create database d",
            "create role r",
            "set role tenantry_owner",
            "set role tenantry_directory",
            "alter database tenantry set work_mem = '1GB'",
        ] {
            let outcome = sqlx::raw_sql(forbidden).execute(&mut connection).await;
            assert!(outcome.is_err(), "{role} may {forbidden}");
        }
        let timeout: String = sqlx::query_scalar("select current_setting('statement_timeout')")
            .fetch_one(&mut connection)
            .await
            .expect("it is a setting");
        assert_eq!(timeout, "15s");
        connection.close().await.expect("it ends in order");
        let elsewhere = answer(&cluster.connect_options_to(role, "postgres")).await;
        assert!(elsewhere.is_err(), "{role} may enter the database postgres");
    }
    cluster.leave().await;
}

#[tokio::test]
async fn a_migration_hands_a_function_to_the_directory_without_seeing_what_it_sees() {
    let folder = DataFolder::new();
    let cluster = folder.attach().await;
    cluster.prepare(&DatabaseName::tenantry()).await.expect("a fresh cluster can be prepared");
    let mut migrator =
        PgConnection::connect_with(&cluster.connect_options(roles::MIGRATOR)).await.expect("the role signs in");
    sqlx::raw_sql(
        "create schema directory;
         create table directory.hosts (name text primary key);
         insert into directory.hosts values ('a');
         alter table directory.hosts enable row level security;
         alter table directory.hosts force row level security;
         create policy looked_up on directory.hosts for select to tenantry_directory using (true);
         grant usage, create on schema directory to tenantry_directory;
         grant select on directory.hosts to tenantry_directory;
         create function directory.hosts() returns bigint language sql security definer
             set search_path = '' as 'select count(*) from directory.hosts';
         alter function directory.hosts() owner to tenantry_directory;
         revoke create on schema directory from tenantry_directory;
         grant usage on schema directory to tenantry_platform",
    )
    .execute(&mut migrator)
    .await
    .expect("the migrator is a member of the owner, the owner of the directory");

    let count = "select count(*) from directory.hosts";
    let seen: i64 = sqlx::query_scalar(count).fetch_one(&mut migrator).await.expect("it is the owner's own table");
    assert_eq!(seen, 0, "the directory's policy does not hold for the owner");
    migrator.close().await.expect("it ends in order");

    let mut platform =
        PgConnection::connect_with(&cluster.connect_options(roles::PLATFORM)).await.expect("the role signs in");
    let seen: i64 = sqlx::query_scalar("select directory.hosts()").fetch_one(&mut platform).await.expect("it may ask");
    assert_eq!(seen, 1);
    assert!(sqlx::query(count).execute(&mut platform).await.is_err(), "but not look itself");
    platform.close().await.expect("it ends in order");
    cluster.leave().await;
}
