//! The built program, run as its users run it, in a folder of its own.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Client, cluster::secret_file};

/// A first start makes a database; on a busy machine that takes a while.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Longer than the server's own order of stopping.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// What the program says when it can be reached.
const READY: &str = "Tenantry is ready at ";

/// What a worker says that listens.
const WORKS: &str = "Tenantry says how it is at ";

/// A running server.
pub struct Binary {
    child: Child,
    client: Client,
    /// Removed with it, where it is nobody else's.
    folder: Option<PathBuf>,
}

impl Binary {
    /// The program: `TENANTRY_BIN`, else the nearest one above this test's own file.
    ///
    /// # Panics
    /// When it is not built.
    #[must_use]
    pub fn program() -> PathBuf {
        if let Some(path) = std::env::var_os("TENANTRY_BIN") {
            return path.into();
        }
        let own = std::env::current_exe().expect("a test knows its file");
        let found = own.ancestors().map(|folder| folder.join("tenantry")).find(|path| path.is_file());
        found.expect("the program is built before its tests: cargo build")
    }

    /// A folder for one installation, below the system's folder for what may be lost. It is not made here.
    #[must_use]
    pub fn new_folder() -> PathBuf {
        let tail = tenantry_domain::services::Entropy.bytes::<6>().map(|byte| format!("{byte:02x}")).concat();
        std::env::temp_dir().join(format!("tenantry-test-{tail}"))
    }

    /// Starts a server over a folder and waits until it can be reached.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn serve(folder: &Path) -> Self {
        Self::start(&mut Self::command(folder))
    }

    /// The same with more arguments.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn serve_with(folder: &Path, arguments: &[&str]) -> Self {
        Self::start(Self::command(folder).args(arguments))
    }

    /// Starts a server over a test's database ([`crate::TestDatabase::address`]), as one of several processes that share
    /// it, and waits until it can be reached. Its folder gets a copy of the cluster's secret.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn serve_over(folder: &Path, address: &str) -> Self {
        Self::serve_over_with(folder, address, &[])
    }

    /// The same in a folder of its own, which is removed with it.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn serve_beside(address: &str) -> Self {
        let folder = Self::new_folder();
        let mut server = Self::serve_over(&folder, address);
        server.folder = Some(folder);
        server
    }

    /// The same with more arguments.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn serve_over_with(folder: &Path, address: &str, arguments: &[&str]) -> Self {
        std::fs::create_dir_all(folder).expect("a folder can be made");
        std::fs::copy(secret_file(), folder.join("secret")).expect("the secret can be copied");
        // It is killed and started over and over: what it says of a missing site tells nothing.
        let mut command = Self::command(folder);
        command.args(arguments).env("DATABASE_URL", address).env("TENANTRY_LOG", "off");
        Self::start(command.env("TENANTRY_ALLOW_LOOPBACK_TOOLS", "true"))
    }

    fn command(folder: &Path) -> Command {
        let mut command = Command::new(Self::program());
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .env_remove("DATABASE_URL")
            .env_remove("TENANTRY_SECRET")
            .env_remove("SMTP_URL")
            .env_remove("SMTP_CA")
            .env("TENANTRY_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the program runs");
        let output = child.stdout.take().expect("its output is a pipe");
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(url) = line.strip_prefix(READY).or_else(|| line.strip_prefix(WORKS)) {
                    // Nobody listens after the first.
                    let _gone = tell.send(url.trim().trim_end_matches('/').to_owned());
                }
            }
        });
        let Ok(url) = told.recv_timeout(START_LIMIT) else {
            let _gone = child.kill();
            panic!("the server does not say where it is within {} s", START_LIMIT.as_secs());
        };
        Self { child, client: Client::at(&url), folder: None }
    }

    /// Nobody, at the server's address.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Kills it as the system would: `kill -9`.
    ///
    /// # Panics
    /// When it runs no more.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was ours");
    }

    /// Asks it to stop and waits for it; `true` when it ended in order.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(mut self) -> bool {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it runs");
        let asked = Instant::now();
        while asked.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait().expect("it was ours") {
                return status.success();
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the server does not stop within {} s", STOP_LIMIT.as_secs());
    }
}

impl Drop for Binary {
    /// A test that panicked leaves no server behind.
    fn drop(&mut self) {
        let _ended = (self.child.kill(), self.child.wait());
        // A copy of a throw-away secret and a note.
        let _left_behind = self.folder.take().map(std::fs::remove_dir_all);
    }
}
