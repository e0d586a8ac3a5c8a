//! Children, and that none is left behind. Each runs in a process group of its own, so that what it started ends with it;
//! a signal to this process goes to all of them first.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::report;

/// How long a child may take to stop in order before it is killed.
const GRACE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(20);

/// The groups that run now; a group's number is its first process'.
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
/// The signal that asked this process to stop, 0 while none has.
static INTERRUPTED: AtomicI32 = AtomicI32::new(0);

/// Stops all children when this process is asked to stop.
pub fn forward_signals() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("signals cannot be handled")?;
    thread::spawn(move || {
        let Some(signal) = signals.forever().next() else { return };
        INTERRUPTED.store(signal, Ordering::SeqCst);
        signal_all(Signal::TERM);
        let deadline = Instant::now() + GRACE;
        // A second signal means: at once.
        while !groups().is_empty() && Instant::now() < deadline && signals.pending().next().is_none() {
            thread::sleep(POLL);
        }
        signal_all(Signal::KILL);
        // The main thread sees its child end and leaves by itself; this is for when it does not.
        thread::sleep(GRACE);
        std::process::exit(128 + signal);
    });
    Ok(())
}

/// 1, or 128 and the signal's number where one ended this command, as shells expect.
pub fn exit_code() -> ExitCode {
    match INTERRUPTED.load(Ordering::SeqCst) {
        0 => ExitCode::FAILURE,
        signal => u8::try_from(128 + signal).map_or(ExitCode::FAILURE, ExitCode::from),
    }
}

/// A child and its group. Dropped, it is stopped.
pub struct Running {
    child: Child,
    group: Pid,
    ended: Option<ExitStatus>,
}

impl Running {
    /// Starts `command` in a process group of its own.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        // Held while the child starts, so that a signal cannot miss it.
        let mut groups = groups();
        if INTERRUPTED.load(Ordering::SeqCst) != 0 {
            bail!("interrupted");
        }
        let child = command.process_group(0).spawn().with_context(|| format!("`{program}` does not start"))?;
        let group = Pid::from_child(&child);
        groups.insert(group.as_raw_nonzero().get());
        Ok(Self { child, group, ended: None })
    }

    /// The child itself, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits until the child has ended.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().context("a child cannot be waited for")?;
        self.forget(status);
        Ok(status)
    }

    /// Waits at most `limit`; `None` when the child still runs then.
    pub fn wait_for(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().context("a child cannot be waited for")? {
                self.forget(status);
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(POLL);
        }
    }

    /// Asks the group to stop, and kills what has not stopped in time.
    pub fn stop(&mut self) -> Result<()> {
        if self.ended.is_none() {
            send(self.group, Signal::TERM);
            if self.wait_for(GRACE)?.is_none() {
                send(self.group, Signal::KILL);
                self.wait()?;
            }
        }
        Ok(())
    }

    fn forget(&mut self, status: ExitStatus) {
        self.ended = Some(status);
        groups().remove(&self.group.as_raw_nonzero().get());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            report::say(&format!("a process may be left behind: {error}"));
        }
    }
}

/// Runs `command` with its output shown, and demands success.
pub fn run(command: &mut Command) -> Result<()> {
    let status = Running::spawn(command.stdin(Stdio::null()))?.wait()?;
    demand(command, status)
}

/// Runs `command` silently behind `title` and a clock; its output appears only when it fails.
pub fn run_silently(title: &str, command: &mut Command) -> Result<()> {
    let mut log = scratch_file()?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log.try_clone()?);
    let status = report::silent_step(title, || {
        let status = Running::spawn(command)?.wait()?;
        demand(command, status)
    });
    status.or_else(|error| {
        let mut output = String::new();
        log.rewind()?;
        log.read_to_string(&mut output)?;
        Err(error.context(output.trim().to_owned()))
    })
}

/// What `command` prints on stdout; its stderr is shown.
pub fn output(command: &mut Command) -> Result<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut running = Running::spawn(command)?;
    let mut text = String::new();
    if let Some(mut stdout) = running.child().stdout.take() {
        stdout.read_to_string(&mut text).context("a program's output is not text")?;
    }
    let status = running.wait()?;
    demand(command, status)?;
    Ok(text)
}

/// Whether `command` runs and succeeds within `limit`; nothing of it is shown.
pub fn succeeds(command: &mut Command, limit: Duration) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let outcome = Running::spawn(command).and_then(|mut running| running.wait_for(limit));
    matches!(outcome, Ok(Some(status)) if status.success())
}

fn demand(command: &Command, status: ExitStatus) -> Result<()> {
    if INTERRUPTED.load(Ordering::SeqCst) != 0 {
        bail!("interrupted");
    }
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// The command as one would type it, without its environment.
fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A file without a name: it is gone with its last handle.
fn scratch_file() -> Result<File> {
    let path = std::env::temp_dir().join(format!("tenantry-xtask-{}.log", std::process::id()));
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

fn groups() -> MutexGuard<'static, BTreeSet<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn signal_all(signal: Signal) {
    for group in groups().iter().filter_map(|&number| Pid::from_raw(number)) {
        send(group, signal);
    }
}

/// A group that has just ended by itself is no error.
fn send(group: Pid, signal: Signal) {
    let _gone = kill_process_group(group, signal);
}
