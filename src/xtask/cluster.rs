//! The throw-away PostgreSQL of tests and measurements: the server's own `db run`, held by a pipe. When this process ends,
//! in order or not, the pipe closes and PostgreSQL stops.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{Running, output};
use crate::report;
use crate::workspace::Workspace;

/// Making a cluster takes seconds; on a busy machine some more.
const START_LIMIT: Duration = Duration::from_secs(120);
/// Longer than the server's own order of stopping.
const STOP_LIMIT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(100);

/// A cluster that runs until this is dropped.
pub struct Cluster {
    holder: Running,
    /// Closed, it lets the cluster go.
    hold: Option<ChildStdin>,
}

impl Cluster {
    /// Starts the cluster below the target folder and waits until it answers. The server must be built.
    pub fn start(workspace: &Workspace) -> Result<Self> {
        let data = workspace.test_data();
        forget_former_life(&data)?;
        report::silent_step("throw-away database", || match Self::hold(workspace) {
            // Another version of PostgreSQL may have made it, or something may have broken it: nothing in it is worth a question.
            Err(_) if data.exists() => remove(&data).and_then(|()| Self::hold(workspace)),
            outcome => outcome,
        })
    }

    fn hold(workspace: &Workspace) -> Result<Self> {
        let log = workspace.target.join("test-db.log");
        let stderr = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut command = command(workspace, "run");
        command.arg("--throwaway").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        let mut holder = Running::spawn(&mut command)?;
        let hold = holder.child().stdin.take();
        let stdout = holder.child().stdout.take().context("the database's output is not to be had")?;
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok).filter(|line| line.trim() == "ready") {
                // Nobody listens after the first.
                let _gone = tell.send(line);
            }
        });
        if told.recv_timeout(START_LIMIT).is_err() {
            bail!("the throw-away database does not start: {}", fs::read_to_string(&log).unwrap_or_default().trim());
        }
        Ok(Self { holder, hold })
    }

    /// The address of a migrated database of its own in this cluster. Its migrations are those of the server, or of a
    /// folder.
    pub fn migrated_database(&self, workspace: &Workspace, migrations: Option<&Path>) -> Result<String> {
        let mut command = command(workspace, "prepare");
        if let Some(folder) = migrations {
            command.arg("--migrations").arg(folder);
        }
        let printed = output(&mut command)?;
        let url = printed.lines().map(str::trim).find(|line| line.starts_with("postgres"));
        url.map(str::to_owned).context("`tenantry db prepare` prints no address of a database")
    }

    /// Tells a child where tests find the cluster.
    pub fn tell(workspace: &Workspace, command: &mut Command) {
        command.env("TENANTRY_TEST_DATA", workspace.test_data());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.hold.take());
        if let Err(error) = self.holder.wait_for(STOP_LIMIT) {
            report::say(&format!("the throw-away database does not stop: {error}"));
        }
    }
}

/// Removes a cluster that was made before the machine was last started: it writes nothing for good, so what a power cut has
/// left of it may look whole and not be. Whoever uses it now has started it since.
pub fn forget_former_life(data: &Path) -> Result<()> {
    // Linux' name of the time since then; elsewhere only what does not start is made anew.
    let Ok(life) = fs::read_to_string("/proc/sys/kernel/random/boot_id") else { return Ok(()) };
    let stamp = data.with_extension("boot");
    if fs::read_to_string(&stamp).is_ok_and(|known| known == life) {
        return Ok(());
    }
    if data.exists() {
        remove(data)?;
    }
    fs::write(&stamp, life).with_context(|| format!("{} cannot be written", stamp.display()))
}

/// Removes a cluster's folder. A PostgreSQL that still stops may put a file into a folder that was just emptied.
fn remove(data: &Path) -> Result<()> {
    // Where PostgreSQL's user may not enter the target folder, its own folder lies elsewhere.
    if let Ok(elsewhere) = fs::read_link(data.join("postgres")).and_then(fs::canonicalize) {
        fs::remove_dir_all(&elsewhere).with_context(|| format!("{} cannot be removed", elsewhere.display()))?;
    }
    let deadline = Instant::now() + STOP_LIMIT;
    loop {
        match fs::remove_dir_all(data) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) if Instant::now() < deadline => thread::sleep(POLL),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be removed", data.display())),
        }
    }
}

/// A `tenantry db …` on the throw-away cluster.
pub fn command(workspace: &Workspace, verb: &str) -> Command {
    let mut command = Command::new(workspace.server());
    command.args(["db", verb, "--data-dir"]).arg(workspace.test_data()).env_remove("DATABASE_URL");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cluster_of_this_life_of_the_machine_is_kept() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("tenantry-xtask-cluster-{}", std::process::id()));
        let data = folder.join("test-db");
        fs::create_dir_all(data.join("postgres"))?;
        forget_former_life(&data)?;
        let stamped = data.with_extension("boot").exists();
        assert_eq!(data.exists(), !stamped, "of the one before nothing is known");
        fs::create_dir_all(&data)?;
        forget_former_life(&data)?;
        assert!(data.exists(), "it was made since");
        if stamped {
            fs::write(data.with_extension("boot"), "another")?;
            forget_former_life(&data)?;
            assert!(!data.exists(), "it was made before");
        }
        Ok(fs::remove_dir_all(folder)?)
    }

    #[test]
    fn a_cluster_that_lies_elsewhere_is_removed_there() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("tenantry-xtask-elsewhere-{}", std::process::id()));
        let (data, elsewhere) = (folder.join("test-db"), folder.join("home/postgres"));
        fs::create_dir_all(&data)?;
        fs::create_dir_all(&elsewhere)?;
        std::os::unix::fs::symlink(&elsewhere, data.join("postgres"))?;
        remove(&data)?;
        assert!(!data.exists() && !elsewhere.exists());
        remove(&data).context("what is not there needs no removing")?;
        Ok(fs::remove_dir_all(folder)?)
    }
}
