//! A real mail server beside the test: it takes what arrives, and misbehaves where the recipient's name asks for it
//! (`smtp.py`: `refused…`, `greylisted…`, `cut…`, `slow…`, who wait to be let go). It speaks TLS where it is told to, and wants to know who sends.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long a mail may take that nothing holds back.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a mail server is reached.
#[derive(Clone, Copy, Debug)]
pub struct MailServerOptions<'a> {
    /// The address on which it listens.
    pub host: &'a str,
    /// When connections are encrypted.
    pub tls: TestTls<'a>,
    /// The user and password of whoever may send; everybody may without.
    pub credentials: Option<(&'a str, &'a str)>,
}

impl Default for MailServerOptions<'_> {
    fn default() -> Self {
        Self { host: "127.0.0.1", tls: TestTls::Never, credentials: None }
    }
}

/// When a mail server's connections are encrypted, with the PEM file of its certificate and key.
#[derive(Clone, Copy, Debug)]
pub enum TestTls<'a> {
    /// Never.
    Never,
    /// After STARTTLS.
    Offered(&'a Path),
    /// From the first byte.
    Always(&'a Path),
}

/// The server.
pub struct TestMailServer {
    child: Child,
    /// It ends with this.
    lifeline: ChildStdin,
    port: u16,
    said: Arc<Mutex<Vec<Value>>>,
}

impl TestMailServer {
    /// Starts one that takes mail from everybody, in the clear.
    ///
    /// # Panics
    /// Where it is not installed, with a sentence that says what to run.
    #[must_use]
    pub fn start() -> Self {
        Self::with(MailServerOptions::default())
    }

    /// Starts it on a port that was free.
    ///
    /// # Panics
    /// Where it is not installed, with a sentence that says what to run.
    #[must_use]
    pub fn with(options: MailServerOptions<'_>) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/smtp.py");
        let (tls, certificate) = match options.tls {
            TestTls::Never => (None, None),
            TestTls::Offered(file) => (Some("offered"), Some(file)),
            TestTls::Always(file) => (Some("always"), Some(file)),
        };
        let asked = json!({
            "host": options.host, "tls": tls, "certificate": certificate, "credentials": options.credentials,
        });
        let mut child = Command::new(python())
            .arg(script)
            .arg(asked.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mail server runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
        let first = lines.next().expect("it says its port").expect("it can be read");
        let first: Value = serde_json::from_str(&first).expect("JSON");
        let port = first["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        let said = Arc::<Mutex<Vec<Value>>>::default();
        let inbox = Arc::clone(&said);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mail = serde_json::from_str(&line).expect("the mail server says JSON");
                inbox.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
            }
        });
        let lifeline = child.stdin.take().expect("its input is a pipe");
        Self { child, lifeline, port, said }
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its address, as the setting `SMTP_URL` has it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What it has taken for an address, oldest first.
    #[must_use]
    pub fn taken_for(&self, to: &str) -> Vec<Value> {
        self.taken().into_iter().filter(|mail| mail["to"][0] == to).collect()
    }

    /// Everything that it has taken.
    #[must_use]
    pub fn taken(&self) -> Vec<Value> {
        self.has_said("to")
    }

    /// Every password that it was offered: by which user and mechanism, and by which version of TLS.
    #[must_use]
    pub fn offered(&self) -> Vec<Value> {
        self.has_said("mechanism")
    }

    fn has_said(&self, member: &str) -> Vec<Value> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter(|line| !line[member].is_null()).cloned().collect()
    }

    /// Lets it say that it has taken the mails of slow recipients, this one and all that come.
    ///
    /// # Panics
    /// When it runs no more.
    pub fn let_go(&self) {
        (&self.lifeline).write_all(b"\n").expect("it listens");
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
