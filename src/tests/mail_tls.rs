//! Mail over TLS, to a real server: it leaves where the server proves who it is and nowhere else, and a password never leaves
//! in the clear.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tenantry_domain::{
    Services, Settings,
    accounts::{self, ForgotPassword},
    mail::{Authorities, MailSettings},
};
use tenantry_testkit::{Binary, Founder, MailServerOptions, PostOffice, TestDatabase, TestMailServer, TestTls};

use crate::program::Folder;

const HERE: &str = "127.0.0.1";

/// This machine too, by an address that the certificates do not name.
const ELSEWHERE: &str = "127.0.0.2";

/// User and password; the password has what an address must write differently.
const ADA: (&str, &str) = ("ada", "hush@home");

const ADA_AT: &str = "ada:hush%40home@";

fn certificate(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("outbound/certificates").join(file)
}

/// Somebody who forgets the password again and again, and whom the installation trusts to say who a mail server is.
struct Sender {
    database: TestDatabase,
    services: Services,
}

impl Sender {
    async fn trusting(authority: Option<&str>) -> Self {
        let database = TestDatabase::new().await;
        Founder::new(&database.services, "Ada").await;
        let authorities = authority.map(|file| {
            let pem = fs::read(certificate(file)).expect("it is there");
            Authorities::from_pem(&pem).expect("a certificate")
        });
        let own = (*database.services.settings).clone();
        let mail = MailSettings { authorities, ..own.mail.clone() };
        let services = database.services_with(Settings { mail, ..own });
        Self { database, services }
    }

    /// Sends a mail to the server at an address; answers why it could not be sent.
    async fn sends(&self, address: &str) -> Result<(), String> {
        self.database.change("delete from platform.mails").await;
        let wish = ForgotPassword { email: "ada@example.com".to_owned() };
        accounts::forgot_password(&self.services, &wish, None).await.expect("asked");
        self.goes_on(address).await
    }

    /// Tries once more to send the mail that waits.
    async fn goes_on(&self, address: &str) -> Result<(), String> {
        self.database
            .change("update platform.mails set due_at = app.now(), reason = null where state = 'waiting'")
            .await;
        let _office = PostOffice::at(&self.services, Some(address));
        let started = Instant::now();
        loop {
            let state: String = self.database.truth("select coalesce(max(state), 'none') from platform.mails").await;
            let reason: Option<String> = self.database.truth("select max(reason) from platform.mails").await;
            match (state.as_str(), reason) {
                ("sent", _) => return Ok(()),
                ("waiting", Some(reason)) => return Err(reason),
                (state, reason) => {
                    assert!(state != "dead" && started.elapsed() < Duration::from_secs(30), "{state}: {reason:?}");
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A server that is reached at an address, and the ways to it: encrypted at once, and after STARTTLS.
fn servers<'a>(host: &'a str, pem: &'a Path, credentials: Option<(&'a str, &'a str)>) -> [(TestMailServer, String); 2] {
    let user = if credentials.is_some() { ADA_AT } else { "" };
    let start = |tls| TestMailServer::with(MailServerOptions { host, tls, credentials });
    let (always, offered) = (start(TestTls::Always(pem)), start(TestTls::Offered(pem)));
    let at_once = format!("smtps://{user}{host}:{}", always.port());
    let after = format!("smtp://{user}{host}:{}?tls=required", offered.port());
    [(always, at_once), (offered, after)]
}

fn secured(said: &Value) -> bool {
    said["tls"].as_str().is_some_and(|version| version == "TLSv1.3")
}

#[tokio::test]
async fn mail_leaves_encrypted_where_the_server_proves_who_it_is() {
    let (pem, sender) = (certificate("server.pem"), Sender::trusting(Some("root.pem")).await);
    for (server, address) in servers(HERE, &pem, None) {
        assert_eq!(sender.sends(&address).await, Ok(()), "{address}");
        let taken = server.expect("ada@example.com", 1).await;
        assert!(taken.len() == 1 && secured(&taken[0]), "{taken:?}");
    }
    // By name, and where it is only offered, it is taken too.
    let [(always, _), (offered, _)] = servers(HERE, &pem, None);
    let named = format!("smtps://localhost:{}", always.port());
    let where_offered = format!("smtp://{HERE}:{}", offered.port());
    for (server, address) in [(always, named), (offered, where_offered)] {
        assert_eq!(sender.sends(&address).await, Ok(()), "{address}");
        assert!(secured(&server.taken()[0]), "{:?}", server.taken());
    }
}

#[tokio::test]
async fn a_server_that_does_not_prove_who_it_is_gets_no_password_and_no_mail() {
    for (why, authority, host, pem) in [
        ("another's certificate", Some("root.pem"), ELSEWHERE, "server.pem"),
        ("an authority that nobody trusts", None, HERE, "server.pem"),
        ("another authority", Some("stranger.pem"), HERE, "server.pem"),
        ("its own word alone", Some("root.pem"), HERE, "self-signed.pem"),
    ] {
        let (pem, sender) = (certificate(pem), Sender::trusting(authority).await);
        for (server, address) in servers(host, &pem, Some(ADA)) {
            let reason = sender.sends(&address).await.expect_err(why);
            assert!(reason.contains("certificate") && !reason.contains("hush"), "{why}, {address}: {reason}");
            assert_eq!((server.offered(), server.taken()), (vec![], vec![]), "{why}, {address}");
        }
    }
}

#[tokio::test]
async fn a_relays_own_certificate_can_be_trusted_by_name() {
    let (pem, sender) = (certificate("self-signed.pem"), Sender::trusting(Some("self-signed.pem")).await);
    for (server, address) in servers(HERE, &pem, Some(ADA)) {
        assert_eq!(sender.sends(&address).await, Ok(()), "{address}");
        assert!(secured(&server.taken()[0]), "{:?}", server.taken());
    }
    // Whoever has it is believed for the names in it alone.
    for (server, address) in servers(ELSEWHERE, &pem, Some(ADA)) {
        assert!(sender.sends(&address).await.is_err(), "{address}");
        assert_eq!(server.offered(), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn where_encryption_is_required_nothing_leaves_without_it() {
    let sender = Sender::trusting(Some("root.pem")).await;
    // It would hear a password in the clear: whoever is in between may have taken its STARTTLS away.
    let server = TestMailServer::with(MailServerOptions { credentials: Some(ADA), ..MailServerOptions::default() });
    for address in [
        format!("smtp://{ADA_AT}{HERE}:{}?tls=required", server.port()),
        format!("smtps://{ADA_AT}{HERE}:{}", server.port()),
        format!("smtp://{HERE}:{}?tls=required", server.port()),
    ] {
        let reason = sender.sends(&address).await.expect_err("it is in the clear");
        assert!(!reason.contains("hush"), "{address}: {reason}");
    }
    assert_eq!((server.offered(), server.taken()), (vec![], vec![]));
}

#[tokio::test]
async fn a_server_that_wants_to_know_who_sends_is_told_behind_tls() {
    let (pem, sender) = (certificate("server.pem"), Sender::trusting(Some("root.pem")).await);
    for (server, address) in servers(HERE, &pem, Some(ADA)) {
        assert_eq!(sender.sends(&address).await, Ok(()), "{address}");
        let [offered] = &server.offered()[..] else { panic!("once: {:?}", server.offered()) };
        assert_eq!((&offered["user"], &offered["mechanism"]), (&json!("ada"), &json!("PLAIN")));
        assert!(secured(offered) && secured(&server.taken()[0]), "{offered}");
    }
}

/// What is wrong with the operator's settings is not wrong with the mail: it waits until they are right.
#[tokio::test]
async fn a_wrong_password_or_none_costs_no_mail() {
    let (pem, sender) = (certificate("server.pem"), Sender::trusting(Some("root.pem")).await);
    for (server, right) in servers(HERE, &pem, Some(ADA)) {
        let reason = sender.sends(&right.replace("hush", "loud")).await.expect_err("a wrong password");
        assert!(reason.contains("535") && !reason.contains("loud"), "{reason}");
        let reason = sender.goes_on(&right.replace(ADA_AT, "")).await.expect_err("none");
        assert!(reason.contains("530"), "{reason}");
        assert_eq!(server.taken(), Vec::<Value>::new());
        assert_eq!(sender.goes_on(&right).await, Ok(()));
        assert_eq!(server.taken_for("ada@example.com").len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_trusts_the_authorities_that_a_setting_names_and_starts_with_no_others() {
    let (pem, root) = (certificate("server.pem"), certificate("root.pem"));
    let [(smtp, address), _] = servers(HERE, &pem, None);
    let (database, folder) = (TestDatabase::new().await, Folder::new());
    let settings = ["--smtp-url", &address, "--smtp-ca", root.to_str().expect("text")];
    let server = Binary::serve_over_with(folder.as_ref(), &database.address(), &settings);
    let wish = json!({"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"});
    server.client().post("/api/v1/auth/sign-up", &wish).await.expect(201);
    let forgot = json!({"email": "ada@example.com"});
    server.client().post("/api/v1/auth/password/forgot", &forgot).await.expect(202);
    assert!(secured(&smtp.expect("ada@example.com", 1).await[0]));
    drop(server);
    let other_file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (wrong, why) in [("/nowhere/ca.pem", "cannot be read"), (other_file, "there is no certificate in it")] {
        let mut serve = Command::new(Binary::program());
        serve.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(Folder::new().as_ref());
        let output = serve.env("SMTP_CA", wrong).env_remove("DATABASE_URL").output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("SMTP_CA") && said.contains(why), "{said}");
    }
}
