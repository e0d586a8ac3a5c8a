//! What belongs to a process: its environment, whom its machine trusts, and how much memory it takes. So these calls are
//! made by this program once more, in a process of its own.

use std::{fs, io::Write as _, net::SocketAddr, path::PathBuf, process::Stdio, sync::Arc};

use axum::{Router, http::Version, routing::get as answering, serve::Listener};
use tenantry_testkit::{Answer, Receiver};
use tokio::{
    net::{TcpListener, TcpStream},
    process::Command,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
    server::TlsStream,
};

use super::{get, open};

/// In the environment of such a process: whom it calls.
const CALLS: &str = "OUTBOUND_TEST_CALLS";

/// The test that such a process runs.
const ALONE: &str = "outbound::processes::a_call_from_a_process_of_its_own_is_a_call";

/// What the other process says before what matters.
const TOLD: [&str; 2] = ["called: ", "kilobytes: "];

/// What an environment says of proxies; the last two name exceptions.
const PROXIES: [&str; 8] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];

/// How a call ended in a process of its own, and by how many KiB its memory grew at most.
async fn alone(target: &str, environment: &[(&str, &str)]) -> (String, u64) {
    let mut command = Command::new(std::env::current_exe().expect("a test knows its file"));
    command.args([ALONE, "--exact", "--nocapture"]).env(CALLS, target).stdin(Stdio::null());
    for name in PROXIES.into_iter().chain(["SSL_CERT_DIR"]) {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).output().await.expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let [called, kilobytes] = TOLD.map(|told| {
        let line = said.lines().find_map(|line| Some(line.split_once(told)?.1.to_owned()));
        line.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
    });
    (called, kilobytes.parse().expect("a number"))
}

/// The most memory that this process has had, in KiB, where the system says so.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    peak.unwrap_or_default()
}

/// The other process: calls, and says how that ended.
async fn call_and_tell(target: &str) {
    let outbound = open();
    // The client itself is not meant.
    let _nobody = get(&outbound, "http://127.0.0.1:1/").await;
    let before = peak();
    let called = match get(&outbound, target).await {
        Ok(answered) => format!("{} {}", answered.status, String::from_utf8_lossy(&answered.body)),
        Err(error) => error.to_string(),
    };
    let grown = peak() - before;
    writeln!(std::io::stdout(), "\n{}{called}\n{}{grown}", TOLD[0], TOLD[1]).expect("somebody listens");
}

#[tokio::test]
async fn a_call_from_a_process_of_its_own_is_a_call() {
    if let Ok(target) = std::env::var(CALLS) {
        return call_and_tell(&target).await;
    }
    let receiver = Receiver::start().await;
    let (called, _) = alone(&receiver.url("/here"), &[]).await;
    assert_eq!((called.as_str(), receiver.received()[0].path.as_str()), ("200 {}", "/here"));
}

#[tokio::test]
async fn no_proxy_of_the_environment_is_asked() {
    let (proxy, receiver) = (Receiver::start().await, Receiver::start().await);
    let at = proxy.url("");
    let environment: Vec<(&str, &str)> = PROXIES[..6].iter().map(|name| (*name, at.as_str())).collect();
    let (called, _) = alone(&receiver.url("/"), &environment).await;
    assert_eq!((called.as_str(), receiver.received().len(), proxy.connections()), ("200 {}", 1, 0));
}

#[tokio::test]
async fn a_gibibyte_that_comes_as_one_mebibyte_is_never_unpacked() {
    let receiver = Receiver::start().await;
    for (answer, most_grown) in [(Answer::Bomb, 16 * 1024), (Answer::Endless, 16 * 1024)] {
        receiver.will("/", answer);
        let (called, grown) = alone(&receiver.url("/"), &[]).await;
        assert_eq!(called, "The answer is longer than 65536 bytes.");
        assert!(grown < most_grown, "it took {grown} KiB");
    }
}

fn certificate(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("outbound/certificates").join(file)
}

/// A listener behind TLS, for a certificate that `root.pem` has signed.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Addr = SocketAddr;
    type Io = TlsStream<TcpStream>;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.expect("it listens");
            // Whoever does not trust us hangs up.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// An https server that speaks these protocols, and answers in which it was asked.
async fn https(protocols: &[&str]) -> String {
    https_on("127.0.0.1:0", protocols).await
}

async fn https_on(address: &str, protocols: &[&str]) -> String {
    let pem = certificate("server.pem");
    let chain = vec![CertificateDer::from_pem_file(&pem).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(&pem).expect("a key");
    let mut config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).expect("a pair");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let listener = TcpListener::bind(address).await.expect("a port is free");
    let address = listener.local_addr().expect("a bound port has an address");
    let router = Router::new().route("/", answering(|version: Version| async move { format!("{version:?}") }));
    let tls = Tls { listener, acceptor: TlsAcceptor::from(Arc::new(config)) };
    tokio::spawn(async move { axum::serve(tls, router).await });
    format!("https://{address}/")
}

#[tokio::test]
async fn https_is_called_where_the_machine_trusts_the_certificate_and_nowhere_else() {
    let both = https(&["h2", "http/1.1"]).await;
    let old = https(&["http/1.1"]).await;
    let trusting = |file: &str| certificate(file).to_str().expect("text").to_owned();
    let root = trusting("root.pem");
    assert_eq!(alone(&both, &[("SSL_CERT_FILE", &root)]).await.0, "200 HTTP/2.0");
    assert_eq!(alone(&old, &[("SSL_CERT_FILE", &root)]).await.0, "200 HTTP/1.1");

    let untrusted = |host| {
        format!(
            "{host} does not prove who it is: there is no secure connection, or its certificate is not trusted here."
        )
    };
    let stranger = trusting("stranger.pem");
    assert_eq!(alone(&both, &[("SSL_CERT_FILE", &stranger)]).await.0, untrusted("127.0.0.1"));
    // Somebody trusted, but somebody else.
    let elsewhere = https_on("127.0.0.2:0", &["h2"]).await;
    assert_eq!(alone(&elsewhere, &[("SSL_CERT_FILE", &root)]).await.0, untrusted("127.0.0.2"));
}

#[tokio::test]
async fn a_machine_that_trusts_nobody_calls_http_alone_and_says_so() {
    let receiver = Receiver::start().await;
    let (nobody, secure) = ([("SSL_CERT_FILE", "/dev/null")], https(&["http/1.1"]).await);
    let told = "This server has no root certificates, so it cannot call anybody over https.";
    assert_eq!(alone(&secure, &nobody).await.0, told);
    assert_eq!(alone(&receiver.url("/"), &nobody).await.0, "200 {}");
}
