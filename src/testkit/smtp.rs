//! A real mail server beside the test: it takes what arrives, and misbehaves where the recipient's name asks for it
//! (`smtp.py`: `refused…`, `greylisted…`, `cut…`, `slow…`).

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long a mail may take that nothing holds back.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server.
pub struct TestMailServer {
    child: Child,
    _lifeline: Option<ChildStdin>,
    port: u16,
    taken: Arc<Mutex<Vec<Value>>>,
}

impl TestMailServer {
    /// Starts it on a port that was free.
    ///
    /// # Panics
    /// Where it is not installed, with a sentence that says what to run.
    #[must_use]
    pub fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/smtp.py");
        let mut child = Command::new(python())
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mail server runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
        let first = lines.next().expect("it says its port").expect("it can be read");
        let first: Value = serde_json::from_str(&first).expect("JSON");
        let port = first["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        let taken = Arc::<Mutex<Vec<Value>>>::default();
        let inbox = Arc::clone(&taken);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mail = serde_json::from_str(&line).expect("the mail server says JSON");
                inbox.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
            }
        });
        let lifeline = child.stdin.take();
        Self { child, _lifeline: lifeline, port, taken }
    }

    /// Its address, as the setting `SMTP_URL` has it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What it has taken for an address, oldest first.
    #[must_use]
    pub fn taken_for(&self, to: &str) -> Vec<Value> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.iter().filter(|mail| mail["to"][0] == to).cloned().collect()
    }

    /// Everything that it has taken.
    #[must_use]
    pub fn taken(&self) -> Vec<Value> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has taken so many for an address.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn expect(&self, to: &str, count: usize) -> Vec<Value> {
        let started = Instant::now();
        loop {
            let taken = self.taken_for(to);
            if taken.len() >= count {
                return taken;
            }
            assert!(started.elapsed() < PATIENCE, "{to} got {} mails instead of {count}", taken.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for TestMailServer {
    fn drop(&mut self) {
        let _ended = (self.child.kill(), self.child.wait());
    }
}

/// The environment that `cargo xtask test` makes, above this test's own file.
fn python() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows its file");
    let found = own.ancestors().map(|folder| folder.join("tools/mail/bin/python3")).find(|path| path.is_file());
    found.expect("there is no mail server for the tests: `cargo xtask test` installs one")
}
